//! A write that waits for a commit shared with others, and the caller that waits for the write.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use futures_util::future::BoxFuture;
use tokio::{sync::oneshot, time::timeout};

use crate::{
    metrics::{TransactionMetrics, WaitClass},
    store::{
        engine::{
            transact::{Transact, run_caught},
            transaction::Transaction,
        },
        error::{StoreError, WriteError},
    },
};

/// How often a caller checks for progress while it waits for a writer that makes none. One check is not enough: if the
/// whole process was paused, the first one comes before the writer had its chance.
const LOOKS: u32 = 8;

const SILENT: &str = "the disk does not respond";

/// The writer's progress, so that callers can see whether it continues.
#[derive(Clone)]
pub(crate) struct Steps(Arc<Count>);

struct Count {
    steps: AtomicU64,
    /// The step at which a caller gave up.
    given_up_at: AtomicU64,
}

impl Default for Steps {
    fn default() -> Self {
        Self(Arc::new(Count {
            steps: AtomicU64::new(1),
            given_up_at: AtomicU64::new(0),
        }))
    }
}

impl Steps {
    /// Notes that the writer has finished something that may have waited for the disk.
    pub(crate) fn note(&self) {
        self.0.steps.fetch_add(1, Ordering::Relaxed);
    }

    /// Fails if a caller has given up and the writer has made no progress since. A new caller would wait for nothing.
    pub(crate) fn check(&self) -> Result<(), WriteError> {
        if self.count() == self.0.given_up_at.load(Ordering::Relaxed) {
            Err(StoreError::Unavailable(SILENT.to_owned()).into())
        } else {
            Ok(())
        }
    }

    fn count(&self) -> u64 {
        self.0.steps.load(Ordering::Relaxed)
    }

    fn give_up_at(&self, step: u64) {
        self.0.given_up_at.store(step, Ordering::Relaxed);
    }
}

/// A write that waits for its commit, with its type erased.
pub(crate) trait Job: Send {
    /// Begins the work; `false` if the caller has given up, in which case nothing must be done.
    fn start(&mut self) -> bool;

    /// Whether it only shows whether others could write.
    fn is_probe(&self) -> bool;

    /// Runs the statements and keeps their output.
    fn run<'t>(&'t mut self, transaction: &'t Transaction) -> BoxFuture<'t, Result<(), WriteError>>;

    /// Replies to the caller: with the output if it was committed, otherwise with the error.
    fn reply(self: Box<Self>, committed: Result<(), WriteError>);
}

/// A write that has not begun. Whoever takes it, the writer or a caller that gives up, decides what becomes of it.
struct Unbegun<W>(Arc<Mutex<Option<W>>>);

impl<W> Unbegun<W> {
    fn take(&self) -> Option<W> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// A [`Transact`] with the channel for its reply.
pub(crate) struct Waiting<W: Transact> {
    unbegun: Unbegun<W>,
    write: Option<W>,
    output: Option<W::Output>,
    reply: oneshot::Sender<Result<W::Output, WriteError>>,
    steps: Steps,
    since: Instant,
    metrics: TransactionMetrics,
}

/// The caller's side of a [`Waiting`].
pub(crate) struct Caller<W: Transact> {
    unbegun: Unbegun<W>,
    result: oneshot::Receiver<Result<W::Output, WriteError>>,
    steps: Steps,
}

impl<W: Transact> Waiting<W> {
    /// Creates the job for a writer that counts these steps, and its caller.
    pub(crate) fn new(write: W, steps: &Steps, metrics: &TransactionMetrics) -> (Self, Caller<W>) {
        let (reply, result) = oneshot::channel();
        let write = Arc::new(Mutex::new(Some(write)));
        let job = Self {
            unbegun: Unbegun(Arc::clone(&write)),
            write: None,
            output: None,
            reply,
            steps: steps.clone(),
            since: Instant::now(),
            metrics: metrics.clone(),
        };
        let caller = Caller {
            unbegun: Unbegun(write),
            result,
            steps: steps.clone(),
        };
        (job, caller)
    }
}

impl<W: Transact> Caller<W> {
    /// Waits for the reply as long as the writer makes progress, and at most `patience` while it makes none. A call to
    /// the file system that does not return cannot be aborted.
    pub(crate) async fn reply(mut self, patience: Duration) -> Result<W::Output, WriteError> {
        let mut seen = self.steps.count();
        let mut silent_looks = 0;
        while silent_looks < LOOKS {
            match timeout(patience / LOOKS, &mut self.result).await {
                Ok(Ok(result)) => return result,
                Ok(Err(_)) => {
                    let ended = "the thread that commits ended early";
                    return Err(match self.unbegun.take() {
                        Some(_) => StoreError::Unavailable(ended.to_owned()).into(),
                        // It may have been about to reply.
                        None => unknown(ended),
                    });
                }
                Err(_) => {}
            }
            let now = self.steps.count();
            silent_looks = if now == seen { silent_looks + 1 } else { 0 };
            seen = now;
        }
        self.steps.give_up_at(seen);
        match self.unbegun.take() {
            Some(_) => Err(StoreError::Unavailable(SILENT.to_owned()).into()),
            None => Err(unknown(SILENT)),
        }
    }
}

fn unknown(why: &str) -> WriteError {
    StoreError::OutcomeUnknown(why.to_owned()).into()
}

impl<W: Transact> Job for Waiting<W> {
    fn start(&mut self) -> bool {
        self.steps.note();
        self.write = self.unbegun.take();
        self.metrics.note_wait(WaitClass::Transaction, self.since.elapsed());
        self.write.is_some()
    }

    fn is_probe(&self) -> bool {
        self.write.as_ref().is_some_and(Transact::is_probe)
    }

    fn run<'t>(&'t mut self, transaction: &'t Transaction) -> BoxFuture<'t, Result<(), WriteError>> {
        Box::pin(async move {
            let write = self.write.as_ref().ok_or(StoreError::Bug("not begun"))?;
            let result = run_caught(write, transaction).await;
            self.steps.note();
            self.output = Some(result?);
            Ok(())
        })
    }

    fn reply(self: Box<Self>, committed: Result<(), WriteError>) {
        self.steps.note();
        let Self {
            write, output, reply, ..
        } = *self;
        let result =
            committed.and_then(|()| output.ok_or(WriteError::Store(StoreError::Bug("committed without running"))));
        if let (Some(write), Ok(output)) = (&write, &result) {
            write.note_commit(output);
        }
        // The caller may have gone away; what is committed stays committed.
        let _ = reply.send(result);
    }
}
