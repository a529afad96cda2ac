//! What the audit trail says of one deletion.

use chrono::{DateTime, Utc};
pub use entity::operation::Kind as OperationKind;
use uuid::Uuid;

use crate::domain::ids::RecordListId;

/// Who asked for a deletion, and under which id it is found in the audit trail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribution {
    /// The operation id, a UUID of version 7.
    pub operation_id: Uuid,
    /// The client that asks, as its token says; empty when the token does not say.
    pub client_id: String,
    /// The request that asks.
    pub request_id: String,
}

/// One deletion that was carried out: totals and who asked, no personal data (docs/contract.md section 5.6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// The id that its answer said.
    pub id: Uuid,
    /// The list that was deleted from; it may be gone.
    pub record_list_id: RecordListId,
    /// The client that asked, as its token says; empty when the token does not say.
    pub client_id: String,
    /// By what the records were named.
    pub kind: OperationKind,
    /// Distinct identifiers whose records were deleted.
    pub total_deleted: u64,
    /// Distinct identifiers that failed.
    pub total_errors: u64,
    /// Records removed.
    pub records_deleted: u64,
    /// The request that asked.
    pub request_id: String,
    /// When it was carried out.
    pub created_at: DateTime<Utc>,
}
