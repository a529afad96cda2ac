//! The trait of reads.

use sea_orm::{ConnectionTrait, DatabaseExecutor, DatabaseTransaction, DbBackend, DbErr, TransactionTrait};

use super::postgres::IN_ORDER;
use crate::store::error::ReadError;

/// A read of the database. It changes nothing, takes no lock and never waits for a writer.
///
/// Every read of a list's rows starts from a [`ListKey`](crate::store::list_key::ListKey), which contains the account.
pub trait Read: Send + Sync + 'static {
    /// What the read returns.
    type Output: Send + 'static;

    /// Runs the read; [`ReadError::ListNotFound`] if it needs a list that the account does not have.
    fn run(&self, database: &DatabaseExecutor<'_>) -> impl Future<Output = Result<Self::Output, ReadError>> + Send;
}

/// On PostgreSQL, begins a transaction with the settings of [`IN_ORDER`]. SQLite's plans need none.
pub(crate) async fn begin_in_order(database: &DatabaseExecutor<'_>) -> Result<Option<DatabaseTransaction>, DbErr> {
    if database.get_database_backend() != DbBackend::Postgres {
        return Ok(None);
    }
    let transaction = database.begin().await?;
    transaction.execute_unprepared(IN_ORDER).await?;
    Ok(Some(transaction))
}
