//! Writes on PostgreSQL: many transactions at once, each with time limits.

use std::time::Duration;

use sea_orm::DatabaseConnection;
use tokio::time::{sleep, timeout};

use super::{distribution::PROPAGATE, stale::StaleConnections, transaction::PostgresTransaction};
use crate::store::{
    engine::{
        connect::{RELEASE_TIMEOUT, StoreSettings},
        sessions::Sessions,
        transact::{Fate, Transact, run_caught},
        transaction::Transaction,
    },
    error::{StoreError, WriteError},
};

/// How much longer than COMMIT itself the search for its outcome may take. A session whose client no longer waits is
/// closed after [`RELEASE_TIMEOUT`], and holds the lock until then.
const MORE_TIME_FOR_FATE: Duration = RELEASE_TIMEOUT.saturating_add(Duration::from_secs(1));

/// Settings for a PostgreSQL transaction that reads in key order. They force a read that stops at its limit, whatever the
/// statistics say. PostgreSQL might otherwise sort all rows of the list.
pub const IN_ORDER: &str =
    "SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_sort = off";

/// Settings for a transaction of several lists. They keep a join with pairs from being planned as a scan.
pub const SEEK: &str = "SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off; \
                        SET LOCAL enable_mergejoin = off";

/// Begins every transaction that writes.
const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED";

/// Time limits of a transaction that lists share. What takes longer is aborted and tried again for each list alone.
const SHARED_LOCK_TIMEOUT: Duration = Duration::from_millis(200);
const SHARED_STATEMENT_TIMEOUT: Duration = Duration::from_secs(1);

/// The pause between two attempts to find the outcome of a COMMIT.
const FATE_RETRY: Duration = Duration::from_millis(100);

/// Writes to a PostgreSQL database.
pub(crate) struct PostgresWriter {
    database: DatabaseConnection,
    stale: StaleConnections,
    /// The text that begins a transaction, with its settings.
    begin: String,
    /// The same for a transaction that lists share.
    begin_shared: String,
    /// The same for a transaction that searches for the outcome of another one.
    begin_search: String,
    transaction_timeout: Duration,
    commit_timeout: Duration,
}

impl PostgresWriter {
    pub(crate) fn new(database: DatabaseConnection, stale: StaleConnections, settings: &StoreSettings) -> Self {
        // Set in the transaction, not at the start of the session, so that a pooler in between does not matter. With
        // another isolation level, the statements after the lock would not see what the previous holder committed.
        let opening = Sessions::of(settings).opening();
        let limits = |lock: Duration, statement: Duration| {
            format!(
                "{PROPAGATE}; SET LOCAL lock_timeout = {}; SET LOCAL statement_timeout = {}; \
                 SET LOCAL idle_in_transaction_session_timeout = {}; {opening}",
                lock.as_millis(),
                statement.as_millis(),
                // A process that has vanished must not keep the list's lock.
                settings.transaction_timeout().as_millis()
            )
        };
        let alone = limits(settings.lock_timeout, settings.statement_timeout);
        let shared = limits(
            settings.lock_timeout.min(SHARED_LOCK_TIMEOUT),
            settings.statement_timeout.min(SHARED_STATEMENT_TIMEOUT),
        );
        Self {
            database,
            stale,
            begin: format!("{BEGIN}; {alone}"),
            begin_shared: format!("{BEGIN}; {shared}; {SEEK}"),
            // A standby may not have received the commit yet. It rejects this.
            begin_search: format!("{BEGIN}, READ WRITE; {alone}"),
            transaction_timeout: settings.transaction_timeout(),
            commit_timeout: settings.commit_timeout,
        }
    }

    /// Runs the write and commits it. If the future is dropped before COMMIT, nothing is done.
    pub(crate) async fn write<W: Transact>(&self, write: &W) -> Result<W::Output, WriteError> {
        let (transaction, output) = timeout(self.transaction_timeout, self.run(write))
            .await
            .unwrap_or_else(|_| {
                let silent = "no response within the time limit".to_owned();
                Err(StoreError::Unavailable(silent).into())
            })
            .inspect_err(|error| {
                if *error == WriteError::Store(StoreError::ReadOnly) {
                    self.stale.mark_all();
                }
            })?;
        let committed = match timeout(self.commit_timeout, transaction.commit()).await {
            Ok(Ok(())) => Ok(output),
            Ok(Err(error)) => match StoreError::of_commit(error) {
                StoreError::OutcomeUnknown(cause) => self.learn(write, output, cause).await,
                error => Err(error.into()),
            },
            Err(_) => {
                let silent = "no response to COMMIT within the time limit".to_owned();
                self.learn(write, output, silent).await
            }
        };
        committed.inspect(|output| write.note_commit(output))
    }

    /// Finds out what became of a transaction whose COMMIT was not confirmed, so that the caller gets a true result.
    async fn learn<W: Transact>(&self, write: &W, output: W::Output, cause: String) -> Result<W::Output, WriteError> {
        // The other connections are probably lost too, and each would cost an attempt.
        self.stale.mark_all();
        let fate = timeout(self.commit_timeout + MORE_TIME_FOR_FATE, async {
            loop {
                match self.ask_for_fate(write, &output).await {
                    Ok(fate) => break fate,
                    // The server is restarting or a standby, or the lost session still holds the lock.
                    Err(_) => sleep(FATE_RETRY).await,
                }
            }
        });
        match fate.await.unwrap_or(Fate::Unknown) {
            Fate::Committed => {
                tracing::warn!(cause, "a commit was not confirmed but was carried out");
                Ok(output)
            }
            Fate::NothingDone => Err(StoreError::Unavailable(cause).into()),
            Fate::Unknown => Err(StoreError::OutcomeUnknown(cause).into()),
        }
    }

    async fn ask_for_fate<W: Transact>(&self, write: &W, output: &W::Output) -> Result<Fate, WriteError> {
        let transaction = self.begin(&self.begin_search).await?;
        let fate = write.fate(output, &transaction).await?;
        transaction.rollback().await?;
        Ok(fate)
    }

    async fn run<W: Transact>(&self, write: &W) -> Result<(Transaction, W::Output), WriteError> {
        let begin = if write.is_shared() {
            &self.begin_shared
        } else {
            &self.begin
        };
        let transaction = self.begin(begin).await?;
        let output = run_caught(write, &transaction).await?;
        Ok((transaction, output))
    }

    async fn begin(&self, text: &str) -> Result<Transaction, StoreError> {
        let pool = self.database.get_postgres_connection_pool();
        Ok(Transaction::Postgres(PostgresTransaction::begin(pool, text).await?))
    }
}
