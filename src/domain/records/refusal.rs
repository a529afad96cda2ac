//! Refusals: why the list, or the record as it is, does not allow a write to one record.

use thiserror::Error;

use super::admission::Rejection;

/// Why a write to one record is refused. Nothing was changed. It contains nothing of the record.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Refusal {
    /// The list does not accept the record.
    #[error("the list does not accept the record")]
    Rejected(Rejection),
}
