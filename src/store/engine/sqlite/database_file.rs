//! The files of the database, which only their owner may read: they hold personal data.

use std::{
    fs::{self, File, OpenOptions, Permissions},
    io,
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::Path,
};

use rustix::fs::OFlags;

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

/// Fails if something else is where the files of the database are or will be, such as a link: who may write to the folder
/// would have this process, which may be root's, change a file elsewhere.
pub(super) fn refuse_strange(database: &Path) -> io::Result<()> {
    for suffix in SUFFIXES {
        let path = with_suffix(database, suffix);
        match fs::symlink_metadata(&path) {
            Ok(about) if !about.is_file() => {
                let told = format!("{} is a link or no file: move it elsewhere", path.display());
                return Err(io::Error::other(told));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Opens a file, not a link. If it is created here, it is private.
pub(super) fn open_private(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    let no_links = OFlags::NOFOLLOW.bits().cast_signed();
    options.mode(PRIVATE).custom_flags(no_links).open(path)
}

/// An earlier version, or a copy that was put back, may have left a file that others can read.
fn make_private(path: &Path) {
    let Ok(about) = fs::symlink_metadata(path) else {
        return;
    };
    let mode = about.permissions().mode() & 0o7777;
    if !about.is_file() || mode & OTHERS == 0 {
        return;
    }
    // By the open file: the path may lead elsewhere by now.
    let file = open_private(OpenOptions::new().read(true), path);
    let changed = file.and_then(|file| file.set_permissions(Permissions::from_mode(mode & !OTHERS)));
    let (path, mode) = (path.display(), format!("{mode:o}"));
    match changed {
        Ok(()) => tracing::warn!(%path, mode, "a file of the database was open to other users; now it is private"),
        Err(error) => tracing::warn!(
            %path, mode, %error,
            "a file of the database is open to other users, and its mode cannot be changed"
        ),
    }
}
