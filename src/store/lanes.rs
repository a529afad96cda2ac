//! Lanes: transactions that the waiting deletions of many lists share.
//!
//! A transaction costs round trips and a commit, however little it does. So what waits while the lanes are busy goes
//! together: a lane takes it, locks those lists that are free, and answers all of them after one commit. A list that
//! someone else has locked goes alone, so that no list waits for another one's lock.

use std::{
    collections::{HashSet, VecDeque},
    panic::AssertUnwindSafe,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use futures_util::FutureExt;
use tokio::{
    sync::{Semaphore, oneshot},
    time::timeout,
};

use super::{
    Inner, StoreError, WriteError,
    connect::ACQUIRE_TIMEOUT,
    delete::{Batch, DeleteRecords, DeletionResult},
};

/// Lists that share a transaction at most.
const MAX_LISTS: usize = 64;

/// Identifiers in a transaction of several lists at most: while they are deleted, what comes next is read.
const MAX_IDENTIFIERS: usize = 400;

/// Who has waited this long when the database fails is told at once, and does not wait as long again, in vain.
const PATIENCE: Duration = Duration::from_secs(1);

/// How busy the lanes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LaneLoad {
    /// Lanes that are at work.
    pub running: usize,
    /// Batches of deletions that wait for one.
    pub waiting: usize,
}

/// What became of a batch, a result per deletion.
pub(super) type BatchResult = Result<Vec<DeletionResult>, WriteError>;

/// The lanes of a store, and what waits for them.
pub(super) struct Lanes {
    count: AtomicUsize,
    state: Mutex<State>,
    /// Lists that go alone, at most so many at once: the others need connections too.
    alone: Semaphore,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Waiting>,
    running: usize,
}

struct Waiting {
    batch: Arc<Batch>,
    since: Instant,
    reply: oneshot::Sender<BatchResult>,
}

impl Waiting {
    fn answer(self, result: BatchResult) {
        // The caller may be gone; what is done stays done.
        let _ = self.reply.send(result);
    }
}

impl Inner {
    /// Carries out the batch, in a transaction with others that wait or in one of its own.
    pub(super) async fn delete(self: Arc<Self>, batch: Arc<Batch>) -> BatchResult {
        if self.lanes.count() == 0 {
            return self.delete_alone(batch).await;
        }
        let (reply, result) = oneshot::channel();
        let since = Instant::now();
        let waiting = Waiting {
            batch,
            since,
            reply,
        };
        if self.lanes.push(waiting) {
            self.runtime.spawn(Arc::clone(&self).run_lane());
        }
        result.await.unwrap_or_else(|_| {
            let lost = "the lane that had the deletions panicked".to_owned();
            Err(StoreError::OutcomeUnknown(lost).into())
        })
    }

    /// Carries out the batch in a transaction of its own.
    pub(super) async fn delete_alone(&self, batch: Arc<Batch>) -> BatchResult {
        let mut results = self.write(DeleteRecords::Alone(batch)).await?;
        results
            .pop()
            .flatten()
            .ok_or(StoreError::Bug("a list alone was passed over").into())
    }

    /// Works as long as something waits.
    async fn run_lane(self: Arc<Self>) {
        loop {
            let limit = self.settings.transaction_timeout();
            self.refuse_those_since(limit, "the transactions before take too long");
            let Some(taken) = self.lanes.take() else {
                return;
            };
            let together = AssertUnwindSafe(Arc::clone(&self).delete_together(taken));
            // Their callers are told by the replies that are dropped; the lane goes on.
            let _ = together.catch_unwind().await;
        }
    }

    async fn delete_together(self: Arc<Self>, taken: Vec<Waiting>) {
        let batches = taken.iter().map(|w| Arc::clone(&w.batch)).collect();
        match self.write(DeleteRecords::Together(batches)).await {
            Ok(results) => {
                for (waiting, result) in taken.into_iter().zip(results) {
                    match result {
                        Some(results) => waiting.answer(Ok(results)),
                        None => self.send_alone(waiting),
                    }
                }
            }
            // One of them made it fail: each fails or succeeds by itself.
            Err(WriteError::Store(
                StoreError::Data(_) | StoreError::Bug(_) | StoreError::Blocked(_),
            )) if taken.len() > 1 => {
                for waiting in taken {
                    self.send_alone(waiting);
                }
            }
            Err(error) => {
                self.refuse_those_since(PATIENCE, "the transaction before failed");
                for waiting in taken {
                    waiting.answer(Err(error.clone()));
                }
            }
        }
    }

    /// Tells those that have waited so long that nothing was done.
    fn refuse_those_since(&self, waited: Duration, cause: &str) {
        for waiting in self.lanes.take_older(Instant::now(), waited) {
            waiting.answer(Err(StoreError::Unavailable(cause.to_owned()).into()));
        }
    }

    fn send_alone(self: &Arc<Self>, waiting: Waiting) {
        let inner = Arc::clone(self);
        self.runtime.spawn(async move {
            let result = match timeout(ACQUIRE_TIMEOUT, inner.lanes.alone.acquire()).await {
                Ok(_permit) => inner.delete_alone(Arc::clone(&waiting.batch)).await,
                Err(_) => {
                    let busy = "too many lists are held up".to_owned();
                    Err(StoreError::Unavailable(busy).into())
                }
            };
            waiting.answer(result);
        });
    }
}

impl Lanes {
    /// So many lanes, and so many lists that go alone at once. With no lane, each batch has a transaction of its own.
    pub(super) fn new(count: usize, alone: usize) -> Self {
        Self {
            count: AtomicUsize::new(count),
            state: Mutex::default(),
            alone: Semaphore::new(alone),
        }
    }

    /// Lets each batch have a transaction of its own from now on.
    pub(super) fn close(&self) {
        self.count.store(0, Ordering::Release);
    }

    pub(super) fn load(&self) -> LaneLoad {
        let state = self.state();
        LaneLoad {
            running: state.running,
            waiting: state.waiting.len(),
        }
    }

    fn count(&self) -> usize {
        self.count.load(Ordering::Acquire)
    }

    /// Puts a batch behind the others; whether another lane shall start.
    fn push(&self, waiting: Waiting) -> bool {
        let mut state = self.state();
        state.waiting.push_back(waiting);
        // One at least, should the lanes have been closed just now.
        let starts = state.running < self.count().max(1);
        state.running += usize::from(starts);
        starts
    }

    /// What a lane does next; with `None` it has ended.
    fn take(&self) -> Option<Vec<Waiting>> {
        let mut state = self.state();
        let batches = state.waiting.iter().map(|waiting| &*waiting.batch);
        let count = share(batches);
        if count == 0 {
            state.running -= 1;
            return None;
        }
        Some(state.waiting.drain(..count).collect())
    }

    /// Those that have waited so long: the first ones.
    fn take_older(&self, now: Instant, waited: Duration) -> Vec<Waiting> {
        let mut state = self.state();
        let is_young = |waiting: &Waiting| now.duration_since(waiting.since) < waited;
        let young = state.waiting.iter().position(is_young);
        let count = young.unwrap_or(state.waiting.len());
        state.waiting.drain(..count).collect()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // The state is whole between any two statements.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How many of the batches, from the first on, share a transaction. The first one always goes, and no list twice: its
/// second batch would be passed over like someone else's.
fn share<'a>(batches: impl Iterator<Item = &'a Batch>) -> usize {
    let mut lists = HashSet::new();
    let mut identifiers = 0;
    batches
        .take(MAX_LISTS)
        .take_while(|batch| {
            identifiers += batch.identifiers();
            lists.insert(batch.list.id) && (lists.len() == 1 || identifiers <= MAX_IDENTIFIERS)
        })
        .count()
}

#[cfg(test)]
#[path = "lanes_test.rs"]
mod tests;
