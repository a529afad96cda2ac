//! What reads rows: the connection of a read, or a transaction that writes.

use sea_orm::{ConnectionTrait, DatabaseExecutor, DbBackend, Statement};

use super::{row::Row, transaction::Transaction};
use crate::store::error::StoreError;

/// Reads rows, for searches that reads and writes have in common.
pub(crate) trait Executor: Sync {
    /// The kind of database, which the statements depend on.
    fn backend(&self) -> DbBackend;

    /// Runs a statement and returns its rows.
    fn rows(&self, statement: Statement) -> impl Future<Output = Result<Vec<Row>, StoreError>> + Send;
}

impl Executor for DatabaseExecutor<'_> {
    fn backend(&self) -> DbBackend {
        self.get_database_backend()
    }

    async fn rows(&self, statement: Statement) -> Result<Vec<Row>, StoreError> {
        let rows = self.query_all_raw(statement).await?;
        Ok(rows.into_iter().map(Row::Orm).collect())
    }
}

impl Executor for Transaction {
    fn backend(&self) -> DbBackend {
        self.backend()
    }

    async fn rows(&self, statement: Statement) -> Result<Vec<Row>, StoreError> {
        self.rows(statement).await
    }
}
