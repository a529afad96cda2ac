//! How transactions begin, run and end: connections, limits, commits, and what became of one that got no answer.

pub(crate) mod connect;
pub(crate) mod migrate;
pub(crate) mod postgres;
pub(crate) mod sessions;
pub(crate) mod sqlite;
pub(crate) mod stale;
pub(crate) mod transact;
