//! A transaction on PostgreSQL, begun by a text of our own, which the ORM cannot send.

use std::sync::Arc;

use sea_orm::{
    ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, RuntimeErr, Statement, entity::prelude::async_trait,
};
use sea_query_sqlx::SqlxValues;
use sqlx::{AssertSqlSafe, Database, Executor, PgPool, Postgres, SqlSafeStr, pool::PoolConnection};
use sqlx_core::transaction::TransactionManager;
use tokio::sync::Mutex;

use crate::fail_point::fail_point;

/// An open transaction. If it is dropped, it is rolled back.
pub struct PostgresTransaction(Mutex<Session>);

/// A connection to PostgreSQL for one transaction.
struct Session {
    connection: PoolConnection<Postgres>,
    has_begun: bool,
}

type Manager = <Postgres as Database>::TransactionManager;

impl Drop for Session {
    fn drop(&mut self) {
        if self.has_begun {
            // Does nothing after the end of the transaction.
            Manager::start_rollback(&mut self.connection);
        } else {
            // The server refused a part of the text, or was not waited for: a transaction may be open, perhaps one in which
            // every statement fails, and the driver does not know of it.
            self.connection.close_on_drop();
        }
    }
}

impl PostgresTransaction {
    /// Begins a transaction with this text: `BEGIN`, and the settings of the transaction. Together they are one round
    /// trip.
    pub async fn begin(pool: &PgPool, text: &str) -> Result<Self, DbErr> {
        let mut session = Session {
            connection: pool.acquire().await.map_err(failed)?,
            has_begun: false,
        };
        let text = AssertSqlSafe(sent(text)).into_sql_str();
        let begun = Manager::begin(&mut session.connection, Some(text)).await;
        begun.map_err(failed)?;
        session.has_begun = true;
        Ok(Self(Mutex::new(session)))
    }

    /// Commits the transaction.
    pub(crate) async fn commit(self) -> Result<(), DbErr> {
        let mut session = self.0.into_inner();
        Manager::commit(&mut session.connection).await.map_err(failed)
    }

    /// Ends the transaction without its changes.
    pub(crate) async fn rollback(self) -> Result<(), DbErr> {
        let mut session = self.0.into_inner();
        Manager::rollback(&mut session.connection).await.map_err(failed)
    }
}

#[async_trait::async_trait]
impl ConnectionTrait for PostgresTransaction {
    fn get_database_backend(&self) -> DbBackend {
        DbBackend::Postgres
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        let mut session = self.0.lock().await;
        let result = bound(statement).execute(&mut *session.connection).await;
        Ok(result.map_err(failed)?.into())
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        let mut session = self.0.lock().await;
        let result = session.connection.execute(AssertSqlSafe(sql)).await;
        Ok(result.map_err(failed)?.into())
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        let mut session = self.0.lock().await;
        let row = bound(statement).fetch_optional(&mut *session.connection).await;
        Ok(row.map_err(failed)?.map(QueryResult::from))
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let mut session = self.0.lock().await;
        let rows = bound(statement).fetch_all(&mut *session.connection).await;
        Ok(rows.map_err(failed)?.into_iter().map(QueryResult::from).collect())
    }
}

/// The text that is sent: the same, or, at a fail point, one that the server refuses in the middle.
fn sent(text: &str) -> String {
    fail_point!("begin", |_| format!("{text}; TABLE elsewhere"));
    text.to_owned()
}

/// The statement with its values, as the driver takes them.
fn bound(statement: Statement) -> sqlx::query::Query<'static, Postgres, SqlxValues> {
    let values = statement
        .values
        .unwrap_or_else(|| sea_orm::sea_query::Values(Vec::new()));
    sqlx::query_with(AssertSqlSafe(statement.sql), SqlxValues(values))
}

fn failed(error: sqlx::Error) -> DbErr {
    DbErr::Query(RuntimeErr::SqlxError(Arc::new(error)))
}
