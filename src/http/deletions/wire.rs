//! A deletion in responses (docs/contract.md section 5.6).

use uuid::Uuid;

use crate::{
    domain::{Operation, OperationKind, RecordListId, text::Line},
    http::{
        request::request_id,
        response::paging::PageItem,
        schema::{Count, Timestamp, object::response},
    },
};

response! {
    /// A deletion: who deleted how many records of which list, and when. It contains no personal data.
    pub struct DeletionBody as "Deletion" {
        /// The id of the deletion: the value of `Operation-Id` in its response.
        #[example("019ab8b2-9d3e-7c55-8a3e-5b7f0e6d2a41")]
        id: Uuid,
        /// The id of the record list, which may have been deleted since.
        #[example("b9a5c3a4-7f5e-4d86-9a4e-0a1f3f6f2c11")]
        record_list_id: RecordListId,
        /// The client that sent the request, taken from its token; empty if the token does not name one.
        #[example("nightly-crm-sync")]
        client_id: String,
        /// How the records were identified; `RECORD` if one was deleted at its URL, `LIST` if the list was deleted with all
        /// its records.
        identifier_kind: OperationKind,
        /// Number of distinct identifiers whose records were deleted; 1 for a list.
        total_deleted: Count,
        /// Number of distinct identifiers that failed.
        total_errors: Count,
        /// Number of records deleted.
        total_records_deleted: Count,
        /// The value of `X-Request-Id` in its response.
        request_id: Line<{ request_id::MAX_LENGTH }>,
        /// When the deletion was carried out, RFC 3339 in UTC.
        created_at: Timestamp,
    }
}

impl DeletionBody {
    /// The deletion as the caller sees it.
    pub fn new(operation: Operation) -> Self {
        Self {
            id: operation.id,
            record_list_id: operation.record_list_id,
            client_id: operation.client_id,
            identifier_kind: operation.kind,
            total_deleted: Count::of(operation.total_deleted),
            total_errors: Count::of(operation.total_errors),
            total_records_deleted: Count::of(operation.records_deleted),
            request_id: Line::from_stored(operation.request_id),
            created_at: Timestamp(operation.created_at),
        }
    }
}

impl PageItem for DeletionBody {
    const PAGE: &'static str = "DeletionsPage";
    const EMBEDDED: &'static str = "EmbeddedDeletions";
    const MEMBER: &'static str = "deletions";
    const ABOUT: &'static str = "The deletions, newest first.";
}
