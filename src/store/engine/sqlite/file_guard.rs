//! The guard of a database file. It admits one process at a time, and no file system with unreliable locks. Its lock
//! file has a note for the next process.

use std::{
    fs::{self, DirBuilder, File, OpenOptions, TryLockError},
    io,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    thread::sleep,
    time::Duration,
};

use thiserror::Error;

use super::{
    database_file::{open_private, refuse_strange},
    files,
    log_file::salts,
    note::{Moved, Note},
};

/// How often another process may be seen with the lock: one that only looks has it for a moment.
const LOOKS: u32 = 3;

/// The pause between two looks.
const PAUSE: Duration = Duration::from_millis(20);

/// Reserves the file for this process until the value is dropped or the process ends in any way.
#[derive(Debug)]
pub(crate) struct FileGuard {
    lock: File,
    database: PathBuf,
    /// Whether the last note was written. Locked while a note is written.
    is_closed: Mutex<bool>,
}

/// Why a database file cannot be used.
#[derive(Debug, Error)]
pub enum FileGuardError {
    /// Another process uses the file.
    #[error(
        "another process uses the database {}; several processes can share a PostgreSQL database \
         (--database-url postgres://...)",
        .0.display()
    )]
    InUse(PathBuf),
    /// Locks on a network file system are not reliable, and the database would be corrupted.
    #[error(
        "the database {} is on a network file system ({file_system}), where SQLite loses data; use a local \
         disk or PostgreSQL (--database-url postgres://...), or accept the risk with \
         --allow-network-file-system",
        path.display()
    )]
    NetworkFileSystem {
        /// The database.
        path: PathBuf,
        /// The kind of file system.
        file_system: &'static str,
    },
    /// The folder or the lock file cannot be created.
    #[error("the folder of the database {} cannot be used: {source}", path.display())]
    Folder {
        /// The database.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
}

/// Creates a folder that only its owner can read, because it contains personal data or keys. An existing folder is left
/// as it is.
fn create_private_folder(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

impl FileGuard {
    /// Creates the folder of `database` if it is missing, and takes the lock.
    pub(crate) fn acquire(database: &Path, allow_network_file_system: bool) -> Result<Self, FileGuardError> {
        Self::acquire_on(database, allow_network_file_system, file_system)
    }

    fn acquire_on(
        database: &Path,
        allow_network_file_system: bool,
        kind_of: fn(&Path) -> io::Result<i64>,
    ) -> Result<Self, FileGuardError> {
        let folder = files::folder_of(database);
        let unusable = |source| FileGuardError::Folder {
            path: database.to_owned(),
            source,
        };
        create_private_folder(folder).map_err(unusable)?;
        // Two paths to one file must lead to the same lock.
        let database = &resolved(database);
        let database = database.as_ref().map_err(|error| FileGuardError::Folder {
            path: folder.to_owned(),
            source: io::Error::from(error.kind()),
        })?;
        let folder = database.parent().unwrap_or(folder);
        let unusable = |source| FileGuardError::Folder {
            path: database.clone(),
            source,
        };
        let kind = kind_of(folder).map_err(unusable)?;
        if let Some(file_system) = network_file_system(kind)
            && !allow_network_file_system
        {
            return Err(FileGuardError::NetworkFileSystem {
                path: database.clone(),
                file_system,
            });
        }
        refuse_strange(database).map_err(unusable)?;
        let mut options = OpenOptions::new();
        options.create(true).truncate(false).read(true).write(true);
        let lock = open_private(&mut options, &files::lock(database)).map_err(unusable)?;
        let mut looks = LOOKS;
        loop {
            match lock.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) if looks > 0 => sleep(PAUSE),
                Err(TryLockError::WouldBlock) => return Err(FileGuardError::InUse(database.clone())),
                Err(TryLockError::Error(source)) => return Err(unusable(source)),
            }
            looks -= 1;
        }
        Ok(Self {
            lock,
            database: database.clone(),
            is_closed: Mutex::new(false),
        })
    }

    /// Whether another process has reserved a file. Without its lock file, nobody has.
    pub(super) fn is_taken(database: &Path) -> bool {
        File::open(files::lock(database)).is_ok_and(|lock| matches!(lock.try_lock(), Err(TryLockError::WouldBlock)))
    }

    /// The path of the database, without links.
    pub(crate) fn database(&self) -> &Path {
        &self.database
    }

    /// What the last process has noted.
    pub(super) fn note(&self) -> io::Result<Note> {
        Note::read(&self.lock)
    }

    /// Notes something for the next process.
    pub(super) fn write(&self, note: Note) -> io::Result<()> {
        note.write(&self.lock)
    }

    /// Notes something that must outlast a power failure.
    pub(super) fn write_durably(&self, note: Note) -> io::Result<()> {
        note.write(&self.lock)?;
        self.lock.sync_all()
    }

    /// Notes that the database is closed, and that everything is in its file.
    pub(crate) fn note_closed(&self) {
        // Another note that is being written hangs with the disk.
        let Ok(mut is_closed) = self.is_closed.try_lock() else {
            return;
        };
        *is_closed = true;
        // Without the note, the next process checks the file once more than it must.
        let _ = self.write(Note::Closed);
    }

    /// Notes that everything up to the transaction with this mark has been moved into the database file.
    pub(super) fn note_moved(&self, mark: u32) {
        let is_closed = self.is_closed.lock().unwrap_or_else(PoisonError::into_inner);
        if *is_closed {
            return;
        }
        // Without the note, the next process knows less of the file.
        if let Ok(Some(salts)) = salts(&files::log(&self.database)) {
            let _ = self.write(Note::Open(Some(Moved { salts, mark })));
        }
    }
}

/// The path of a file without links, even if the file is still to be created.
fn resolved(file: &Path) -> io::Result<PathBuf> {
    let mut file = file.to_owned();
    // As many as the system follows.
    for _ in 0..40 {
        match file.canonicalize() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            found => return found,
        }
        match fs::read_link(&file) {
            // The link may be relative to its folder.
            Ok(target) => file = files::folder_of(&file).join(target),
            Err(_) => {
                let name = file.file_name().unwrap_or_default();
                return files::folder_of(&file).canonicalize().map(|folder| folder.join(name));
            }
        }
    }
    Err(io::Error::other("too many links"))
}

/// The type number of the file system that contains a folder.
fn file_system(folder: &Path) -> io::Result<i64> {
    Ok(rustix::fs::statfs(folder)?.f_type as i64)
}

/// The name of the file system if other hosts can write to it (type numbers of statfs(2)).
fn network_file_system(kind: i64) -> Option<&'static str> {
    match kind & 0xffff_ffff {
        0x6969 => Some("NFS"),
        0x517b | 0xff53_4d42 | 0xfe53_4d42 => Some("SMB"),
        0x0102_1997 => Some("9p"),
        0x0165_5352 => Some("Ceph"),
        0x6573_5546 => Some("FUSE"),
        0x5346_414f => Some("AFS"),
        0x7461_636f => Some("OCFS2"),
        0x0116_1970 => Some("GFS2"),
        0x0bd0_0bd0 => Some("Lustre"),
        0x4750_4653 => Some("GPFS"),
        0x1983_0326 => Some("BeeGFS"),
        0xaad7_aaea => Some("PanFS"),
        0x7375_7245 => Some("Coda"),
        0x786f_4256 => Some("VirtualBox's shared folders"),
        0xbacb_acbc => Some("VMware's shared folders"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn network_file_systems_are_known_by_their_numbers() {
        const EXT4: i64 = 0xef53;
        const TMPFS: i64 = 0x0102_1994;
        assert_eq!(network_file_system(0x6969), Some("NFS"));
        // Numbers above 31 bits are sign-extended on some platforms.
        assert_eq!(network_file_system(0xff53_4d42_u32 as i32 as i64), Some("SMB"));
        assert_eq!(network_file_system(0x0102_1997), Some("9p"));
        assert_eq!(network_file_system(0x0bd0_0bd0), Some("Lustre"));
        assert_eq!(network_file_system(EXT4), None);
        assert_eq!(network_file_system(TMPFS), None);
    }

    #[test]
    fn a_network_file_system_is_refused_unless_it_is_accepted() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("a.db");
        let nfs = |_: &Path| Ok(0x6969);
        let refused = FileGuard::acquire_on(&database, false, nfs).unwrap_err();
        let message = refused.to_string();
        assert!(message.contains("NFS") && message.contains("PostgreSQL"), "{message}");
        FileGuard::acquire_on(&database, true, nfs).unwrap();
    }

    #[test]
    fn one_holder_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("new/folder/a.db");
        let guard = FileGuard::acquire(&database, false).unwrap();
        let second = FileGuard::acquire(&database, false);
        assert!(matches!(second, Err(FileGuardError::InUse(_))));
        drop(guard);
        FileGuard::acquire(&database, false).unwrap();
    }
}
