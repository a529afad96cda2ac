//! Connections: the settings that make a confirmed delete durable, and those that keep a broken database from blocking
//! callers.

use std::{str::FromStr, time::Duration};

use sea_orm::{DatabaseConnection, SqlxPostgresConnector, SqlxSqliteConnector};
use sqlx::{
    ConnectOptions, Connection, PgConnection,
    pool::PoolOptions,
    postgres::PgConnectOptions,
    sqlite::{SqliteConnectOptions, SqliteSynchronous},
};
use tokio::time::timeout;

use super::{
    database_url::{DatabaseUrl, DatabaseUrlError},
    opened::Opened,
    postgres::stale::StaleConnections,
    sqlite::writer::session::LOG_BYTES_KEPT,
};
use crate::domain::Limits;

/// Where the data is stored, and how long the database may take.
#[derive(Clone, Debug)]
pub struct StoreSettings {
    /// `sqlite://` with a path, or `postgres://`.
    pub database_url: DatabaseUrl,
    /// The maximum number of this process's connections to PostgreSQL.
    pub pool_size: u32,
    /// Prepared statements kept per connection to PostgreSQL; 0 behind a pooler in transaction mode, where a connection
    /// has no session of its own.
    pub statement_cache: usize,
    /// The maximum number of concurrent transactions on PostgreSQL that deletions of several lists share: at most half of
    /// the connections. With 0, each list gets a transaction of its own. SQLite has none.
    pub lanes: usize,
    /// How long a write may wait for the list's lock.
    pub lock_timeout: Duration,
    /// How long one statement may run.
    pub statement_timeout: Duration,
    /// How long COMMIT may take. If PostgreSQL does not confirm a COMMIT, the search for its outcome may take three
    /// seconds longer than this.
    pub commit_timeout: Duration,
    /// Whether a database file on a network file system is accepted.
    pub allow_network_file_system: bool,
    /// How long a SQLite file may be checked that the last process did not close.
    pub check_timeout: Duration,
    /// The maximum numbers of lists and records.
    pub limits: Limits,
}

/// How many connections read SQLite's file.
const SQLITE_READERS: u32 = 4;

impl StoreSettings {
    /// How long a write may take before COMMIT, whatever the database does. Statements have their own timeouts, but a
    /// server that is stopped or unreachable does not enforce them.
    pub(crate) fn transaction_timeout(&self) -> Duration {
        self.lock_timeout + self.statement_timeout
    }

    /// How many reads may run at once. On PostgreSQL they leave connections for writes; SQLite's are for reads only.
    pub(crate) fn connections_for_reads(&self) -> usize {
        match self.database_url {
            DatabaseUrl::Sqlite(_) => SQLITE_READERS as usize,
            DatabaseUrl::Postgres(_) => self.pool_size as usize * 3 / 10,
        }
    }

    /// How many writes other than deletions may run at once, on PostgreSQL. They leave connections for deletions.
    pub(crate) fn connections_for_other_writes(&self) -> usize {
        self.pool_size as usize * 2 / 5
    }

    /// The maximum number of open files of the database.
    pub(crate) fn open_files(&self) -> usize {
        match self.database_url {
            DatabaseUrl::Sqlite(_) => FILES_OF_SQLITE,
            DatabaseUrl::Postgres(_) => self.pool_size as usize,
        }
    }

    /// How long SQLite's disk may make no progress.
    pub(crate) fn disk_timeout(&self) -> Duration {
        self.transaction_timeout() + self.commit_timeout
    }
}

/// Open files of the connections to a SQLite file: the database, its log and the log's index of each, and the guard.
const FILES_OF_SQLITE: usize = 24;

/// How long a caller waits for a free connection.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(2);

/// How long a connection that is returned to the pool may take to respond.
pub(crate) const RELEASE_TIMEOUT: Duration = Duration::from_secs(2);

/// Connects to PostgreSQL on first use: a server that is down now may be up by then.
pub(crate) fn postgres(
    url: &str,
    settings: &StoreSettings,
    stale: &StaleConnections,
) -> Result<(DatabaseConnection, Opened), DatabaseUrlError> {
    let options = postgres_options(url)?.statement_cache_capacity(settings.statement_cache);
    let server = Opened::server(&options);
    let stale = stale.clone();
    let pool = PoolOptions::new()
        .max_connections(settings.pool_size)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        // Connections are tested when they are returned. A test at each checkout would cost every caller a round trip.
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
    Ok((SqlxPostgresConnector::from_sqlx_postgres_pool(pool), server))
}

/// The options of a connection to PostgreSQL.
pub(super) fn postgres_options(url: &str) -> Result<PgConnectOptions, DatabaseUrlError> {
    let options = PgConnectOptions::from_str(url).map_err(|_| DatabaseUrlError::Malformed)?;
    let application_name = options.get_application_name().unwrap_or("record-lists").to_owned();
    Ok(options
        .application_name(&application_name)
        // There are no floating-point columns, and PgBouncer refuses connections that set this.
        .extra_float_digits(None)
        .disable_statement_logging())
}

/// Opens a connection that changes the schema of the file.
pub(crate) async fn sqlite_schema(
    path: &std::path::Path,
    settings: &StoreSettings,
) -> Result<DatabaseConnection, sqlx::Error> {
    sqlite_pool(sqlite_options(path, settings), 1).await
}

/// Opens the connections that read the file alongside the writer.
pub(crate) async fn sqlite_readers(
    path: &std::path::Path,
    settings: &StoreSettings,
) -> Result<DatabaseConnection, sqlx::Error> {
    sqlite_pool(sqlite_options(path, settings).read_only(true), SQLITE_READERS).await
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

/// Whether a returned connection can be used again: it responds, and no transaction is open.
///
/// SQLite ends a transaction by itself if the disk fails. The driver still counts it as open and would turn every later
/// transaction into a savepoint that is never committed, so such a connection is closed. The ping also sends a pending
/// rollback; a server that does not respond to it must not keep its place in the pool.
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
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(settings.lock_timeout)
        // A deleted person's data is overwritten, not left in free pages.
        .pragma("secure_delete", "ON")
        // If the log's file has grown beyond this, it is truncated when the log restarts.
        .pragma("journal_size_limit", LOG_BYTES_KEPT.to_string())
        // A page fits, so that a reader ends its snapshot before its rows are taken.
        .row_buffer_size(256)
        .disable_statement_logging()
}
