//! The writer of a SQLite file: one connection on a thread of its own, whose commit all waiting writes share, and a log that moves in the
//! background.

pub(crate) mod beside;
mod checkpoint;
pub(crate) mod committer;
pub(super) mod mark;
pub(crate) mod probe;
pub(crate) mod session;
mod waiting;
