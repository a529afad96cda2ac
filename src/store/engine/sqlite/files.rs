//! Names of the files that belong to a database, and how they are made durable.

use std::{
    fs::{self, File},
    io,
    os::unix::fs::{MetadataExt, lchown},
    path::{Path, PathBuf},
};

/// The log of a database.
pub(crate) fn log(database: &Path) -> PathBuf {
    with_suffix(database, "-wal")
}

/// The index of the log, which all connections share.
pub(super) fn log_index(database: &Path) -> PathBuf {
    with_suffix(database, "-shm")
}

/// The journal of a database that is written without a log.
pub(super) fn journal(database: &Path) -> PathBuf {
    with_suffix(database, "-journal")
}

/// The file that the guard of a database locks.
pub(super) fn lock(database: &Path) -> PathBuf {
    with_suffix(database, ".lock")
}

/// The same path with more at its end.
pub(super) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut path = path.as_os_str().to_owned();
    path.push(suffix);
    path.into()
}

/// The folder of a file.
pub(super) fn folder_of(file: &Path) -> &Path {
    match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// The size of a file; 0 if it is not there.
pub(super) fn size(file: &Path) -> u64 {
    fs::metadata(file).map_or(0, |file| file.len())
}

/// What a database occupies on the disk, with its log.
pub(crate) fn bytes(database: &Path) -> u64 {
    size(database) + size(&log(database))
}

/// Removes a file that may not be there.
pub(super) fn remove(file: &Path) -> io::Result<()> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Removes what SQLite keeps beside a database, if it is there.
pub(super) fn remove_logs(database: &Path) -> io::Result<()> {
    // The log first: without its index it still counts.
    remove(&log(database))?;
    remove(&log_index(database))?;
    remove(&journal(database))
}

/// Makes new and removed names in a folder durable.
pub(super) fn flush_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// If root has created a file, gives it to the owner of another one, who may have to open it.
pub(super) fn give_to_owner_of(other: &Path, file: &Path) -> io::Result<()> {
    if !rustix::process::geteuid().is_root() {
        return Ok(());
    }
    let other = fs::metadata(other)?;
    lchown(file, Some(other.uid()), Some(other.gid()))
}
