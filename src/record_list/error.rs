//! Why a write to a list has no outcome.

use thiserror::Error;

use crate::store::{StoreError, WriteError};

/// Why a command has no outcome.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum CommandError {
    /// The account has no such list.
    #[error("the account has no such record list")]
    ListNotFound,
    /// The command would exceed a configured limit.
    #[error("at most {limit} {what} are allowed")]
    LimitExceeded {
        /// The limit.
        limit: u64,
        /// What is limited, in the plural.
        what: &'static str,
    },
    /// The idempotency key belongs to another write.
    #[error("the idempotency key was used for another request")]
    KeyReused,
    /// The first request with the idempotency key is not answered yet.
    #[error("a request with the idempotency key is under way")]
    KeyInUse,
    /// Too much waits already, or the command waited too long. Nothing was done.
    #[error("too many requests wait for the record list")]
    Overloaded,
    /// The process is about to end. Nothing was done.
    #[error("the server is shutting down")]
    ShuttingDown,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<WriteError> for CommandError {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::ListNotFound => Self::ListNotFound,
            WriteError::LimitExceeded { limit, what } => Self::LimitExceeded { limit, what },
            WriteError::KeyReused => Self::KeyReused,
            WriteError::Store(error) => Self::Store(error),
        }
    }
}
