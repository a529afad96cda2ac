//! Lanes: transactions that the waiting deletions of many lists share.
//!
//! A transaction costs round trips and a commit, however little it does. So small batches that wait while the lanes are
//! busy go together: a lane takes it, locks those lists that are free, and answers all of them after one commit. A list that
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

use super::delete::{Batch, DeleteRecords, DeletionResult};
use crate::store::{Inner, StoreError, WriteError};

/// Identifiers of a batch that shares a transaction at most: in a larger one the round trips do not count, and alone
/// it uses more of the database's processors.
const SMALL: usize = 32;

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
pub(crate) type BatchResult = Result<Vec<DeletionResult>, WriteError>;

/// The lanes of a store, and what waits for them.
pub(crate) struct Lanes {
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
    pub(crate) async fn delete(self: Arc<Self>, batch: Arc<Batch>) -> BatchResult {
        if self.lanes.count() == 0 {
            return self.delete_alone(batch).await;
        }
        if batch.identifiers() > SMALL {
            return self.delete_beside_lanes(batch).await;
        }
        let (reply, mut result) = oneshot::channel();
        let since = Instant::now();
        let waiting = Waiting {
            batch: Arc::clone(&batch),
            since,
            reply,
        };
        if self.lanes.push(waiting) {
            self.runtime.spawn(Arc::clone(&self).run_lane());
        }
        let limit = self.settings.transaction_timeout();
        let result = match timeout(limit, &mut result).await {
            Ok(result) => result,
            Err(_) if self.lanes.withdraw(&batch) => {
                let busy = "other lists' transactions take too long".to_owned();
                return Err(StoreError::Unavailable(busy).into());
            }
            // Its turn has come meanwhile.
            Err(_) => result.await,
        };
        result.unwrap_or_else(|_| {
            let lost = "the lane that had the deletions panicked".to_owned();
            Err(StoreError::OutcomeUnknown(lost).into())
        })
    }

    /// Carries out the batch in a transaction of its own.
    pub(crate) async fn delete_alone(&self, batch: Arc<Batch>) -> BatchResult {
        let mut results = self.write(DeleteRecords::Alone(batch)).await?;
        results
            .pop()
            .flatten()
            .ok_or(StoreError::Bug("a list alone was passed over").into())
    }

    /// The same, with connections left for others.
    async fn delete_beside_lanes(&self, batch: Arc<Batch>) -> BatchResult {
        let limit = self.settings.transaction_timeout();
        match timeout(limit, self.lanes.alone.acquire()).await {
            Ok(_permit) => self.delete_alone(batch).await,
            Err(_) => {
                let busy = "too many lists have transactions of their own".to_owned();
                Err(StoreError::Unavailable(busy).into())
            }
        }
    }

    /// Works as long as something waits.
    async fn run_lane(self: Arc<Self>) {
        while let Some(taken) = self.lanes.take() {
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
            // It gave up early, to hold nobody up.
            Err(WriteError::Store(StoreError::Blocked(_))) => self.send_each_alone(taken),
            // One of them made it fail: each fails or succeeds by itself.
            Err(WriteError::Store(StoreError::Data(_) | StoreError::Bug(_))) if taken.len() > 1 => {
                self.send_each_alone(taken);
            }
            Err(error) => {
                if is_of_database(&error) {
                    self.refuse_impatient();
                }
                for waiting in taken {
                    waiting.answer(Err(error.clone()));
                }
            }
        }
    }

    /// Tells those that have waited long that nothing was done.
    fn refuse_impatient(&self) {
        for waiting in self.lanes.take_older(Instant::now(), PATIENCE) {
            let gone = "the database failed for those before".to_owned();
            waiting.answer(Err(StoreError::Unavailable(gone).into()));
        }
    }

    fn send_each_alone(self: &Arc<Self>, taken: Vec<Waiting>) {
        for waiting in taken {
            self.send_alone(waiting);
        }
    }

    fn send_alone(self: &Arc<Self>, waiting: Waiting) {
        let inner = Arc::clone(self);
        self.runtime.spawn(async move {
            let result = inner.delete_beside_lanes(Arc::clone(&waiting.batch)).await;
            waiting.answer(result);
        });
    }
}

impl Lanes {
    /// So many lanes, and so many lists that go alone at once. With no lane, each batch has a transaction of its own.
    pub(crate) fn new(count: usize, alone: usize) -> Self {
        Self {
            count: AtomicUsize::new(count),
            state: Mutex::default(),
            alone: Semaphore::new(alone),
        }
    }

    /// Lets each batch have a transaction of its own from now on.
    pub(crate) fn close(&self) {
        self.count.store(0, Ordering::Release);
    }

    pub(crate) fn load(&self) -> LaneLoad {
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

    /// Takes a batch back; whether it still waited.
    fn withdraw(&self, batch: &Arc<Batch>) -> bool {
        let mut state = self.state();
        let place = state
            .waiting
            .iter()
            .position(|waiting| Arc::ptr_eq(&waiting.batch, batch));
        place.is_some_and(|place| state.waiting.remove(place).is_some())
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

/// Whether the database failed, and not the statements.
fn is_of_database(error: &WriteError) -> bool {
    matches!(
        error,
        WriteError::Store(
            StoreError::Unavailable(_) | StoreError::ReadOnly | StoreError::OutcomeUnknown(_)
        )
    )
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
