//! The committer: the one writer on SQLite, whose commit all waiting writes share.
//!
//! SQLite waits for the disk at every commit, and only one transaction writes at a time. So the committer takes all
//! waiting writes, runs them in one transaction, and commits once. If one of them fails, they run again with a
//! savepoint for each.

use std::{panic::AssertUnwindSafe, sync::Weak, time::Duration};

use futures_util::FutureExt;
use sea_orm::{DatabaseConnection, DbErr, SqliteTransactionMode, TransactionOptions, TransactionTrait};
use tokio::{
    runtime::Handle,
    sync::{mpsc, oneshot},
    time::timeout,
};

use super::{
    checkpoint::Checkpoints,
    mark::Marks,
    waiting::{Job, Steps, Waiting},
};
use crate::{
    fail_point::fail_point,
    store::{
        engine::{sqlite::file_guard::FileGuard, transact::Transact, transaction::Transaction},
        error::{StoreError, WriteError},
    },
};

/// The maximum number of writes that share a commit. It limits how long the first of them waits.
const MAX_JOBS: usize = 64;

/// How long after the last write the log is emptied into the database.
const IDLE_BEFORE_CHECKPOINT: Duration = Duration::from_secs(2);

enum Message {
    Write(Box<dyn Job>),
    Close(oneshot::Sender<()>),
}

/// A handle to the task that writes.
pub(crate) struct Committer {
    messages: mpsc::UnboundedSender<Message>,
    steps: Steps,
    patience: Duration,
}

impl Committer {
    /// Starts the task on the runtime. `database` has the only connection that writes, and `log` the one that moves the
    /// log into the database, which the guard notes. A caller waits at most `patience` while the disk makes no progress.
    pub(crate) fn start(
        database: DatabaseConnection,
        log: DatabaseConnection,
        guard: Weak<FileGuard>,
        patience: Duration,
        runtime: &Handle,
    ) -> Self {
        let (messages, waiting) = mpsc::unbounded_channel();
        let checkpoints = Checkpoints::start(log, guard, runtime);
        let steps = Steps::default();
        let writer = Writer {
            database,
            steps: steps.clone(),
            marks: Marks::default(),
        };
        runtime.spawn(work_always(writer, checkpoints, waiting));
        Self {
            messages,
            steps,
            patience,
        }
    }

    /// Runs the write in the next transaction. Once begun, it is carried out even if the caller no longer waits.
    pub(crate) async fn write<W: Transact>(&self, write: W) -> Result<W::Output, WriteError> {
        self.steps.check()?;
        let (job, caller) = Waiting::new(write, &self.steps);
        self.messages
            .send(Message::Write(Box::new(job)))
            .map_err(|_| closed())?;
        caller.reply(self.patience).await
    }

    /// Waits for the writes that were accepted, then empties the log and closes the connection.
    pub(crate) async fn close(&self) {
        let (done, closed) = oneshot::channel();
        if self.messages.send(Message::Close(done)).is_ok() {
            let _ = closed.await;
        }
    }
}

const CLOSED: &str = "the database is closed";

fn closed() -> WriteError {
    StoreError::Unavailable(CLOSED.to_owned()).into()
}

/// Runs until it is asked to close. A panic fails the writes that were under way, and the others continue.
async fn work_always(writer: Writer, checkpoints: Checkpoints, mut waiting: mpsc::UnboundedReceiver<Message>) {
    while AssertUnwindSafe(work(&writer, &checkpoints, &mut waiting))
        .catch_unwind()
        .await
        .is_err()
    {
        tracing::error!("the task that commits panicked and continues");
    }
}

async fn work(writer: &Writer, checkpoints: &Checkpoints, waiting: &mut mpsc::UnboundedReceiver<Message>) {
    let mut log_is_dirty = false;
    loop {
        writer.steps.note();
        let message = if log_is_dirty {
            match timeout(IDLE_BEFORE_CHECKPOINT, waiting.recv()).await {
                Ok(message) => message,
                Err(_) => {
                    log_is_dirty = !checkpoints.empty_log().await;
                    continue;
                }
            }
        } else {
            waiting.recv().await
        };
        let Some(mut message) = message else {
            return;
        };
        let mut jobs = Vec::new();
        let mut close = loop {
            match message {
                Message::Write(mut job) => {
                    if job.start() {
                        jobs.push(job);
                    }
                }
                Message::Close(done) => break Some(done),
            }
            if jobs.len() == MAX_JOBS {
                break None;
            }
            match waiting.try_recv() {
                Ok(next) => message = next,
                Err(_) => break None,
            }
        };
        fail_point!("committer");
        if !jobs.is_empty() {
            let are_probes = jobs.iter().all(|job| job.is_probe());
            if let Err(error) = commit_together(writer, jobs).await
                && !are_probes
            {
                // Writes that arrived in the meantime would wait as long for nothing.
                close = close.or_else(|| refuse_waiting(waiting, &error));
            }
            // What a probe has written can wait for the idle moment.
            if !are_probes {
                checkpoints.note_commit(&writer.database).await;
            }
            log_is_dirty = true;
        }
        if let Some(done) = close {
            waiting.close();
            let _ = refuse_waiting(waiting, &StoreError::Unavailable(CLOSED.to_owned()));
            checkpoints.empty_log().await;
            checkpoints.close().await;
            let _ = writer.database.clone().close().await;
            let _ = done.send(());
            return;
        }
    }
}

/// Refuses the waiting writes without carrying them out. Stops at a request to close, and returns it.
fn refuse_waiting(waiting: &mut mpsc::UnboundedReceiver<Message>, error: &StoreError) -> Option<oneshot::Sender<()>> {
    loop {
        match waiting.try_recv() {
            Ok(Message::Write(job)) => job.reply(Err(error.clone().into())),
            Ok(Message::Close(done)) => return Some(done),
            Err(_) => return None,
        }
    }
}

/// Runs the jobs in one transaction, and replies to all of them after its commit. Fails if the transaction could not
/// begin.
async fn commit_together(writer: &Writer, mut jobs: Vec<Box<dyn Job>>) -> Result<(), StoreError> {
    let transaction = match writer.begin().await {
        Ok(transaction) => transaction,
        Err(error) => {
            reply_to_all(jobs, &error);
            return Err(error);
        }
    };
    let results = match run_all(&transaction, &mut jobs).await {
        Ok(results) => writer.commit(transaction).await.map(|()| results),
        Err(error) if ends_all(&error) => Err(error),
        Err(_) => run_apart(writer, transaction, &mut jobs).await,
    };
    match results {
        Ok(results) => {
            for (job, result) in jobs.into_iter().zip(results) {
                job.reply(result);
            }
        }
        Err(error) => reply_to_all(jobs, &error),
    }
    Ok(())
}

/// The connection that writes.
struct Writer {
    database: DatabaseConnection,
    steps: Steps,
    marks: Marks,
}

impl Writer {
    async fn begin(&self) -> Result<Transaction, StoreError> {
        let immediate = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        let transaction = self.database.begin_with_options(immediate).await;
        self.steps.note();
        Ok(Transaction::from(transaction?))
    }

    async fn commit(&self, transaction: Transaction) -> Result<(), StoreError> {
        self.marks.mark(&transaction).await?;
        transaction.commit().await.map_err(StoreError::of_commit)
    }
}

fn reply_to_all(jobs: Vec<Box<dyn Job>>, error: &StoreError) {
    for job in jobs {
        job.reply(Err(error.clone().into()));
    }
}

/// After such an error, SQLite may have rolled back everything, including the work of other jobs.
fn ends_all(error: &StoreError) -> bool {
    matches!(
        error,
        StoreError::Unavailable(_) | StoreError::ReadOnly | StoreError::Full | StoreError::Damaged(_)
    )
}

/// Runs the jobs in order, up to the first that fails. Since that is rare, the jobs get no savepoints. A job that is
/// refused has written nothing.
async fn run_all(
    transaction: &Transaction,
    jobs: &mut [Box<dyn Job>],
) -> Result<Vec<Result<(), WriteError>>, StoreError> {
    let mut results = Vec::with_capacity(jobs.len());
    for job in jobs {
        match job.run(transaction).await {
            Err(WriteError::Store(error)) => return Err(error),
            result => results.push(result),
        }
    }
    Ok(results)
}

/// Begins again after a job failed, and runs each job in a savepoint, so that it fails alone. Returns the result of
/// each job after the commit, or the reason why nothing was committed.
async fn run_apart(
    writer: &Writer,
    failed: Transaction,
    jobs: &mut [Box<dyn Job>],
) -> Result<Vec<Result<(), WriteError>>, StoreError> {
    failed.rollback().await?;
    let transaction = writer.begin().await?;
    let mut results = Vec::with_capacity(jobs.len());
    for job in jobs {
        match run_in_savepoint(&transaction, job.as_mut()).await {
            Err(WriteError::Store(error)) if ends_all(&error) => return Err(error),
            result => results.push(result),
        }
    }
    writer.commit(transaction).await?;
    Ok(results)
}

async fn run_in_savepoint(transaction: &Transaction, job: &mut dyn Job) -> Result<(), WriteError> {
    let unavailable = |error: DbErr| StoreError::Unavailable(StoreError::from(error).to_string());
    let savepoint = transaction.savepoint().await.map_err(unavailable)?;
    match job.run(&savepoint).await {
        Ok(()) => Ok(savepoint.commit().await.map_err(unavailable)?),
        // The whole transaction is aborted. Its error says more about the cause than that of a savepoint that no longer
        // exists.
        Err(WriteError::Store(error)) if ends_all(&error) => Err(error.into()),
        Err(error) => {
            savepoint.rollback().await.map_err(unavailable)?;
            Err(error)
        }
    }
}

#[cfg(test)]
#[path = "committer_test.rs"]
mod tests;
