//! `/record-lists/{record_list_id}/records/bulks`

pub mod create;
pub mod delete;
pub mod delete_query;
pub mod delete_request;
pub mod delete_response;

use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    domain::RecordListId,
    http::response::{hal::Link, links::Links},
};

/// Items that a bulk request may have (api.md section 5, decision 7).
pub const MAX_ITEMS: usize = 100;

/// The ways from a bulk result.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BulkLinks {
    /// The records of the list.
    #[serde(rename = "self")]
    pub self_: Link,
    /// The list.
    pub record_list: Link,
}

impl BulkLinks {
    /// The links of a result about this list.
    pub fn new(list: RecordListId, links: &Links) -> Self {
        Self {
            self_: Link::to(links.records(list)),
            record_list: Link::to(links.record_list(list)),
        }
    }
}
