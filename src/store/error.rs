//! Errors of the store. A cause is kept as text that contains no values of rows, because database errors quote the
//! rejected data in their details.

use sea_orm::{DbErr, RuntimeErr, SqlxError};
use sqlx::postgres::{PgDatabaseError, PgSeverity};
use thiserror::Error;

use crate::domain::{LimitExceeded, Refusal};
use crate::metrics::TransactionOutcome;

/// The database did not carry out a read or a write.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum StoreError {
    /// The database is unreachable, broken, busy or read-only. Nothing was done.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// The database is reachable but ended the transaction: it waited too long for a lock, was part of a deadlock, or
    /// took too long. Nothing was done.
    #[error("the database aborted the transaction: {0}")]
    Blocked(String),
    /// Too many reads are waiting, or a search took too long, because there is more to do than the database can. Nothing
    /// was done.
    #[error("there are more reads than the database can do")]
    Overloaded,
    /// The database takes no writes. A PostgreSQL server may have become a standby, so its connections must be closed.
    /// Nothing was done.
    #[error("the database is read-only")]
    ReadOnly,
    /// The disk of the database is full. Nothing was done.
    #[error("the disk of the database is full")]
    Full,
    /// The database is damaged: an operator must act. Nothing was done.
    #[error("the database is damaged: {0}")]
    Damaged(String),
    /// The database cannot carry out such a statement, as if its tables were distributed and the statement were about
    /// several servers. Nothing was done.
    #[error("the database does not support the statement: {0}")]
    Unsupported(String),
    /// The database rejected values (SQLSTATE classes 22 and 23). Nothing was done.
    #[error("the database rejected the data: {0}")]
    Data(String),
    /// The connection or the disk failed or did not respond during COMMIT. The transaction may have been committed, or
    /// may still be.
    #[error("the outcome of a commit is unknown: {0}")]
    OutcomeUnknown(String),
    /// A bug of this program: its code failed inside a transaction, which was rolled back. Nothing was done.
    #[error("a transaction failed: {0}")]
    Bug(&'static str),
}

/// Why a read failed.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum ReadError {
    /// The account has no such list.
    #[error("the account has no such record list")]
    ListNotFound,
    /// The list has no such record.
    #[error("the list has no such record")]
    RecordNotFound,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a write failed.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum WriteError {
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
    /// The idempotency key belongs to a different write.
    #[error("the idempotency key was used for another request")]
    KeyReused,
    /// The saved responses of the account fill its share. Nothing was done.
    #[error("the saved responses of the account fill its share")]
    SavedResponsesFull,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl WriteError {
    /// Whether it is the error of one write that made the transaction of several fail: apart, the others succeed.
    pub(crate) fn is_of_one_among_several(&self) -> bool {
        matches!(self, Self::Store(StoreError::Data(_) | StoreError::Bug(_)))
    }
}

impl From<DbErr> for StoreError {
    fn from(error: DbErr) -> Self {
        match sqlx_error(&error) {
            Some(SqlxError::Database(database)) => {
                Self::of_database(&database.code().unwrap_or_default(), database.message())
            }
            Some(error) if is_connection_error(error) => Self::Unavailable(error.to_string()),
            None if matches!(error, DbErr::ConnectionAcquire(_) | DbErr::Conn(_)) => {
                Self::Unavailable(error.to_string())
            }
            // The text of such an error may quote a row.
            _ => Self::Bug("a row could not be read or a statement not be made"),
        }
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error {
            rusqlite::Error::SqliteFailure(failure, message) => {
                let message = message.unwrap_or_else(|| failure.to_string());
                Self::of_database(&failure.extended_code.to_string(), &message)
            }
            // The text of such an error may quote a row.
            _ => Self::Bug("a row could not be read or a statement not be made"),
        }
    }
}

impl From<DbErr> for ReadError {
    fn from(error: DbErr) -> Self {
        Self::Store(error.into())
    }
}

impl From<&WriteError> for TransactionOutcome {
    fn from(error: &WriteError) -> Self {
        match error {
            WriteError::Store(StoreError::OutcomeUnknown(_)) => Self::Unknown,
            _ => Self::NotDone,
        }
    }
}

/// A write that starts with a read fails if that read fails.
impl From<ReadError> for WriteError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::ListNotFound => Self::ListNotFound,
            ReadError::RecordNotFound => Self::RecordNotFound,
            ReadError::Store(error) => Self::Store(error),
        }
    }
}

impl From<DbErr> for WriteError {
    fn from(error: DbErr) -> Self {
        Self::Store(error.into())
    }
}

impl StoreError {
    /// Converts an error that the database reported. SQLite's codes are numbers, and PostgreSQL's are SQLSTATEs.
    fn of_database(code: &str, message: &str) -> Self {
        let text = format!("{message} (code {code})");
        let primary = primary_sqlite_code(code);
        match primary.as_deref().unwrap_or(code) {
            // SQLITE_READONLY, read_only_sql_transaction
            "8" | "25006" => Self::ReadOnly,
            // SQLITE_FULL, disk_full
            "13" | "53100" => Self::Full,
            // SQLITE_CORRUPT, SQLITE_NOTADB, data_corrupted, index_corrupted
            "11" | "26" | "XX001" | "XX002" => Self::Damaged(text),
            // SQLITE_INTERRUPT
            "9" => Self::Blocked(text),
            // The message of such an error may quote the value.
            _ if is_data_error(code) => Self::Data(format!("code {code}")),
            // lock_not_available, query_canceled, deadlock_detected, serialization_failure
            "55P03" | "57014" | "40P01" | "40001" => Self::Blocked(text),
            // feature_not_supported
            "0A000" => Self::Unsupported(text),
            // duplicate_prepared_statement, invalid_sql_statement_name
            "42P05" | "26000" => Self::Unavailable(format!(
                "{text}; behind a pooler in transaction mode, set --database-statement-cache 0"
            )),
            _ => Self::Unavailable(text),
        }
    }

    /// Converts an error of COMMIT on SQLite. An I/O error can follow the write of the log, so the next reader may still
    /// find the complete transaction.
    pub(super) fn of_sqlite_commit(error: rusqlite::Error) -> Self {
        match error.sqlite_error() {
            Some(failure) if failure.code == rusqlite::ErrorCode::SystemIoFailure => {
                // The text is the same for all of them; the code says which call failed.
                Self::OutcomeUnknown(format!("{error} (code {})", failure.extended_code))
            }
            _ => Self::from(error),
        }
    }

    /// Converts an error of COMMIT on PostgreSQL.
    ///
    /// An error from the database proves that nothing was committed; silence does not.
    pub(super) fn of_commit(error: DbErr) -> Self {
        match sqlx_error(&error) {
            Some(SqlxError::Database(database)) => {
                let code = database.code().unwrap_or_default();
                let postgres = database.try_downcast_ref::<PgDatabaseError>();
                let severity = postgres.map_or(PgSeverity::Error, |error| error.severity());
                if is_proof_of_rollback(&code, severity) {
                    Self::from(error)
                } else {
                    Self::OutcomeUnknown(database.message().to_owned())
                }
            }
            _ => Self::OutcomeUnknown(Self::from(error).to_string()),
        }
    }
}

/// Whether PostgreSQL's error for a COMMIT proves that nothing was committed. A session that the server ends may have
/// committed before it reports the error, a pooler reports errors for a server that it has lost, and Citus reports an
/// internal error for one that it has lost.
fn is_proof_of_rollback(code: &str, severity: PgSeverity) -> bool {
    let is_ended = matches!(severity, PgSeverity::Fatal | PgSeverity::Panic);
    let is_lost = ["08", "57P", "40003", "XX"].iter().any(|lost| code.starts_with(lost));
    !is_ended && !is_lost
}

fn sqlx_error(error: &DbErr) -> Option<&SqlxError> {
    match error {
        DbErr::Conn(RuntimeErr::SqlxError(error))
        | DbErr::Exec(RuntimeErr::SqlxError(error))
        | DbErr::Query(RuntimeErr::SqlxError(error)) => Some(error),
        _ => None,
    }
}

/// Whether the connection failed, rather than the statement or the decoding of its rows.
fn is_connection_error(error: &SqlxError) -> bool {
    matches!(
        error,
        SqlxError::Io(_)
            | SqlxError::Tls(_)
            | SqlxError::Protocol(_)
            | SqlxError::PoolTimedOut
            | SqlxError::PoolClosed
            | SqlxError::WorkerCrashed
            | SqlxError::BeginFailed
    )
}

/// SQLSTATE classes 22 (data exception) and 23 (integrity constraint); SQLite's TOOBIG, CONSTRAINT, MISMATCH and
/// RANGE.
fn is_data_error(code: &str) -> bool {
    match primary_sqlite_code(code) {
        Some(primary) => matches!(primary.as_str(), "18" | "19" | "20" | "25"),
        None => code.starts_with("22") || code.starts_with("23"),
    }
}

/// The primary code of a SQLite error, or `None` for a SQLSTATE (five characters). SQLite's codes are decimal numbers
/// of at most four digits, with an extension in the higher bits.
fn primary_sqlite_code(code: &str) -> Option<String> {
    if code.len() >= 5 {
        return None;
    }
    let extended: u32 = code.parse().ok()?;
    Some((extended & 0xff).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_error_that_leaves_the_session_proves_a_rollback() {
        use PgSeverity::*;
        for (code, severity, expected) in [
            ("23505", Error, true),
            ("40001", Error, true),
            ("25006", Error, true),
            ("40003", Error, false),
            ("08006", Error, false),
            ("57P01", Fatal, false),
            ("58030", Panic, false),
            ("53100", Panic, false),
            ("XX000", Fatal, false),
            ("XX000", Error, false),
            ("XX001", Error, false),
        ] {
            assert_eq!(is_proof_of_rollback(code, severity), expected, "{code} {severity:?}");
        }
    }

    #[test]
    fn what_an_operator_has_to_do_is_told_apart() {
        let told = |code| StoreError::of_database(code, "m").to_string();
        for (code, expected) in [
            ("8", "the database is read-only"),
            ("1544", "the database is read-only"),
            ("25006", "the database is read-only"),
            ("13", "the disk of the database is full"),
            ("53100", "the disk of the database is full"),
            ("11", "the database is damaged: m (code 11)"),
            ("779", "the database is damaged: m (code 779)"),
            ("26", "the database is damaged: m (code 26)"),
            ("XX002", "the database is damaged: m (code XX002)"),
            ("10", "the database is not available: m (code 10)"),
            ("57P03", "the database is not available: m (code 57P03)"),
            ("2067", "the database rejected the data: code 2067"),
            ("40001", "the database aborted the transaction: m (code 40001)"),
            ("0A000", "the database does not support the statement: m (code 0A000)"),
        ] {
            assert_eq!(told(code), expected, "{code}");
        }
        assert!(told("42P05").ends_with("set --database-statement-cache 0"));
    }

    #[test]
    fn data_errors_are_told_from_failures() {
        for (code, is_data) in [
            ("22021", true),
            ("23505", true),
            ("19", true),
            ("2067", true),
            ("1555", true),
            ("57P01", false),
            ("42P01", false),
            ("53300", false),
            ("5", false),
            ("13", false),
            ("10", false),
            ("266", false),
            ("", false),
        ] {
            assert_eq!(is_data_error(code), is_data, "{code}");
        }
    }
}
