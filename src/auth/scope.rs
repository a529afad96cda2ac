//! Scopes (docs/contract.md section 1.6).

/// The scope that every operation accepts.
pub const MANAGE: &str = "record-lists:manage";

/// The scope that the vendor prints for reading records; accepted in addition to [`MANAGE`].
const READ: &str = "tod.records-list.manage";

/// A rule that says which scopes an operation accepts. The signature of a handler names its rule.
pub trait ScopeRule: 'static {
    /// The accepted scopes, one of which is enough. An error response names the first.
    const ACCEPTED: &'static [&'static str];
}

/// [`MANAGE`] alone.
#[derive(Clone, Copy, Debug)]
pub struct Manage;

impl ScopeRule for Manage {
    const ACCEPTED: &'static [&'static str] = &[MANAGE];
}

/// [`MANAGE`], or the scope for reading records.
#[derive(Clone, Copy, Debug)]
pub struct ManageOrRead;

impl ScopeRule for ManageOrRead {
    const ACCEPTED: &'static [&'static str] = &[MANAGE, READ];
}
