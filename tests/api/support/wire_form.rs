//! In which form the tests get their answers.

/// The preference for the published form.
pub const PREFERENCE: &str = "return=minimal";

/// Whether answers have the additions to the published schema, for a test to look at.
pub fn has_additions() -> bool {
    !all_is_published()
}

/// Whether all servers of the tests answer in the published form, whose answers are then held against the closed schema
/// of it: `RECORD_LISTS_TEST_WIRE_FORMAT=published`.
pub fn all_is_published() -> bool {
    std::env::var("RECORD_LISTS_TEST_WIRE_FORMAT").is_ok_and(|form| form == "published")
}
