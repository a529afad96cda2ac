//! SQLite: one file, one writer whose commit all waiting writes share, and a log that moves in the background.

mod checkpoint;
pub(crate) mod committer;
pub(crate) mod database_file;
pub(crate) mod file_guard;
mod waiting;
