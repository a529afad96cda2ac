//! A write on its way to a commit that it shares with others, and the caller that waits for it.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use futures_util::future::BoxFuture;
use sea_orm::DatabaseTransaction;
use tokio::{sync::oneshot, time::timeout};

use crate::store::{
    engine::transact::{Transact, run_caught},
    error::{StoreError, WriteError},
};

/// A caller looks so often, in the time that it waits for a writer that does nothing, whether that is still so. When the
/// whole process was stopped for a while, the first look comes before the writer had its chance.
const LOOKS: u32 = 8;

const SILENT: &str = "the disk does not answer";

/// How far the writer is, for callers that want to know whether it still goes on.
#[derive(Clone)]
pub(crate) struct Steps(Arc<Count>);

struct Count {
    steps: AtomicU64,
    /// At which of them a caller gave up.
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
    /// The writer is done with something that may have waited for the disk.
    pub(crate) fn note(&self) {
        self.0.steps.fetch_add(1, Ordering::Relaxed);
    }

    /// Fails while the writer does nothing, as a caller found: who comes now would wait in vain.
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

/// A write that waits for its commit, its type forgotten.
pub(crate) trait Job: Send {
    /// Begins the work; `false` where the caller has given up, and nothing is to be done.
    fn start(&mut self) -> bool;

    /// Runs the statements and keeps what they gave.
    fn run<'t>(&'t mut self, transaction: &'t DatabaseTransaction) -> BoxFuture<'t, Result<(), WriteError>>;

    /// Tells the caller: what the statements gave when they were committed, else why they were not.
    fn answer(self: Box<Self>, committed: Result<(), WriteError>);
}

/// A write that nobody has begun. Whoever takes it, the writer or a caller that gives up, decides what becomes of it.
struct Unbegun<W>(Arc<Mutex<Option<W>>>);

impl<W> Unbegun<W> {
    fn take(&self) -> Option<W> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// A [`Transact`] with the place where its answer goes.
pub(crate) struct Waiting<W: Transact> {
    unbegun: Unbegun<W>,
    write: Option<W>,
    output: Option<W::Output>,
    reply: oneshot::Sender<Result<W::Output, WriteError>>,
    steps: Steps,
}

/// The caller's side of a [`Waiting`].
pub(crate) struct Caller<W: Transact> {
    unbegun: Unbegun<W>,
    answer: oneshot::Receiver<Result<W::Output, WriteError>>,
    steps: Steps,
}

impl<W: Transact> Waiting<W> {
    /// The job for a writer that counts these steps, and its caller.
    pub(crate) fn new(write: W, steps: &Steps) -> (Self, Caller<W>) {
        let (reply, answer) = oneshot::channel();
        let write = Arc::new(Mutex::new(Some(write)));
        let job = Self {
            unbegun: Unbegun(Arc::clone(&write)),
            write: None,
            output: None,
            reply,
            steps: steps.clone(),
        };
        let caller = Caller {
            unbegun: Unbegun(write),
            answer,
            steps: steps.clone(),
        };
        (job, caller)
    }
}

impl<W: Transact> Caller<W> {
    /// Waits for the answer as long as the writer goes on, and so long when it does not: a call to the file system
    /// that does not return cannot be ended.
    pub(crate) async fn answer(mut self, patience: Duration) -> Result<W::Output, WriteError> {
        let mut seen = self.steps.count();
        let mut silent_looks = 0;
        while silent_looks < LOOKS {
            match timeout(patience / LOOKS, &mut self.answer).await {
                Ok(Ok(answer)) => return answer,
                // It may have been about to answer.
                Ok(Err(_)) => return Err(unknown("the task that commits ended early")),
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
        self.write.is_some()
    }

    fn run<'t>(&'t mut self, transaction: &'t DatabaseTransaction) -> BoxFuture<'t, Result<(), WriteError>> {
        Box::pin(async move {
            let write = self.write.as_ref().ok_or(StoreError::Bug("not begun"))?;
            let result = run_caught(write, transaction).await;
            self.steps.note();
            self.output = Some(result?);
            Ok(())
        })
    }

    fn answer(self: Box<Self>, committed: Result<(), WriteError>) {
        self.steps.note();
        let Self { output, reply, .. } = *self;
        let answer =
            committed.and_then(|()| output.ok_or(WriteError::Store(StoreError::Bug("committed without running"))));
        // The caller may be gone; what is committed stays committed.
        let _ = reply.send(answer);
    }
}
