//! THE list of operations. Routes, the OpenAPI document and the tests of all operations are made from it.

use super::{deletions, operation::Operation, record_lists, records};

/// Every operation of the API. The order of those with one path is that of the header `Allow`.
pub fn operations() -> Vec<Operation> {
    vec![
        record_lists::list::operation(),
        record_lists::create::operation(),
        record_lists::get::operation(),
        record_lists::delete::operation(),
        records::list::operation(),
        records::get::operation(),
        records::bulks::delete::operation(),
        records::bulks::delete::operation_by_post(),
        records::bulks::create::operation(),
        deletions::list::operation(),
        deletions::list::operation_of_list(),
    ]
}
