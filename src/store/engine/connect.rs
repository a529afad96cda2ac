//! Connections: which settings make an answered delete a lasting one, and which keep a broken database from
//! holding callers.

use std::{path::PathBuf, str::FromStr, time::Duration};

use sea_orm::{DatabaseConnection, SqlxPostgresConnector, SqlxSqliteConnector};
use sqlx::{
    ConnectOptions, Connection, PgConnection,
    pool::PoolOptions,
    postgres::PgConnectOptions,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};
use thiserror::Error;
use tokio::time::timeout;

use super::stale::StaleConnections;
use crate::{domain::Limits, fail_point::fail_point};

/// Where the data is kept and how long the database may take.
#[derive(Clone, Debug)]
pub struct StoreSettings {
    /// `sqlite://` with a path, or `postgres://`.
    pub database_url: DatabaseUrl,
    /// Connections to PostgreSQL of this process.
    pub pool_size: u32,
    /// Prepared statements that are kept per connection to PostgreSQL; 0 behind a pooler in transaction mode, where a
    /// connection has no session of its own.
    pub statement_cache: usize,
    /// Transactions that deletions of many lists share, at most so many at once, and at most half of the connections;
    /// on SQLite there is one. With 0 each list has its own.
    pub lanes: usize,
    /// How long a write may wait for the list's lock.
    pub lock_timeout: Duration,
    /// How long one statement may run.
    pub statement_timeout: Duration,
    /// How long COMMIT may take. On PostgreSQL, what became of one that got no answer is asked for three seconds longer.
    pub commit_timeout: Duration,
    /// Whether a database file on a network file system is accepted.
    pub allow_network_file_system: bool,
    /// How much may be kept.
    pub limits: Limits,
}

impl StoreSettings {
    /// How long a write may hold a caller before COMMIT, whatever the database does: the statements have their own
    /// time-outs, but a server that is stopped or unreachable keeps none.
    pub(crate) fn transaction_timeout(&self) -> Duration {
        self.lock_timeout + self.statement_timeout
    }

    /// How long SQLite's disk may do nothing.
    pub(crate) fn disk_timeout(&self) -> Duration {
        self.transaction_timeout() + self.commit_timeout
    }
}

/// The address of a database. Its text may hold a password and is not shown.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// A file.
    Sqlite(PathBuf),
    /// A server.
    Postgres(String),
}

/// A database address that cannot be used.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum DatabaseUrlError {
    /// Neither of the two databases.
    #[error("the database URL must start with sqlite:// or postgres://")]
    UnknownScheme,
    /// A SQLite database that would not outlive the process.
    #[error("the database URL names no file: write sqlite://path/to/file.db")]
    NoFile,
    /// Not an address of a PostgreSQL server; the text could hold the password.
    #[error("the database URL is no valid postgres:// URL (one host, one port)")]
    Malformed,
}

impl FromStr for DatabaseUrl {
    type Err = DatabaseUrlError;

    fn from_str(url: &str) -> Result<Self, Self::Err> {
        if let Some(path) = url.strip_prefix("sqlite://").or_else(|| url.strip_prefix("sqlite:")) {
            let path = path.split('?').next().unwrap_or_default();
            if path.is_empty() || path == ":memory:" {
                return Err(DatabaseUrlError::NoFile);
            }
            return Ok(Self::Sqlite(path.into()));
        }
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            PgConnectOptions::from_str(url).map_err(|_| DatabaseUrlError::Malformed)?;
            return Ok(Self::Postgres(url.to_owned()));
        }
        Err(DatabaseUrlError::UnknownScheme)
    }
}

impl std::fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite://{}", path.display()),
            Self::Postgres(_) => f.write_str("postgres://***"),
        }
    }
}

/// How long a caller waits for a free connection.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(2);

/// How long a connection that comes back may take to show that it is alive.
pub(crate) const RELEASE_TIMEOUT: Duration = Duration::from_secs(2);

/// How long the log waits to be emptied, and with it who wants to write: long enough for nearly all of our own reads, and
/// not as long as a backup.
const PATIENCE_WITH_READERS: Duration = Duration::from_millis(100);

/// Pages of 4 KiB in SQLite's log from which on each commit moves it too, should nobody else come to it.
const LOG_PAGES_OF_WRITER: u32 = 16_000;

/// Bytes that the log's file keeps when it starts anew.
const LOG_BYTES_KEPT: u32 = 32 * 1024 * 1024;

/// Connects to PostgreSQL when first needed: a server that is down now may be up then.
pub(crate) fn postgres(
    url: &str,
    settings: &StoreSettings,
    stale: &StaleConnections,
) -> Result<DatabaseConnection, DatabaseUrlError> {
    let options = PgConnectOptions::from_str(url)
        .map_err(|_| DatabaseUrlError::Malformed)?
        .application_name("record-lists")
        // There are no floating-point numbers, and PgBouncer refuses connections that ask for this.
        .extra_float_digits(None)
        .statement_cache_capacity(settings.statement_cache)
        .disable_statement_logging();
    let stale = stale.clone();
    let pool = PoolOptions::new()
        .max_connections(settings.pool_size)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        // A connection is tested when it comes back; a test at each checkout would be a round trip for each caller.
        .test_before_acquire(false)
        .before_acquire(move |connection: &mut PgConnection, about| {
            let is_stale = stale.includes(about.age);
            let rested = about.idle_for > Duration::from_secs(30);
            Box::pin(async move {
                if is_stale {
                    return Ok(false);
                }
                if rested {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
        .after_release(|connection, _| Box::pin(is_at_rest(connection)))
        .connect_lazy_with(options);
    Ok(SqlxPostgresConnector::from_sqlx_postgres_pool(pool))
}

/// Opens the one connection that writes to the file; makes the file if there is none.
pub(crate) async fn sqlite_writer(
    path: &std::path::Path,
    settings: &StoreSettings,
) -> Result<DatabaseConnection, sqlx::Error> {
    let options = sqlite_options(path, settings)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        // In KiB. A batch of deletions touches thousands of pages; those that find no room are written twice.
        .pragma("cache_size", "-65536")
        .pragma("wal_autocheckpoint", LOG_PAGES_OF_WRITER.to_string());
    sqlite_pool(options, 1).await
}

/// Opens the one connection that moves the log into the database.
pub(crate) async fn sqlite_checkpoints(
    path: &std::path::Path,
    settings: &StoreSettings,
) -> Result<DatabaseConnection, sqlx::Error> {
    let options = sqlite_options(path, settings).busy_timeout(PATIENCE_WITH_READERS);
    sqlite_pool(options, 1).await
}

/// Opens connections that read the file beside the writer.
pub(crate) async fn sqlite_readers(
    path: &std::path::Path,
    settings: &StoreSettings,
) -> Result<DatabaseConnection, sqlx::Error> {
    sqlite_pool(sqlite_options(path, settings).read_only(true), 4).await
}

async fn sqlite_pool(options: SqliteConnectOptions, connections: u32) -> Result<DatabaseConnection, sqlx::Error> {
    let pool = PoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        .after_release(|connection, _| Box::pin(is_at_rest(connection)))
        .connect_with(options)
        .await?;
    Ok(SqlxSqliteConnector::from_sqlx_sqlite_pool(pool))
}

/// Whether a connection that comes back can be lent again: it answers, and no transaction is open.
///
/// SQLite ends a transaction by itself when the disk fails. The driver then still counts it as open, and would make
/// every later transaction a savepoint that is never committed: such a connection is closed. The ping carries a
/// rollback that was not sent yet; a server that does not answer it must not keep the place in the pool.
async fn is_at_rest<C: Connection>(connection: &mut C) -> Result<bool, sqlx::Error> {
    timeout(RELEASE_TIMEOUT, connection.ping())
        .await
        .map_err(|_| sqlx::Error::PoolTimedOut)??;
    Ok(!connection.is_in_transaction())
}

fn sqlite_options(path: &std::path::Path, settings: &StoreSettings) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .foreign_keys(true)
        .synchronous(durability())
        .busy_timeout(settings.lock_timeout)
        // A deleted person's data is overwritten, not left in free pages.
        .pragma("secure_delete", "ON")
        // What the log grew to beyond this is given back when it starts anew.
        .pragma("journal_size_limit", LOG_BYTES_KEPT.to_string())
        // The default of 50 rows can block a statement while it holds the write lock.
        .row_buffer_size(256)
        .disable_statement_logging()
}

/// When a commit is on the disk.
fn durability() -> SqliteSynchronous {
    fail_point!("commit_without_disk", |_| SqliteSynchronous::Normal);
    // With NORMAL, a power cut takes back deletes that were answered.
    SqliteSynchronous::Full
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_checked() {
        use DatabaseUrlError::*;
        for (url, expected) in [
            ("sqlite://data/a.db", Ok(DatabaseUrl::Sqlite("data/a.db".into()))),
            ("sqlite:///var/a.db", Ok(DatabaseUrl::Sqlite("/var/a.db".into()))),
            ("sqlite::memory:", Err(NoFile)),
            ("sqlite://", Err(NoFile)),
            ("mysql://localhost", Err(UnknownScheme)),
            ("postgres://h1:5432,h2:5432/db", Err(Malformed)),
            (
                "postgres://u:p@localhost/db",
                Ok(DatabaseUrl::Postgres("postgres://u:p@localhost/db".into())),
            ),
        ] {
            assert_eq!(url.parse::<DatabaseUrl>(), expected, "{url}");
        }
    }

    #[test]
    fn a_password_is_not_shown() {
        let url: DatabaseUrl = "postgres://u:secret@localhost/db".parse().unwrap();
        assert!(!format!("{url:?}").contains("secret"));
    }
}
