//! A transaction that writes, as the statements of the store see it: asynchronous on PostgreSQL, and at once on SQLite,
//! whose writer has a thread to itself.

use std::sync::Arc;

use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement};

use super::{postgres::transaction::PostgresTransaction, row::Row, sqlite::writer::session::SqliteSession};
use crate::store::error::StoreError;

/// An open transaction.
pub enum Transaction {
    /// On PostgreSQL. If it is dropped, it is rolled back.
    Postgres(PostgresTransaction),
    /// On SQLite. The writer begins and ends it.
    Sqlite(Arc<SqliteSession>),
}

impl Transaction {
    /// The kind of database, which the statements depend on.
    pub fn backend(&self) -> DbBackend {
        match self {
            Self::Postgres(_) => DbBackend::Postgres,
            Self::Sqlite(_) => DbBackend::Sqlite,
        }
    }

    /// Commits the transaction. Only on PostgreSQL: on SQLite the committer ends it, since others share it.
    pub(super) async fn commit(self) -> Result<(), DbErr> {
        match self {
            Self::Postgres(transaction) => transaction.commit().await,
            Self::Sqlite(_) => Err(DbErr::Custom("the committer ends it".to_owned())),
        }
    }

    /// Ends the transaction without its changes. Only on PostgreSQL, too.
    pub(super) async fn rollback(self) -> Result<(), DbErr> {
        match self {
            Self::Postgres(transaction) => transaction.rollback().await,
            Self::Sqlite(_) => Err(DbErr::Custom("the committer ends it".to_owned())),
        }
    }

    /// Runs a statement that returns no rows. Returns the number of rows that it changed.
    pub(crate) async fn execute(&self, statement: Statement) -> Result<u64, StoreError> {
        match self {
            Self::Postgres(transaction) => Ok(transaction.execute_raw(statement).await?.rows_affected()),
            Self::Sqlite(session) => session.execute(&statement),
        }
    }

    /// Runs statements that have no values and return no rows.
    pub async fn execute_text(&self, text: &str) -> Result<(), StoreError> {
        match self {
            Self::Postgres(transaction) => {
                transaction.execute_unprepared(text).await?;
                Ok(())
            }
            Self::Sqlite(session) => session.run(|connection| connection.execute_batch(text)),
        }
    }

    /// Runs a statement and returns its rows.
    pub(crate) async fn rows(&self, statement: Statement) -> Result<Vec<Row>, StoreError> {
        match self {
            Self::Postgres(transaction) => {
                let rows = transaction.query_all_raw(statement).await?;
                Ok(rows.into_iter().map(Row::Orm).collect())
            }
            Self::Sqlite(session) => session.rows(&statement),
        }
    }

    /// Runs a statement and returns its first row, if there is one.
    pub(crate) async fn row(&self, statement: Statement) -> Result<Option<Row>, StoreError> {
        match self {
            Self::Postgres(transaction) => Ok(transaction.query_one_raw(statement).await?.map(Row::Orm)),
            Self::Sqlite(session) => Ok(session.rows(&statement)?.into_iter().next()),
        }
    }
}
