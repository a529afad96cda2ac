//! Connections for work beside a running server: without the guard, by SQLite's own locks, and without changing
//! anything.

use std::{path::Path, time::Duration};

use sea_orm::{DatabaseConnection, SqlxSqliteConnector};
use sqlx::{
    ConnectOptions,
    pool::PoolOptions,
    sqlite::{SqliteConnectOptions, SqliteConnection},
};

use super::files;
use crate::store::engine::open_error::OpenError;

/// The options of a connection that neither creates nor changes the database.
fn options(database: &Path, patience: Duration) -> SqliteConnectOptions {
    // The last connection that may write removes the log's files when it closes; one that only reads would leave those
    // that it made. But if there is a log, it may belong to another file, and must not be moved into this one.
    let is_reading_only = files::log(database).exists();
    SqliteConnectOptions::new()
        .filename(database)
        .read_only(is_reading_only)
        .busy_timeout(patience)
        .disable_statement_logging()
}

/// Opens such a connection, for the queries of sea-orm.
pub(crate) async fn pool(database: &Path, patience: Duration) -> Result<DatabaseConnection, OpenError> {
    if !database.exists() {
        return Err(OpenError::Missing(database.to_owned()));
    }
    let pool = PoolOptions::new().max_connections(1);
    let pool = pool.connect_with(options(database, patience)).await;
    let pool = pool.map_err(|error| OpenError::of_sqlite(database, error))?;
    Ok(SqlxSqliteConnector::from_sqlx_sqlite_pool(pool))
}

/// Opens such a connection.
pub(super) async fn connect(database: &Path, patience: Duration) -> Result<SqliteConnection, sqlx::Error> {
    options(database, patience).connect().await
}
