//! The writer of a SQLite file: one connection, whose commit all waiting writes share, and a log that moves in the
//! background.

mod checkpoint;
pub(crate) mod committer;
pub(super) mod mark;
pub(crate) mod probe;
mod waiting;
