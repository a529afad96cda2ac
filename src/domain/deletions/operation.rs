//! Entries of the audit trail: what it records about a deletion.

use chrono::{DateTime, Utc};
pub use entity::operation::Kind as OperationKind;
use uuid::Uuid;

use crate::domain::{IdentifierKind, ids::RecordListId};

impl From<IdentifierKind> for OperationKind {
    fn from(kind: IdentifierKind) -> Self {
        match kind {
            IdentifierKind::Id => Self::Id,
            IdentifierKind::PhoneNumber => Self::PhoneNumber,
            IdentifierKind::External => Self::External,
        }
    }
}

/// Who requested a deletion, and the id under which the audit trail records it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribution {
    /// The operation id, a version 7 UUID.
    pub operation_id: Uuid,
    /// The client as named in its token; empty if the token names none.
    pub client_id: String,
    /// The id of the request.
    pub request_id: String,
}

/// One completed deletion: its totals and who requested it, but no personal data (docs/contract.md section 5.6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// The operation id that its response contained.
    pub id: Uuid,
    /// The list that the records were deleted from. The list itself may have been deleted since.
    pub record_list_id: RecordListId,
    /// The client as named in its token; empty if the token named none.
    pub client_id: String,
    /// How the records were identified.
    pub kind: OperationKind,
    /// Number of distinct identifiers whose records were deleted.
    pub total_deleted: u64,
    /// Number of distinct identifiers that failed.
    pub total_errors: u64,
    /// Number of records deleted.
    pub records_deleted: u64,
    /// The id of the request.
    pub request_id: String,
    /// When the deletion was carried out.
    pub created_at: DateTime<Utc>,
}
