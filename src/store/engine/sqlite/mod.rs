//! SQLite: one file, one writer whose commit all waiting lists share, and a log that moves behind its back.

mod checkpoint;
pub(crate) mod committer;
pub(crate) mod file_guard;
mod waiting;
