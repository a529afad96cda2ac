//! Errors of commands: why a write to a list has no outcome.

use thiserror::Error;

use crate::{
    domain::{LimitExceeded, Refusal},
    shares::Refused,
    store::{ReadError, StoreError, WriteError},
};

/// Why a command has no outcome.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum CommandError {
    /// The account has no such list.
    #[error("the account has no such record list")]
    ListNotFound,
    /// The list has no such record.
    #[error("the list has no such record")]
    RecordNotFound,
    /// A limit would be exceeded.
    #[error(transparent)]
    LimitExceeded(#[from] LimitExceeded),
    /// No file of the list is waiting to be handed over.
    #[error("no file of the record list is waiting")]
    NoFileWaiting,
    /// The list, or the record as it is, does not allow the write.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The idempotency key was used for another write.
    #[error("the idempotency key was used for another request")]
    KeyReused,
    /// The first request with the idempotency key has no response yet.
    #[error("a request with the same idempotency key is in progress")]
    KeyInUse,
    /// Too many commands or bytes are waiting already, or the command waited too long. Nothing was done.
    #[error("too many requests are waiting for the record list")]
    Overloaded,
    /// The account has used up its share of the process. Nothing was done.
    #[error("the account has used up its share")]
    RateLimited,
    /// The saved responses of the account fill its share of the database. Nothing was done.
    #[error("the saved responses of the account fill its share")]
    SavedResponsesFull,
    /// The process is shutting down. Nothing was done.
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
            WriteError::RecordNotFound => Self::RecordNotFound,
            WriteError::LimitExceeded(error) => Self::LimitExceeded(error),
            WriteError::NoFileWaiting => Self::NoFileWaiting,
            WriteError::Refused(refusal) => Self::Refused(refusal),
            WriteError::KeyReused => Self::KeyReused,
            WriteError::SavedResponsesFull => Self::SavedResponsesFull,
            WriteError::Store(error) => Self::Store(error),
        }
    }
}

impl From<Refused> for CommandError {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Account => Self::RateLimited,
            Refused::Process => Self::Overloaded,
        }
    }
}

impl From<ReadError> for CommandError {
    fn from(error: ReadError) -> Self {
        WriteError::from(error).into()
    }
}
