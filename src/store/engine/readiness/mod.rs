//! Whether the database can be used, and if not, why: for operators.

mod looks;

use thiserror::Error;

pub(super) use self::looks::Looks;
use crate::store::error::{ReadError, StoreError};

/// Why the database cannot be used (docs/contract.md section 4.6). The messages are for the log; they can name a host.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum NotReady {
    /// It does not respond, refuses connections, or cannot reach its disk.
    #[error("it cannot be used: {0}")]
    Away(String),
    /// It takes no writes.
    #[error("it is read-only")]
    ReadOnly,
    /// Its disk is full.
    #[error("its disk is full")]
    Full,
    /// Its file is damaged.
    #[error("it is damaged")]
    Damaged,
    /// Its schema is older than this program.
    #[error("its schema is older than this program, which needs the migrations {missing}: {cause}")]
    SchemaBehind {
        /// The names of the missing migrations.
        missing: String,
        /// Why they are not applied, or how to apply them.
        cause: String,
    },
    /// Its schema is newer than this program.
    #[error(
        "its schema is newer than this program: it has the migration {newest}, and this program knows none after {known}; \
         start a newer version of the program"
    )]
    SchemaAhead {
        /// The newest migration there.
        newest: String,
        /// The newest migration that this program knows.
        known: String,
    },
    /// It does not store text as UTF-8.
    #[error("its encoding is {0}, not UTF8: create a database with ENCODING 'UTF8' TEMPLATE template0")]
    EncodingNotUtf8(String),
}

impl NotReady {
    /// All reasons, as words.
    pub const WORDS: [&str; 7] = [
        "DATABASE_AWAY",
        "DATABASE_READ_ONLY",
        "DATABASE_FULL",
        "DATABASE_DAMAGED",
        "SCHEMA_BEHIND",
        "SCHEMA_AHEAD",
        "ENCODING_NOT_UTF8",
    ];

    /// The reason, as a word.
    pub fn word(&self) -> &'static str {
        let place = match self {
            Self::Away(_) => 0,
            Self::ReadOnly => 1,
            Self::Full => 2,
            Self::Damaged => 3,
            Self::SchemaBehind { .. } => 4,
            Self::SchemaAhead { .. } => 5,
            Self::EncodingNotUtf8(_) => 6,
        };
        Self::WORDS[place]
    }
}

impl From<ReadError> for NotReady {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Store(error) => error.into(),
            error @ (ReadError::ListNotFound | ReadError::RecordNotFound) => Self::Away(error.to_string()),
        }
    }
}

impl From<StoreError> for NotReady {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::ReadOnly => Self::ReadOnly,
            StoreError::Full => Self::Full,
            StoreError::Damaged(_) => Self::Damaged,
            StoreError::Unavailable(cause)
            | StoreError::Blocked(cause)
            | StoreError::Unsupported(cause)
            | StoreError::Data(cause)
            | StoreError::OutcomeUnknown(cause) => Self::Away(cause),
            StoreError::Overloaded => Self::Away(error.to_string()),
            StoreError::Bug(cause) => Self::Away(cause.to_owned()),
        }
    }
}
