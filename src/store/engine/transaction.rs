//! A transaction, as the statements of the store see it.

use std::sync::Arc;

use sea_orm::{
    ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, ExecResult, QueryResult, RuntimeErr, Statement,
    TransactionTrait, entity::prelude::async_trait,
};
use sea_query_sqlx::SqlxValues;
use sqlx::{AssertSqlSafe, Executor, PgPool, Postgres};
use tokio::sync::Mutex;

/// An open transaction. If it is dropped, it is rolled back.
pub struct Transaction(Inner);

enum Inner {
    Orm(DatabaseTransaction),
    /// Begun by a text of our own, which the ORM cannot send.
    Postgres(Mutex<sqlx::Transaction<'static, Postgres>>),
}

impl From<DatabaseTransaction> for Transaction {
    fn from(transaction: DatabaseTransaction) -> Self {
        Self(Inner::Orm(transaction))
    }
}

impl Transaction {
    /// Begins a transaction on PostgreSQL with this text: `BEGIN`, and the settings of the transaction. Together they are
    /// one round trip.
    pub(super) async fn begin_on_postgres(pool: &PgPool, text: &str) -> Result<Self, DbErr> {
        let begun = pool.begin_with(AssertSqlSafe(text)).await;
        Ok(Self(Inner::Postgres(Mutex::new(begun.map_err(failed)?))))
    }

    /// Begins a savepoint within a transaction on SQLite.
    pub(super) async fn savepoint(&self) -> Result<Self, DbErr> {
        match &self.0 {
            Inner::Orm(transaction) => Ok(Self::from(transaction.begin().await?)),
            Inner::Postgres(_) => Err(DbErr::Custom("no savepoints on PostgreSQL".to_owned())),
        }
    }

    pub(super) async fn commit(self) -> Result<(), DbErr> {
        match self.0 {
            Inner::Orm(transaction) => transaction.commit().await,
            Inner::Postgres(transaction) => transaction.into_inner().commit().await.map_err(failed),
        }
    }

    pub(super) async fn rollback(self) -> Result<(), DbErr> {
        match self.0 {
            Inner::Orm(transaction) => transaction.rollback().await,
            Inner::Postgres(transaction) => transaction.into_inner().rollback().await.map_err(failed),
        }
    }
}

#[async_trait::async_trait]
impl ConnectionTrait for Transaction {
    fn get_database_backend(&self) -> DbBackend {
        match &self.0 {
            Inner::Orm(transaction) => transaction.get_database_backend(),
            Inner::Postgres(_) => DbBackend::Postgres,
        }
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        match &self.0 {
            Inner::Orm(transaction) => transaction.execute_raw(statement).await,
            Inner::Postgres(transaction) => {
                let mut transaction = transaction.lock().await;
                let result = bound(statement).execute(&mut **transaction).await;
                Ok(result.map_err(failed)?.into())
            }
        }
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        match &self.0 {
            Inner::Orm(transaction) => transaction.execute_unprepared(sql).await,
            Inner::Postgres(transaction) => {
                let mut transaction = transaction.lock().await;
                let result = transaction.execute(AssertSqlSafe(sql)).await;
                Ok(result.map_err(failed)?.into())
            }
        }
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        match &self.0 {
            Inner::Orm(transaction) => transaction.query_one_raw(statement).await,
            Inner::Postgres(transaction) => {
                let mut transaction = transaction.lock().await;
                let row = bound(statement).fetch_optional(&mut **transaction).await;
                Ok(row.map_err(failed)?.map(QueryResult::from))
            }
        }
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        match &self.0 {
            Inner::Orm(transaction) => transaction.query_all_raw(statement).await,
            Inner::Postgres(transaction) => {
                let mut transaction = transaction.lock().await;
                let rows = bound(statement).fetch_all(&mut **transaction).await;
                Ok(rows.map_err(failed)?.into_iter().map(QueryResult::from).collect())
            }
        }
    }
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
