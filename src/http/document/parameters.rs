//! Parameters that operations share, as the document describes them.

use utoipa::IntoParams;

/// The list that a path names.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "its fields are documentation")]
pub struct ListPath {
    /// The id of the record list.
    #[param(min_length = 1, max_length = 36, example = "b9a5c3a4-7f5e-4d86-9a4e-0a1f3f6f2c11")]
    record_list_id: String,
}

/// The record that a path names beside its list.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "its fields are documentation")]
pub struct RecordPath {
    /// The id of the record.
    #[param(min_length = 1, max_length = 36, example = "8858c834-481d-4a02-8176-cffc02c50350")]
    record_id: String,
}

/// Which page of a listing is asked for.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "its fields are documentation")]
pub struct PageParameters {
    /// The page to read; not beside `cursor`.
    #[param(nullable = false, minimum = 1)]
    page: Option<u64>,
    /// Items on a page; 50 when absent.
    #[param(nullable = false, minimum = 1, maximum = 200)]
    per_page: Option<u64>,
    /// Where the page starts; from a `next` link, and not beside `page`.
    #[param(nullable = false, min_length = 1)]
    cursor: Option<String>,
}

/// How much the answer says.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "its fields are documentation")]
pub struct PreferHeader {
    /// `return=minimal` leaves all members out of the answer that are not in the published schema.
    #[param(rename = "Prefer", nullable = false)]
    prefer: Option<String>,
}
