//! The list of all operations. The routes, the OpenAPI document and the tests that cover every operation are built from
//! it.

use super::{deletions, external_records, operation::Operation, record_lists, records};

/// Every operation of the API. Operations with the same path appear in this order in the `Allow` header.
pub fn operations() -> Vec<Operation> {
    vec![
        record_lists::list::operation(),
        record_lists::create::operation(),
        record_lists::get::operation(),
        record_lists::change::operation(),
        record_lists::delete::operation(),
        records::list::operation(),
        records::create::operation(),
        records::deletion::by_number::operation(),
        records::timezones::operation(),
        records::get::operation(),
        records::change::operation(),
        records::deletion::one::operation(),
        external_records::delete::operation(),
        records::bulks::delete::operation(),
        records::bulks::delete::operation_by_post(),
        records::bulks::create::operation(),
        records::bulks::update::operation(),
        deletions::list::operation(),
        deletions::list::operation_of_list(),
    ]
}
