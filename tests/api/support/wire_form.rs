//! In which form the tests ask for the answers of bulk deletes.

/// The preference for the published form.
pub const PUBLISHED: &str = "return=minimal";

/// Whether the answers of bulk deletes have the additions to the published schema, for a test to look at.
pub fn has_additions() -> bool {
    !all_is_published()
}

/// Whether all tests ask for the published form, whose answers are then held against the closed schema of it:
/// `RECORD_LISTS_TEST_WIRE_FORMAT=published`.
pub fn all_is_published() -> bool {
    std::env::var("RECORD_LISTS_TEST_WIRE_FORMAT").is_ok_and(|form| form == "published")
}
