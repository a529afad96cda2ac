//! Refusals: why the list, or the record as it is, does not allow a write to one record.

use thiserror::Error;

use crate::domain::records::admission::Rejection;

/// Why a write to one record is refused. Nothing was changed. It contains nothing of the record.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Refusal {
    /// The list does not accept the record.
    #[error("the list does not accept the record")]
    Rejected(Rejection),
    /// The list has no such record.
    #[error("the list has no such record")]
    NoSuchRecord,
    /// Several records of the list match, and only one may.
    #[error("several records of the list match")]
    SeveralRecords,
    /// The record would have half an external reference.
    #[error("the record would have half an external reference")]
    HalfReference {
        /// Whether that half is the provider.
        has_provider: bool,
    },
    /// The free-form data would become too large.
    #[error("the free-form data would become too large")]
    ExtraDataTooLarge,
    /// The list identifies its records by nothing, so none can be recognised.
    #[error("the list does not identify its records")]
    NoUniqueIdentifier,
    /// An operation of a patch, counted from zero, tests for a value that is not there.
    #[error("a test of a patch failed")]
    TestFailed {
        /// Which operation it is.
        operation: usize,
    },
    /// An operation of a patch names a place that does not exist.
    #[error("a patch names a place that does not exist")]
    NotApplicable {
        /// Which operation it is.
        operation: usize,
    },
    /// The patched record breaks rules.
    #[error("the patched record breaks a rule")]
    Invalid(Vec<BrokenRule>),
}

/// A rule that a patched record breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokenRule {
    /// The operation, counted from zero, that broke it.
    pub operation: usize,
    /// The member, and what is wrong with it.
    pub description: String,
}
