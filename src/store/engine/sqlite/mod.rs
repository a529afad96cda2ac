//! SQLite: one file, one writer whose commit all waiting writes share, and a log that moves in the background.

pub(crate) mod backup;
pub(crate) mod beside;
pub(crate) mod damage;
pub(crate) mod database_file;
pub(crate) mod file_guard;
pub(crate) mod files;
pub(crate) mod foreign;
mod header;
mod log_file;
mod note;
mod schema;
pub(crate) mod unclean_end;
pub(crate) mod writer;

use std::path::Path;

use self::note::Note;

/// Whether the process that has reserved a file is a server that has opened it.
pub(crate) fn has_server(database: &Path) -> bool {
    matches!(Note::of(database), Ok(Note::Open(_)))
}
