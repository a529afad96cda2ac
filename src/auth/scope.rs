//! Scopes (docs/contract.md section 1.6).

/// Everything: the scope that every operation accepts.
pub const MANAGE: &str = "record-lists:manage";

/// What the vendor prints beside [`MANAGE`] for reading records.
const READ: &str = "tod.records-list.manage";

/// Which scopes let a caller in: a handler's signature names a rule.
pub trait ScopeRule: 'static {
    /// One of these is enough. The first is the one that a refusal names.
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
