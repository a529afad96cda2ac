//! The committer: the one writer on SQLite, a thread whose commit all waiting writes share.
//!
//! SQLite waits for the disk at every commit, and only one transaction writes at a time. So the committer takes the
//! writes that wait, as many as one commit may hold and those of the accounts in turn, runs them in one transaction, and
//! commits once. If one of them fails, they run again with a savepoint for each.

use std::{
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Weak,
        atomic::{AtomicUsize, Ordering},
        mpsc::{self, Receiver, RecvTimeoutError, Sender},
    },
    thread,
    time::{Duration, Instant},
};

use rusqlite::Connection;
use tokio::{runtime::Handle, sync::oneshot};

use super::{
    checkpoint::Checkpoints,
    mark::Marks,
    session::SqliteSession,
    waiting::{Job, Steps, Waiting},
};
use crate::{
    domain::AccountId,
    fail_point::fail_point,
    metrics::TransactionMetrics,
    shares::Turns,
    store::{
        engine::{sqlite::file_guard::FileGuard, transact::Transact, transaction::Transaction},
        error::{StoreError, WriteError},
    },
};

/// The maximum number of writes that share a commit. It limits how long the first of them waits.
const MAX_JOBS: usize = 64;

/// The maximum weight of writes that share a commit; one alone may weigh more. It limits how long others wait for it.
const MAX_WEIGHT: usize = 400;

/// A transaction that fails after this time fails those that wait behind it, too.
const LONG: Duration = Duration::from_secs(1);

/// How long after the last write the log is emptied into the database.
const IDLE_BEFORE_CHECKPOINT: Duration = Duration::from_secs(2);

enum Message {
    Write {
        /// `None` is the service itself.
        account: Option<AccountId>,
        weight: usize,
        job: Box<dyn Job>,
    },
    Close(oneshot::Sender<()>),
}

/// A handle to the thread that writes.
pub(crate) struct Committer {
    messages: Sender<Message>,
    steps: Steps,
    patience: Duration,
    metrics: TransactionMetrics,
    /// The number of writes that have no reply yet.
    unanswered: AtomicUsize,
}

/// Takes a write out of the count when its caller has the reply, or has gone away.
struct Counted<'a>(&'a AtomicUsize);

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Committer {
    /// Starts the thread. `session` is the only connection that writes, and `log` the one that moves the log into the
    /// database, which the guard notes. A caller waits at most `patience` while the disk makes no progress.
    pub(crate) fn start(
        session: SqliteSession,
        log: Connection,
        guard: Option<Arc<FileGuard>>,
        patience: Duration,
        runtime: Handle,
        metrics: TransactionMetrics,
    ) -> io::Result<Self> {
        let (messages, waiting) = mpsc::channel();
        let steps = Steps::default();
        let session = Arc::new(session);
        let writer = Writer {
            session: Arc::clone(&session),
            transaction: Transaction::Sqlite(session),
            checkpoints: Checkpoints::start(log, guard.as_ref().map_or_else(Weak::new, Arc::downgrade))?,
            steps: steps.clone(),
            marks: Marks::default(),
            log_is_dirty: false,
            turns: Turns::default(),
            close: None,
            runtime,
            _guard: guard,
        };
        thread::Builder::new()
            .name("sqlite-writer".to_owned())
            .spawn(move || work_always(writer, &waiting))?;
        Ok(Self {
            messages,
            steps,
            patience,
            metrics,
            unanswered: AtomicUsize::new(0),
        })
    }

    /// Runs the write in the next transaction. Once begun, it is carried out even if the caller no longer waits.
    pub(crate) async fn write<W: Transact>(&self, write: W) -> Result<W::Output, WriteError> {
        self.steps.check()?;
        self.unanswered.fetch_add(1, Ordering::Relaxed);
        let _counted = Counted(&self.unanswered);
        let (account, weight) = (write.account().cloned(), write.weight());
        let (job, caller) = Waiting::new(write, &self.steps, &self.metrics);
        let job = Box::new(job);
        let message = Message::Write { account, weight, job };
        self.messages.send(message).map_err(|_| closed())?;
        caller.reply(self.patience).await
    }

    /// The number of writes that have no reply yet.
    pub(crate) fn unanswered(&self) -> usize {
        self.unanswered.load(Ordering::Relaxed)
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

/// Runs until it is asked to close, or nobody can ask for anything any more. A panic fails the writes that were under
/// way, and the others continue.
fn work_always(mut writer: Writer, waiting: &Receiver<Message>) {
    let done = loop {
        match catch_unwind(AssertUnwindSafe(|| writer.work(waiting))) {
            Ok(done) => break done,
            Err(_) => {
                tracing::error!("the thread that commits panicked and continues");
                // Nobody else could write while a transaction is open.
                let _ = writer.rollback();
                writer.log_is_dirty = true;
            }
        }
    };
    writer.refuse_waiting(waiting, &StoreError::Unavailable(CLOSED.to_owned()));
    writer.checkpoints.close();
    // With the connection.
    drop(writer);
    if let Some(done) = done {
        let _ = done.send(());
    }
}

/// The connection that writes.
struct Writer {
    session: Arc<SqliteSession>,
    /// The same, as the statements of writes see it.
    transaction: Transaction,
    checkpoints: Checkpoints,
    steps: Steps,
    marks: Marks,
    log_is_dirty: bool,
    /// The writes that wait for their account's turn.
    turns: Turns<Option<AccountId>, Box<dyn Job>>,
    /// A request to close that was taken, and is not met yet. Those that asked later are not served.
    close: Option<oneshot::Sender<()>>,
    /// For what a write awaits. Its statements do not wait.
    runtime: Handle,
    /// Held until the connection is closed: no other process may use the file before.
    _guard: Option<Arc<FileGuard>>,
}

impl Writer {
    /// Returns the request to close, or `None` if nobody can ask for anything any more.
    fn work(&mut self, waiting: &Receiver<Message>) -> Option<oneshot::Sender<()>> {
        loop {
            self.steps.note();
            if self.turns.is_empty() {
                if self.close.is_some() {
                    return self.close.take();
                }
                match self.next(waiting) {
                    Ok(message) => self.note(message),
                    Err(RecvTimeoutError::Timeout) => {
                        self.log_is_dirty = !self.checkpoints.empty_log();
                        continue;
                    }
                    Err(RecvTimeoutError::Disconnected) => return None,
                }
            }
            self.note_waiting(waiting);
            let mut jobs = self.turns.take(MAX_JOBS, MAX_WEIGHT);
            jobs.retain_mut(|job| job.start());
            fail_point!("committer");
            if !jobs.is_empty() {
                let are_probes = jobs.iter().all(|job| job.is_probe());
                if let Err(error) = self.commit_together(jobs)
                    && !are_probes
                {
                    // Writes that arrived in the meantime would wait as long for nothing.
                    self.refuse_waiting(waiting, &error);
                }
                // What a probe has written can wait for the idle moment.
                if !are_probes {
                    self.session.with(|connection| self.checkpoints.note_commit(connection));
                }
                self.log_is_dirty = true;
            }
        }
    }

    fn note(&mut self, message: Message) {
        match message {
            Message::Write { account, weight, job } => self.turns.push(account, weight, job),
            Message::Close(done) => self.close = Some(done),
        }
    }

    /// Notes what has been asked for up to now, or up to a request to close.
    fn note_waiting(&mut self, waiting: &Receiver<Message>) {
        while self.close.is_none()
            && let Ok(message) = waiting.try_recv()
        {
            self.note(message);
        }
    }

    /// Refuses the waiting writes without carrying them out.
    fn refuse_waiting(&mut self, waiting: &Receiver<Message>, error: &StoreError) {
        self.note_waiting(waiting);
        for job in self.turns.drain() {
            job.reply(Err(error.clone().into()));
        }
    }

    fn next(&self, waiting: &Receiver<Message>) -> Result<Message, RecvTimeoutError> {
        if self.log_is_dirty {
            waiting.recv_timeout(IDLE_BEFORE_CHECKPOINT)
        } else {
            waiting.recv().map_err(RecvTimeoutError::from)
        }
    }

    /// Runs the jobs in one transaction, and replies to all of them after its commit. Fails if the transaction could not
    /// begin, or took long to fail.
    fn commit_together(&mut self, mut jobs: Vec<Box<dyn Job>>) -> Result<(), StoreError> {
        let begun = Instant::now();
        if let Err(error) = self.begin() {
            reply_to_all(jobs, &error);
            return Err(error);
        }
        let results = match self.run_all(&mut jobs) {
            Ok(results) => self.commit().map(|()| results),
            Err(error) if ends_all(&error) => Err(error),
            Err(_) => self.run_apart(&mut jobs),
        };
        // Nothing is left to roll back after a commit.
        let _ = self.rollback();
        match results {
            Ok(results) => {
                for (job, result) in jobs.into_iter().zip(results) {
                    job.reply(result);
                }
                Ok(())
            }
            Err(error) => {
                reply_to_all(jobs, &error);
                if begun.elapsed() < LONG { Ok(()) } else { Err(error) }
            }
        }
    }

    fn begin(&self) -> Result<(), StoreError> {
        // After a panic, a transaction may be open.
        self.rollback()?;
        let begun = self.run(|connection| connection.prepare_cached("BEGIN IMMEDIATE")?.execute([]));
        self.steps.note();
        begun.map(|_| ())
    }

    fn commit(&mut self) -> Result<(), StoreError> {
        let Self { session, marks, .. } = self;
        session.with(|connection| -> Result<(), StoreError> {
            marks.mark(connection)?;
            let committed = connection.prepare_cached("COMMIT")?.execute([]);
            committed.map_err(StoreError::of_sqlite_commit)?;
            Ok(())
        })
    }

    /// Ends the transaction without its changes, if there is one. SQLite ends it by itself if the disk fails.
    fn rollback(&self) -> Result<(), StoreError> {
        self.run(|connection| {
            if !connection.is_autocommit() {
                connection.prepare_cached("ROLLBACK")?.execute([])?;
            }
            Ok(())
        })
    }

    /// Runs the jobs in order, up to the first that fails. Since that is rare, the jobs get no savepoints. A job that is
    /// refused has written nothing.
    fn run_all(&self, jobs: &mut [Box<dyn Job>]) -> Result<Vec<Result<(), WriteError>>, StoreError> {
        let mut results = Vec::with_capacity(jobs.len());
        for job in jobs {
            match self.runtime.block_on(job.run(&self.transaction)) {
                Err(WriteError::Store(error)) => return Err(error),
                result => results.push(result),
            }
        }
        Ok(results)
    }

    /// Begins again after a job failed, and runs each job in a savepoint, so that it fails alone. Returns the result of
    /// each job after the commit, or the reason why nothing was committed.
    fn run_apart(&mut self, jobs: &mut [Box<dyn Job>]) -> Result<Vec<Result<(), WriteError>>, StoreError> {
        self.begin()?;
        let mut results = Vec::with_capacity(jobs.len());
        for job in jobs {
            match self.run_in_savepoint(job.as_mut()) {
                Err(WriteError::Store(error)) if ends_all(&error) => return Err(error),
                result => results.push(result),
            }
        }
        self.commit()?;
        Ok(results)
    }

    fn run_in_savepoint(&self, job: &mut dyn Job) -> Result<(), WriteError> {
        let execute = |text: &str| {
            let executed = self.run(|connection| connection.prepare_cached(text)?.execute([]));
            executed.map_err(|error| StoreError::Unavailable(error.to_string()))
        };
        execute("SAVEPOINT one")?;
        match self.runtime.block_on(job.run(&self.transaction)) {
            Ok(()) => {
                execute("RELEASE one")?;
                Ok(())
            }
            // The whole transaction is aborted. Its error says more about the cause than that of a savepoint that no
            // longer exists.
            Err(WriteError::Store(error)) if ends_all(&error) => Err(error.into()),
            Err(error) => {
                execute("ROLLBACK TO one")?;
                execute("RELEASE one")?;
                Err(error)
            }
        }
    }

    fn run<T>(&self, work: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, StoreError> {
        self.session.run(work)
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

#[cfg(test)]
#[path = "committer_test.rs"]
mod tests;
