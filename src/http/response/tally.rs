//! What a request came to, in numbers for the log.

/// Numbers of identifiers and records. Those that the operation does not have are `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// How the records were identified.
    pub kind: Option<&'static str>,
    /// Records that were created.
    pub created: Option<usize>,
    /// Records that were changed, or had the values before.
    pub updated: Option<usize>,
    /// Identifiers whose records were deleted.
    pub deleted: Option<usize>,
    /// Records that were deleted.
    pub records_deleted: Option<usize>,
    /// Identifiers or records that failed.
    pub errors: Option<usize>,
}
