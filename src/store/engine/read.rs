//! The trait of reads.

use std::time::Duration;

use sea_orm::{ConnectionTrait, DatabaseExecutor, DbBackend, DbErr};

use super::{
    postgres::{IN_ORDER, transaction::PostgresTransaction},
    transaction::Transaction,
};
use crate::{
    domain::AccountId,
    store::error::{ReadError, StoreError},
};

/// A read of the database. It changes nothing, takes no lock and never waits for a writer.
///
/// Every read of a list's rows starts from a [`ListKey`](crate::store::list_key::ListKey), which contains the account.
pub trait Read: Send + Sync + 'static {
    /// What the read returns.
    type Output: Send + 'static;

    /// The account that the read is for; `None` for the service's own work.
    fn account(&self) -> Option<&AccountId> {
        None
    }

    /// How much it reads, in records or identifiers, so that the accounts' turns are equal.
    fn weight(&self) -> usize {
        1
    }

    /// Runs the read; [`ReadError::ListNotFound`] if it needs a list that the account does not have.
    fn run(&self, database: &DatabaseExecutor<'_>) -> impl Future<Output = Result<Self::Output, ReadError>> + Send;

    /// Runs the read, which has so much time. One whose statements may read much tells the database so.
    fn run_within(
        &self,
        database: &DatabaseExecutor<'_>,
        _limit: Duration,
    ) -> impl Future<Output = Result<Self::Output, ReadError>> + Send {
        self.run(database)
    }
}

/// On PostgreSQL, makes the rest of a transaction read in key order; see [`IN_ORDER`]. SQLite's plans need no settings.
pub(crate) async fn read_in_order(transaction: &Transaction) -> Result<(), StoreError> {
    match transaction {
        Transaction::Postgres(_) => transaction.execute_text(IN_ORDER).await,
        Transaction::Sqlite(_) => Ok(()),
    }
}

/// Makes a read read in key order. Returns the transaction that it has to run in, unless it is in one already, or needs
/// none because it is on SQLite.
pub(crate) async fn begin_in_order(database: &DatabaseExecutor<'_>) -> Result<Option<PostgresTransaction>, DbErr> {
    if database.get_database_backend() != DbBackend::Postgres {
        return Ok(None);
    }
    match database {
        DatabaseExecutor::Connection(database) => {
            let pool = database.get_postgres_connection_pool();
            let begin = format!("BEGIN; {IN_ORDER}");
            Ok(Some(PostgresTransaction::begin(pool, &begin).await?))
        }
        transaction => {
            transaction.execute_unprepared(IN_ORDER).await?;
            Ok(None)
        }
    }
}
