//! A restore: a backup in place of the database, whole or not at all, whenever the process is killed.
//!
//! The backup is copied and checked first. Then one call renames the copy to the database. Before, the old database and
//! its log are as they were; after, the log belongs to another file, and the note says so to whoever opens the database
//! next.

use std::{
    fs::{self, File, OpenOptions},
    io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use thiserror::Error;

use super::copy::{Copy, Fault, Progress, new_mark};
use crate::{
    clock,
    fail_point::fail_point,
    store::engine::{
        connect::StoreSettings,
        database_url::{DatabaseUrl, SqliteFileError},
        sqlite::{
            damage,
            database_file::open_private,
            file_guard::{FileGuard, FileGuardError},
            files,
            header::Header,
            note::Note,
            schema::newest_migration,
            unclean_end::strange_log,
        },
    },
};

/// Why nothing has been restored. In each case the database is as it was.
#[derive(Debug, Error)]
pub enum RestoreError {
    /// The database is not SQLite's.
    #[error(
        "a PostgreSQL database is restored with pg_restore, such as `pg_restore --clean --if-exists --single-transaction --dbname=URL FILE`"
    )]
    Postgres,
    /// A server or another restore uses the database.
    #[error("another process uses the database {}: stop the server first", .0.display())]
    InUse(PathBuf),
    /// There can be no database file.
    #[error(transparent)]
    NoFile(#[from] SqliteFileError),
    /// The place of the database cannot be used.
    #[error(transparent)]
    Guard(FileGuardError),
    /// The backup cannot be read.
    #[error("{} cannot be read: {source}", backup.display())]
    Backup {
        /// The backup.
        backup: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// The backup is the database.
    #[error("{} is the database itself: move it elsewhere first, and restore it from there", .0.display())]
    Database(PathBuf),
    /// The backup is the database of a running server.
    #[error("another process uses {}: make a backup of it with `record-lists backup FILE`", .0.display())]
    BackupInUse(PathBuf),
    /// The backup has a journal, and is complete only together with it.
    #[error("{} is the copy of a database that was in use, and not complete: it has a journal beside it", .0.display())]
    Journal(PathBuf),
    /// The log beside the backup does not belong to it.
    #[error("the log beside {} belongs to another file ({strange}): remove it if the backup is complete without", backup.display())]
    ForeignLog {
        /// The backup.
        backup: PathBuf,
        /// Why.
        strange: &'static str,
    },
    /// The backup is something else.
    #[error("{} is not a database of record-lists", .0.display())]
    Foreign(PathBuf),
    /// The backup is of a newer program.
    #[error(
        "{} was made by a newer version of the program: it has the migration {migration}, and the newest that this \
         program knows is {}",
        backup.display(),
        newest_migration()
    )]
    Newer {
        /// The backup.
        backup: PathBuf,
        /// The newest migration there.
        migration: String,
    },
    /// The backup is damaged.
    #[error("{} is damaged ({fault})", backup.display())]
    Damaged {
        /// The backup.
        backup: PathBuf,
        /// The first fault.
        fault: String,
    },
    /// There is no space for the copy.
    #[error("there is no space left for the database {}", .0.display())]
    NoSpace(PathBuf),
    /// The files cannot be written.
    #[error("the database {} cannot be written: {source}", database.display())]
    File {
        /// The database.
        database: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// SQLite failed in another way.
    #[error("{} cannot be restored: {source}", backup.display())]
    Sqlite {
        /// The backup.
        backup: PathBuf,
        /// The cause.
        source: sqlx::Error,
    },
}

/// A database that was restored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// The database.
    pub database: PathBuf,
    /// Where the old one is kept: the file, and its log or journal if the server was killed. Empty if there was none.
    pub kept: Vec<PathBuf>,
}

/// Puts a backup in place of the database.
pub async fn restore(
    settings: &StoreSettings,
    backup: &Path,
    tell: impl Fn(Progress),
) -> Result<Restored, RestoreError> {
    let DatabaseUrl::Sqlite(target) = &settings.database_url else {
        return Err(RestoreError::Postgres);
    };
    target.check()?;
    let database = &target.path;
    check_backup(database, backup)?;
    let guard = FileGuard::acquire(database, settings.allow_network_file_system).map_err(|error| match error {
        FileGuardError::InUse(database) => RestoreError::InUse(database),
        error => RestoreError::Guard(error),
    })?;
    let restore = Restore { guard: &guard, backup };
    Ok(Restored {
        kept: restore.run(&tell).await?,
        database: database.clone(),
    })
}

/// Looks at the backup without opening it.
fn check_backup(database: &Path, backup: &Path) -> Result<(), RestoreError> {
    let unreadable = |source| RestoreError::Backup {
        backup: backup.to_owned(),
        source,
    };
    let path = backup.canonicalize().map_err(unreadable)?;
    let file = path.metadata().map_err(unreadable)?;
    if database
        .metadata()
        .is_ok_and(|database| (database.dev(), database.ino()) == (file.dev(), file.ino()))
    {
        return Err(RestoreError::Database(backup.to_owned()));
    }
    if FileGuard::is_taken(&path) {
        return Err(RestoreError::BackupInUse(backup.to_owned()));
    }
    let header = Header::read(&path).map_err(unreadable)?;
    if !header.is_some_and(|header| header.is_database()) {
        return Err(RestoreError::Foreign(backup.to_owned()));
    }
    if files::size(&files::journal(&path)) > 0 {
        return Err(RestoreError::Journal(backup.to_owned()));
    }
    match strange_log(&path, &files::log(&path), Note::Nothing).map_err(unreadable)? {
        None => Ok(()),
        Some(strange) => Err(RestoreError::ForeignLog {
            backup: backup.to_owned(),
            strange,
        }),
    }
}

struct Restore<'r> {
    guard: &'r FileGuard,
    backup: &'r Path,
}

impl Restore<'_> {
    async fn run(&self, tell: &impl Fn(Progress)) -> Result<Vec<PathBuf>, RestoreError> {
        let unwritable = |error| self.unwritable(error);
        let database = self.guard.database();
        finish(self.guard).map_err(unwritable)?;
        let copy = Copy::create(unfinished(database))
            .map_err(unwritable)?
            .ok_or_else(|| RestoreError::InUse(database.to_owned()))?;
        self.copy_to(&copy, tell).await?;
        tell(Progress::Checking);
        let mark = new_mark().map_err(unwritable)?;
        let sealed = copy.seal(mark).await.map_err(|error| self.sqlite(error))?;
        let sealed = sealed.map_err(|fault| self.faulty(fault))?;
        if let Some(migration) = sealed.newer_migration {
            return Err(RestoreError::Newer {
                backup: self.backup.to_owned(),
                migration,
            });
        }
        fail_point!("restore_copied", |_| std::process::abort());
        let owner = if database.exists() {
            database
        } else {
            files::folder_of(database)
        };
        files::give_to_owner_of(owner, copy.path()).map_err(unwritable)?;
        files::give_to_owner_of(owner, &files::lock(database)).map_err(unwritable)?;
        let kept = keep(database).map_err(unwritable)?;
        fail_point!("restore_kept", |_| std::process::abort());
        self.guard.write_durably(Note::Restoring(mark)).map_err(unwritable)?;
        fail_point!("restore_noted", |_| std::process::abort());
        copy.replace(database).map_err(unwritable)?;
        fail_point!("restore_replaced", |_| std::process::abort());
        if let Err(error) = finish(self.guard) {
            // The backup is in place, and the next start finishes what is left.
            tracing::warn!(%error, "the old log cannot be removed yet");
        }
        Ok(kept)
    }

    /// Copies the backup byte by byte, with the log that it may have, and leaves it as it is.
    async fn copy_to(&self, copy: &Copy, tell: &impl Fn(Progress)) -> Result<(), RestoreError> {
        let (from, to) = (self.backup.to_owned(), copy.path().to_owned());
        let size = files::size(&from);
        let copying = tokio::task::spawn_blocking(move || {
            copy_file(&from, &to)?;
            let log = files::log(&from);
            if files::size(&log) > 0 {
                copy_file(&log, &files::log(&to))?;
            }
            Ok(())
        });
        let copied = copy.watch(copying, size, tell).await;
        copied
            .map_err(io::Error::other)
            .flatten()
            .map_err(|error| self.unwritable(error))
    }

    fn faulty(&self, fault: Fault) -> RestoreError {
        let backup = self.backup.to_owned();
        match fault {
            Fault::Damaged(fault) => RestoreError::Damaged { backup, fault },
            Fault::Foreign => RestoreError::Foreign(backup),
        }
    }

    fn unwritable(&self, source: io::Error) -> RestoreError {
        let database = self.guard.database().to_owned();
        match source.kind() {
            io::ErrorKind::StorageFull => RestoreError::NoSpace(database),
            _ => RestoreError::File { database, source },
        }
    }

    fn sqlite(&self, error: sqlx::Error) -> RestoreError {
        if damage::is_full(&error) {
            return RestoreError::NoSpace(self.guard.database().to_owned());
        }
        RestoreError::Sqlite {
            backup: self.backup.to_owned(),
            source: error,
        }
    }
}

/// The name of the restored database until it is complete.
fn unfinished(database: &Path) -> PathBuf {
    files::with_suffix(database, ".restoring")
}

/// Copies into a file that may be there. A new one can be read only by its owner.
fn copy_file(from: &Path, to: &Path) -> io::Result<()> {
    let mut to = open_private(OpenOptions::new().write(true).create(true).truncate(true), to)?;
    io::copy(&mut File::open(from)?, &mut to)?;
    Ok(())
}

/// Gives the old database, and its log or journal, a second name. They also keep the first, so that nothing has changed yet.
fn keep(database: &Path) -> io::Result<Vec<PathBuf>> {
    let now = clock::now().format("%Y%m%dT%H%M%S%.3fZ");
    let kept = files::with_suffix(database, &format!(".before-restore-{now}"));
    let mut all = Vec::new();
    for (from, to) in [
        (database.to_owned(), kept.clone()),
        (files::log(database), files::log(&kept)),
        (files::journal(database), files::journal(&kept)),
    ] {
        if files::size(&from) > 0 {
            fs::hard_link(from, &to)?;
            all.push(to);
        }
    }
    files::flush_folder(files::folder_of(database))?;
    Ok(all)
}

/// Finishes what the last restore has left undone, if it was interrupted.
pub(crate) fn finish(guard: &FileGuard) -> io::Result<()> {
    let database = guard.database();
    let copy = unfinished(database);
    files::remove(&copy)?;
    files::remove_logs(&copy)?;
    let Note::Restoring(mark) = guard.note()? else {
        return Ok(());
    };
    let note = if has_mark(database, mark)? {
        files::remove_logs(database)?;
        files::flush_folder(files::folder_of(database))?;
        Note::Closed
    } else {
        // It was interrupted before the copy was in place, and the note of the old database is lost.
        Note::Open(None)
    };
    guard.write_durably(note)
}

/// Whether the log beside a database is still that of the one before a restore.
pub(crate) fn is_interrupted(database: &Path) -> io::Result<bool> {
    match Note::of(database)? {
        Note::Restoring(mark) => has_mark(database, mark),
        _ => Ok(false),
    }
}

fn has_mark(database: &Path, mark: u32) -> io::Result<bool> {
    Ok(Header::read(database)?.is_some_and(|header| header.mark() == mark))
}
