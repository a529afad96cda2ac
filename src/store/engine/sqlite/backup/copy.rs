//! A copy of a database, under a name of its own until it is complete.

use std::{
    fs::{self, File, OpenOptions, Permissions, TryLockError},
    future::Future,
    io,
    os::unix::fs::{FileExt, MetadataExt, PermissionsExt},
    path::{Path, PathBuf},
    pin::pin,
    time::Duration,
};

use sqlx::{ConnectOptions, Connection, sqlite::SqliteConnectOptions};
use tokio::time::timeout;

use crate::store::engine::sqlite::{
    damage::{self, Check, Finding},
    database_file::{PRIVATE, open_private},
    files,
    schema::{Schema, schema},
    writer::mark,
};

/// How often the progress of a copy is told.
const LOOK: Duration = Duration::from_millis(200);

/// How far a copy is.
#[derive(Clone, Copy, Debug)]
pub enum Progress {
    /// So many bytes of about so many are written.
    Copying {
        /// The bytes so far.
        bytes: u64,
        /// About all bytes.
        of: u64,
    },
    /// The copy is checked.
    Checking,
}

/// What is wrong with a copy, and so with the file that was copied.
pub(super) enum Fault {
    /// It is damaged.
    Damaged(String),
    /// It is of another program.
    Foreign,
}

/// A copy that is complete.
pub(super) struct Sealed {
    /// The first migration that this program does not know, if a newer one has made the schema.
    pub(super) newer_migration: Option<String>,
}

/// A copy that is removed when it is dropped, unless it has been renamed.
pub(super) struct Copy {
    path: PathBuf,
    file: File,
}

impl Copy {
    /// Creates an empty file, which only its owner can read, in place of one that a killed process has left; `None` if
    /// another process is writing it.
    pub(super) fn create(path: PathBuf) -> io::Result<Option<Self>> {
        let mut options = OpenOptions::new();
        options.read(true).write(true);
        let (file, is_new) = match open_private(options.clone().create_new(true), &path) {
            Ok(file) => (file, true),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => (open_private(&mut options, &path)?, false),
            Err(error) => return Err(error),
        };
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(error),
        }
        let (opened, named) = (file.metadata()?, fs::symlink_metadata(&path));
        if named.map_or(true, |named| named.ino() != opened.ino()) {
            // Another process has just ended, and its file has gone with it.
            return Ok(None);
        }
        if !is_new && !is_left_over(&file)? {
            let told = format!(
                "{} is there and is no unfinished copy: move it elsewhere",
                path.display()
            );
            return Err(io::Error::other(told));
        }
        let copy = Self { path, file };
        copy.file.set_permissions(Permissions::from_mode(PRIVATE))?;
        copy.file.set_len(0)?;
        files::remove_logs(&copy.path)?;
        Ok(Some(copy))
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Tells how far the work is that writes the copy.
    pub(super) async fn watch<T>(&self, work: impl Future<Output = T>, of: u64, tell: &impl Fn(Progress)) -> T {
        let mut work = pin!(work);
        loop {
            match timeout(LOOK, &mut work).await {
                Ok(done) => return done,
                Err(_) => {
                    let bytes = self.file.metadata().map_or(0, |file| file.len());
                    tell(Progress::Copying { bytes, of });
                }
            }
        }
    }

    /// Checks the whole copy and makes it one file, durable, with a mark that no log has.
    pub(super) async fn seal(&self, mark: u32) -> Result<Result<Sealed, Fault>, sqlx::Error> {
        match self.seal_database(mark).await {
            Err(error) => damage::damage(&error)
                .map(|fault| Err(Fault::Damaged(fault)))
                .ok_or(error),
            sealed => {
                self.file.sync_all()?;
                sealed
            }
        }
    }

    async fn seal_database(&self, mark: u32) -> Result<Result<Sealed, Fault>, sqlx::Error> {
        let mut connection = SqliteConnectOptions::new()
            .filename(&self.path)
            .disable_statement_logging()
            .connect()
            .await?;
        if let Finding::Damaged(fault) = damage::check(&mut connection, Check::Whole).await? {
            return Ok(Err(Fault::Damaged(fault)));
        }
        let newer_migration = match schema(&mut connection).await? {
            Schema::Known => None,
            Schema::Newer(migration) => Some(migration),
            Schema::Foreign => return Ok(Err(Fault::Foreign)),
        };
        // A log of the copy's own is moved into it.
        let mode: String = sqlx::query_scalar("PRAGMA journal_mode = DELETE")
            .fetch_one(&mut connection)
            .await?;
        if mode != "delete" {
            return Err(sqlx::Error::Protocol(
                "the log cannot be moved into the copy".to_owned(),
            ));
        }
        let setting = mark::setting(mark.cast_signed());
        sqlx::raw_sql(sqlx::AssertSqlSafe(setting))
            .execute(&mut connection)
            .await?;
        connection.close().await?;
        Ok(Ok(Sealed { newer_migration }))
    }

    /// Gives the complete copy its name, in place of what has it.
    pub(super) fn replace(self, path: &Path) -> io::Result<()> {
        fs::rename(&self.path, path)?;
        files::flush_folder(files::folder_of(path))
    }

    /// Gives the complete copy its name, which nothing else may have.
    pub(super) fn publish(self, path: &Path) -> io::Result<()> {
        use rustix::{
            fs::{CWD, RenameFlags, renameat_with},
            io::Errno,
        };
        match renameat_with(CWD, &self.path, CWD, path, RenameFlags::NOREPLACE) {
            // A file system that cannot do it in one step, such as NFS.
            Err(Errno::INVAL | Errno::NOSYS) => fs::hard_link(&self.path, path)?,
            renamed => renamed?,
        }
        files::flush_folder(files::folder_of(path))
    }
}

/// Whether a file can be what a killed process has left of a copy: nothing, or the begin of a database.
fn is_left_over(file: &File) -> io::Result<bool> {
    const BEGIN: &[u8; 16] = b"SQLite format 3\0";
    let about = file.metadata()?;
    let mut begin = [0; BEGIN.len()];
    let read = file.read_at(&mut begin, 0)?;
    let is_database = read == 0 || begin == *BEGIN || begin == [0; BEGIN.len()];
    Ok(about.is_file() && about.nlink() == 1 && is_database)
}

impl Drop for Copy {
    fn drop(&mut self) {
        let _ = files::remove(&self.path);
        let _ = files::remove_logs(&self.path);
    }
}

/// A mark that no log has.
pub(super) fn new_mark() -> io::Result<u32> {
    getrandom::u32().map_err(io::Error::other)
}
