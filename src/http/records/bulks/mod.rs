//! `/record-lists/{record_list_id}/records/bulks`

pub mod create;
pub mod delete;
pub mod record_error;
pub mod record_faults;
pub mod update;
pub mod written;

use crate::{
    domain::RecordListId,
    http::{
        response::{hal::Link, links::Links},
        schema::{Whole, object::response},
    },
};

/// The maximum number of items in a bulk request (docs/contract.md section 5.3, decision 7).
pub const MAX_ITEMS: usize = 100;

/// A number of items in a bulk request.
pub type BulkCount = Whole<0, { MAX_ITEMS as u64 }, false>;

/// How many bytes a record has in a response, as a rule: few have as many.
const BYTES_OF_RECORD: usize = 5 * 1024;

/// The fewest bytes of an item that leads to a record in the response.
const SHORTEST_ITEM: usize = 48;

/// The room that a request with a body of this length needs, if its response has a whole record for each short item.
fn room_with_records(length: usize) -> usize {
    let response = (length / SHORTEST_ITEM + 1).min(MAX_ITEMS) * BYTES_OF_RECORD;
    response.max(length)
}

response! {
    /// The links of a bulk response.
    pub struct BulkLinks as "BulkLinks" {
        /// The records of the list.
        self_ as "self": Link,
        /// The record list.
        record_list: Link,
    }
}

impl BulkLinks {
    /// The links of a response for this list.
    pub fn new(list: RecordListId, links: &Links) -> Self {
        Self {
            self_: Link::to(links.records(list)),
            record_list: Link::to(links.record_list(list)),
        }
    }
}
