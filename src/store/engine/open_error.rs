//! Why a database cannot be opened.

use std::{
    io,
    path::{Path, PathBuf},
};

use thiserror::Error;

use super::{
    database_url::{DatabaseUrlError, SqliteFileError},
    readiness::NotReady,
    sqlite::{damage::damage, file_guard::FileGuardError},
};
use crate::store::error::StoreError;

/// Why the store cannot be opened. Trying again would not help.
#[derive(Debug, Error)]
pub enum OpenError {
    /// The URL is wrong.
    #[error(transparent)]
    Url(#[from] DatabaseUrlError),
    /// There can be no file.
    #[error(transparent)]
    NoFile(#[from] SqliteFileError),
    /// The file must not be used.
    #[error(transparent)]
    File(#[from] FileGuardError),
    /// A file of the database cannot be read or written.
    #[error("a file of the database {} cannot be used: {source}", database.display())]
    Unusable {
        /// The database.
        database: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// The file cannot be created.
    #[error("the database file {} cannot be created: {source}", path.display())]
    Create {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file is something else.
    #[error(
        "{} is not a database of record-lists: correct --database-url, or put a backup in its place with `record-lists \
         restore FILE`",
        .0.display()
    )]
    Foreign(PathBuf),
    /// The file is damaged.
    #[error(
        "the database {} is damaged ({fault}); put a backup in its place with `record-lists restore FILE`",
        database.display()
    )]
    Damaged {
        /// The file.
        database: PathBuf,
        /// The first fault.
        fault: String,
    },
    /// The log beside the file was written for another one. With it, the file would become a mixture of both.
    #[error(
        "the log {}-wal does not belong to the database beside it: {strange}; put a backup in its place with \
         `record-lists restore FILE` (if the database is the backup, move it elsewhere first)",
        database.display()
    )]
    ForeignLog {
        /// The database file.
        database: PathBuf,
        /// What shows it.
        strange: &'static str,
    },
    /// There is no file.
    #[error("there is no database {}: name that of the server with --database-url", .0.display())]
    Missing(PathBuf),
    /// SQLite cannot open the file.
    #[error("the database file cannot be opened: {0}")]
    Sqlite(String),
    /// The system starts no thread.
    #[error("a thread for the database cannot be started: {0}")]
    Thread(io::Error),
}

impl OpenError {
    pub(super) fn damaged(database: &Path, fault: String) -> Self {
        Self::Damaged {
            database: database.to_owned(),
            fault,
        }
    }

    pub(super) fn unusable(database: &Path, source: io::Error) -> Self {
        Self::Unusable {
            database: database.to_owned(),
            source,
        }
    }

    /// Converts an error of SQLite about a file.
    pub(super) fn of_sqlite(database: &Path, error: sqlx::Error) -> Self {
        match damage(&error) {
            Some(fault) => Self::damaged(database, fault),
            None => Self::Sqlite(error.to_string()),
        }
    }

    /// The same for the connection that writes.
    pub(super) fn of_writer(database: &Path, error: &rusqlite::Error) -> Self {
        use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};
        match error.sqlite_error_code() {
            Some(DatabaseCorrupt | NotADatabase) => Self::damaged(database, error.to_string()),
            _ => Self::Sqlite(error.to_string()),
        }
    }
}

/// Why the state of the schema is not known.
#[derive(Debug, Error)]
pub enum StatusError {
    /// The database cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The server cannot be used.
    #[error("the database cannot be used: {0}")]
    NotReady(#[from] NotReady),
    /// The database cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<DatabaseUrlError> for StatusError {
    fn from(error: DatabaseUrlError) -> Self {
        OpenError::from(error).into()
    }
}
