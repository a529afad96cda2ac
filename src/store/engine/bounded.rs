//! Statements that may read much: the database itself ends them when their time is over, and soon after nobody waits for
//! them any more.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use sea_orm::{ConnectionTrait, DatabaseExecutor, DbBackend, DbErr, QueryResult, RuntimeErr, Statement};
use sea_query_sqlx::SqlxValues;
use sqlx::{AssertSqlSafe, Sqlite, SqlitePool, pool::PoolConnection};

use super::postgres::{distribution::PROPAGATE, transaction::PostgresTransaction};
use crate::{fail_point::fail_point, store::error::StoreError};

/// After how many of its instructions SQLite looks at the clock: well under a millisecond.
const INSTRUCTIONS: i32 = 1_000;

/// The rows of a statement. `settings` are those of its transaction on PostgreSQL. What takes longer than `limit` fails.
pub(crate) async fn rows_within(
    database: &DatabaseExecutor<'_>,
    settings: &str,
    statement: Statement,
    limit: Duration,
) -> Result<Vec<QueryResult>, StoreError> {
    fail_point!("search");
    let found = rows(database, settings, statement, limit).await;
    found.map_err(|error| match StoreError::from(error) {
        // It waits for no lock, so there was too little time.
        StoreError::Blocked(_) => StoreError::Overloaded,
        error => error,
    })
}

async fn rows(
    database: &DatabaseExecutor<'_>,
    settings: &str,
    statement: Statement,
    limit: Duration,
) -> Result<Vec<QueryResult>, DbErr> {
    let limit_ms = limit.as_millis().clamp(1, i32::MAX as u128);
    let settings = format!("{PROPAGATE}; SET LOCAL statement_timeout = {limit_ms}; {settings}");
    match database {
        DatabaseExecutor::Connection(database) if database.get_database_backend() == DbBackend::Postgres => {
            let pool = database.get_postgres_connection_pool();
            let transaction = PostgresTransaction::begin(pool, &format!("BEGIN; {settings}")).await?;
            let rows = transaction.query_all_raw(statement).await?;
            transaction.commit().await?;
            Ok(rows)
        }
        DatabaseExecutor::Connection(database) => {
            let rows = rows_of_sqlite(database.get_sqlite_connection_pool(), statement, limit).await;
            rows.map_err(|error| DbErr::Query(RuntimeErr::SqlxError(Arc::new(error))))
        }
        // Only PostgreSQL reads in transactions.
        transaction => {
            transaction.execute_unprepared(&settings).await?;
            transaction.query_all_raw(statement).await
        }
    }
}

/// A connection that reads for a limited time. If it is dropped in the middle, the statement is interrupted and the
/// connection closed: the driver would only stop between two rows.
struct Bounded {
    connection: PoolConnection<Sqlite>,
    is_given_up: Arc<AtomicBool>,
    has_ended: bool,
}

impl Drop for Bounded {
    fn drop(&mut self) {
        if !self.has_ended {
            self.is_given_up.store(true, Ordering::Relaxed);
            self.connection.close_on_drop();
        }
    }
}

async fn rows_of_sqlite(
    pool: &SqlitePool,
    statement: Statement,
    limit: Duration,
) -> Result<Vec<QueryResult>, sqlx::Error> {
    let until = Instant::now().checked_add(limit);
    let is_given_up = Arc::new(AtomicBool::new(false));
    let mut bounded = Bounded {
        connection: pool.acquire().await?,
        is_given_up: Arc::clone(&is_given_up),
        has_ended: false,
    };
    let goes_on = move || !is_given_up.load(Ordering::Relaxed) && until.is_none_or(|until| Instant::now() < until);
    let mut handle = bounded.connection.lock_handle().await?;
    handle.set_progress_handler(INSTRUCTIONS, goes_on);
    drop(handle);
    let values = statement
        .values
        .unwrap_or_else(|| sea_orm::sea_query::Values(Vec::new()));
    let query = sqlx::query_with(AssertSqlSafe(statement.sql), SqlxValues(values));
    let rows = query.fetch_all(&mut *bounded.connection).await;
    bounded.connection.lock_handle().await?.remove_progress_handler();
    bounded.has_ended = true;
    Ok(rows?.into_iter().map(QueryResult::from).collect())
}
