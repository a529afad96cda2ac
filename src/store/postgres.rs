//! Writes on PostgreSQL: a transaction for each, many at once. Those of one list wait for its row's lock.

use std::time::Duration;

use sea_orm::{ConnectionTrait, DatabaseConnection, DatabaseTransaction, TransactionTrait};
use tokio::time::timeout;

use super::{
    StoreError, StoreSettings, WriteError,
    stale::StaleConnections,
    transact::{Transact, run_caught},
};

/// How long COMMIT may take before its outcome counts as unknown.
const COMMIT_TIMEOUT: Duration = Duration::from_secs(2);

/// Writes to a PostgreSQL database.
pub(super) struct PostgresWriter {
    database: DatabaseConnection,
    stale: StaleConnections,
    settings: String,
    transaction_timeout: Duration,
}

impl PostgresWriter {
    pub(super) fn new(
        database: DatabaseConnection,
        stale: StaleConnections,
        settings: &StoreSettings,
    ) -> Self {
        Self {
            database,
            stale,
            // In the transaction and not at the start of the session, so that a pooler in between does not matter.
            // With another isolation the statements behind the lock would not see what the wait was for.
            settings: format!(
                "SET TRANSACTION ISOLATION LEVEL READ COMMITTED; \
                 SET LOCAL lock_timeout = {}; SET LOCAL statement_timeout = {}",
                settings.lock_timeout.as_millis(),
                settings.statement_timeout.as_millis()
            ),
            transaction_timeout: settings.transaction_timeout(),
        }
    }

    /// Runs the write and commits it. When the future is dropped before COMMIT, nothing was done.
    pub(super) async fn write<W: Transact>(&self, write: &W) -> Result<W::Output, WriteError> {
        let (transaction, output) = timeout(self.transaction_timeout, self.run(write))
            .await
            .unwrap_or_else(|_| {
                let silent = "no answer within the time limit".to_owned();
                Err(StoreError::Unavailable(silent).into())
            })
            .inspect_err(|error| {
                if *error == WriteError::Store(StoreError::ReadOnly) {
                    self.stale.mark_all();
                }
            })?;
        match timeout(COMMIT_TIMEOUT, transaction.commit()).await {
            Ok(Ok(())) => Ok(output),
            Ok(Err(error)) => Err(StoreError::of_commit(error).into()),
            Err(_) => {
                let silent = "no answer to COMMIT within the time limit".to_owned();
                Err(StoreError::OutcomeUnknown(silent).into())
            }
        }
    }

    async fn run<W: Transact>(
        &self,
        write: &W,
    ) -> Result<(DatabaseTransaction, W::Output), WriteError> {
        let transaction = self.database.begin().await?;
        transaction.execute_unprepared(&self.settings).await?;
        let output = run_caught(write, &transaction).await?;
        Ok((transaction, output))
    }
}
