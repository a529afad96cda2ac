//! A backup: a copy of the database as it is at one moment, while a server goes on writing.
//!
//! `VACUUM INTO` reads in one transaction. So it ends whatever others write, and writers do not wait for it; only the
//! log cannot start over until it has ended.

use std::{
    io,
    path::{Path, PathBuf},
};

use sqlx::{Connection, sqlite::SqliteConnection};
use thiserror::Error;

use super::{
    copy::{Copy, Fault, Progress, new_mark},
    restore,
};
use crate::{
    fail_point::fail_point,
    store::engine::{
        connect::StoreSettings,
        database_url::{DatabaseUrl, SqliteFileError},
        sqlite::{beside, damage, file_guard::FileGuard, files, note::Note, unclean_end::strange_log},
    },
};

/// Why there is no backup. In each case, nothing has been left under its name.
#[derive(Debug, Error)]
pub enum BackupError {
    /// The database is not SQLite's.
    #[error("a PostgreSQL database is backed up with pg_dump, such as `pg_dump --format=custom --file=FILE`")]
    Postgres,
    /// There can be no database file.
    #[error(transparent)]
    NoFile(#[from] SqliteFileError),
    /// There is nothing to back up.
    #[error("there is no database {}", .0.display())]
    NoDatabase(PathBuf),
    /// The database is that of another program, or has no tables yet.
    #[error("{} is not a database of record-lists", .0.display())]
    Foreign(PathBuf),
    /// The database is damaged.
    #[error(
        "the database {} is damaged ({fault}); put an earlier backup in its place with `record-lists restore FILE`",
        database.display()
    )]
    Damaged {
        /// The database.
        database: PathBuf,
        /// The first fault.
        fault: String,
    },
    /// The log beside the database belongs to another file.
    #[error("the log {}-wal does not belong to the database beside it: {strange}", database.display())]
    ForeignLog {
        /// The database.
        database: PathBuf,
        /// What shows it.
        strange: &'static str,
    },
    /// A restore was killed, and the log beside the database belongs to the one before.
    #[error("a restore of {} was interrupted: start the server, or restore again, to finish it", .0.display())]
    Interrupted(PathBuf),
    /// A backup never takes the place of another file.
    #[error("{} exists already: name a new file", .0.display())]
    Exists(PathBuf),
    /// Another process writes a backup of the same name.
    #[error("another process is writing {}", .0.display())]
    InProgress(PathBuf),
    /// The file cannot be written.
    #[error("the backup {} cannot be written: {source}", file.display())]
    File {
        /// The backup.
        file: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// There is no space for the file.
    #[error("there is no space left for the backup {}", .0.display())]
    NoSpace(PathBuf),
    /// SQLite failed in another way.
    #[error("the database {} cannot be backed up: {source}", database.display())]
    Sqlite {
        /// The database.
        database: PathBuf,
        /// The cause.
        source: sqlx::Error,
    },
}

/// Copies the database into a new file, which only its owner can read. Works beside a running server.
pub async fn back_up(settings: &StoreSettings, file: &Path, tell: impl Fn(Progress)) -> Result<(), BackupError> {
    let DatabaseUrl::Sqlite(source) = &settings.database_url else {
        return Err(BackupError::Postgres);
    };
    source.check()?;
    let database = &source.path;
    Backup { database, file }.make(settings, &tell).await
}

struct Backup<'p> {
    database: &'p Path,
    file: &'p Path,
}

impl Backup<'_> {
    async fn make(&self, settings: &StoreSettings, tell: &impl Fn(Progress)) -> Result<(), BackupError> {
        if self.file.symlink_metadata().is_ok() {
            return Err(BackupError::Exists(self.file.to_owned()));
        }
        if files::size(self.database) == 0 {
            return Err(BackupError::NoDatabase(self.database.to_owned()));
        }
        if restore::is_interrupted(self.database).map_err(|error| self.sqlite(error.into()))? {
            return Err(BackupError::Interrupted(self.database.to_owned()));
        }
        if let Some(strange) = self.strange_log().map_err(|error| self.sqlite(error.into()))? {
            return Err(BackupError::ForeignLog {
                database: self.database.to_owned(),
                strange,
            });
        }
        let copy = Copy::create(self.unfinished().map_err(|error| self.unwritable(error))?)
            .map_err(|error| self.unwritable(error))?
            .ok_or_else(|| BackupError::InProgress(self.file.to_owned()))?;
        let mut source = beside::connect(self.database, settings.lock_timeout)
            .await
            .map_err(|error| self.sqlite(error))?;
        let size = size(&mut source).await.map_err(|error| self.sqlite(error))?;
        let copied = copy.watch(vacuum_into(&mut source, copy.path()), size, tell).await;
        copied.map_err(|error| self.sqlite(error))?;
        source.close().await.map_err(|error| self.sqlite(error))?;
        fail_point!("backup_copied", |_| std::process::abort());
        tell(Progress::Checking);
        let mark = new_mark().map_err(|error| self.unwritable(error))?;
        match copy.seal(mark).await.map_err(|error| self.sqlite(error))? {
            // An older program than the server may make the backup.
            Ok(_) => {}
            Err(Fault::Damaged(fault)) => return Err(self.damaged(fault)),
            Err(Fault::Foreign) => return Err(BackupError::Foreign(self.database.to_owned())),
        }
        copy.publish(self.file).map_err(|error| self.unwritable(error))
    }

    /// What shows that the log is not the database's own, while no server uses both. One that does has made sure.
    fn strange_log(&self) -> io::Result<Option<&'static str>> {
        let log = files::log(self.database);
        if files::size(&log) == 0 || FileGuard::is_taken(self.database) {
            return Ok(None);
        }
        strange_log(self.database, &log, Note::of(self.database)?)
    }

    /// The name of the backup while it is written. It starts at the root: SQLite takes some relative names for
    /// addresses.
    fn unfinished(&self) -> io::Result<PathBuf> {
        let name = self.file.file_name().ok_or(io::ErrorKind::InvalidInput)?;
        let folder = files::folder_of(self.file).canonicalize()?;
        Ok(files::with_suffix(&folder.join(name), ".partial"))
    }

    fn damaged(&self, fault: String) -> BackupError {
        BackupError::Damaged {
            database: self.database.to_owned(),
            fault,
        }
    }

    fn unwritable(&self, source: io::Error) -> BackupError {
        let file = self.file.to_owned();
        match source.kind() {
            io::ErrorKind::AlreadyExists => BackupError::Exists(file),
            io::ErrorKind::StorageFull => BackupError::NoSpace(file),
            _ => BackupError::File { file, source },
        }
    }

    fn sqlite(&self, error: sqlx::Error) -> BackupError {
        if damage::is_full(&error) {
            return BackupError::NoSpace(self.file.to_owned());
        }
        match damage::damage(&error) {
            Some(fault) => self.damaged(fault),
            None => BackupError::Sqlite {
                database: self.database.to_owned(),
                source: error,
            },
        }
    }
}

/// About the size of the copy: that of the database as a reader sees it, with its log.
async fn size(source: &mut SqliteConnection) -> Result<u64, sqlx::Error> {
    const SIZE: &str = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size";
    let size: i64 = sqlx::query_scalar(SIZE).fetch_one(source).await?;
    Ok(size.unsigned_abs())
}

async fn vacuum_into(source: &mut SqliteConnection, file: &Path) -> Result<(), sqlx::Error> {
    let file = file.to_str().ok_or_else(|| io::Error::other("its name is not UTF-8"))?;
    sqlx::query("VACUUM INTO ?").bind(file).execute(source).await?;
    Ok(())
}
