//! The files of the database, which only their owner may read: they hold personal data.

use std::{
    fs::{self, File, OpenOptions, Permissions},
    io,
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::Path,
};

use super::files::with_suffix;

/// What the owner may do with the files: read and write.
pub(super) const PRIVATE: u32 = 0o600;

/// What others may do.
const OTHERS: u32 = 0o077;

/// What SQLite and the guard append to the name of the database.
const SUFFIXES: [&str; 5] = ["", "-wal", "-shm", "-journal", ".lock"];

/// Creates the file if it is missing, and takes from others what they may do with the files that are there. SQLite gives
/// the files that it creates the mode of the database. Returns whether the file was missing.
pub(crate) fn prepare(database: &Path, create: bool) -> io::Result<bool> {
    let is_new = !database.exists();
    if is_new && create {
        open_private(OpenOptions::new().write(true).create(true).truncate(false), database)?;
    }
    for suffix in SUFFIXES {
        make_private(&with_suffix(database, suffix));
    }
    Ok(is_new)
}

/// Opens a file which, if it is created here, is private.
pub(super) fn open_private(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    options.mode(PRIVATE).open(path)
}

/// An earlier version, or a copy that was put back, may have left a file that others can read.
fn make_private(path: &Path) {
    let Ok(about) = fs::metadata(path) else {
        return;
    };
    let mode = about.permissions().mode() & 0o7777;
    if mode & OTHERS == 0 {
        return;
    }
    let changed = fs::set_permissions(path, Permissions::from_mode(mode & !OTHERS));
    let (path, mode) = (path.display(), format!("{mode:o}"));
    match changed {
        Ok(()) => tracing::warn!(%path, mode, "a file of the database was open to other users; now it is private"),
        Err(error) => tracing::warn!(
            %path, mode, %error,
            "a file of the database is open to other users, and its mode cannot be changed"
        ),
    }
}
