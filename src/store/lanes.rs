//! Lanes: transactions that the waiting deletions of many lists share.
//!
//! A transaction costs round trips and a commit, however little it does. So what waits while the lanes are busy goes
//! together: a lane takes it, locks those lists that are free, and answers all of them after one commit. A list that
//! someone else has locked goes alone, so that no list waits for another one's lock.

use std::{
    collections::{HashSet, VecDeque},
    panic::AssertUnwindSafe,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use futures_util::FutureExt;
use tokio::sync::oneshot;

use super::{
    Inner, StoreError, WriteError,
    delete::{Batch, DeleteRecords, DeletionResult},
};

/// Lists that share a transaction at most.
const MAX_LISTS: usize = 64;

/// Identifiers in a transaction of several lists at most: while they are deleted, what comes next is read.
const MAX_IDENTIFIERS: usize = 400;

/// Who has waited this long when the database fails is told at once, and does not wait as long again, in vain.
const PATIENCE: Duration = Duration::from_secs(1);

/// What became of a batch, a result per deletion.
pub(super) type BatchResult = Result<Vec<DeletionResult>, WriteError>;

/// The lanes of a store, and what waits for them.
pub(super) struct Lanes {
    count: usize,
    state: Mutex<State>,
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
        if self.lanes.count == 0 {
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

    async fn delete_alone(&self, batch: Arc<Batch>) -> BatchResult {
        let mut results = self.write(DeleteRecords::Alone(batch)).await?;
        results
            .pop()
            .flatten()
            .ok_or(StoreError::Bug("a list alone was passed over").into())
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
            // One of them made it fail: each fails or succeeds by itself.
            Err(WriteError::Store(StoreError::Data(_) | StoreError::Bug(_))) if taken.len() > 1 => {
                for waiting in taken {
                    self.send_alone(waiting);
                }
            }
            Err(error) => {
                let impatient = match error {
                    WriteError::Store(StoreError::Unavailable(_) | StoreError::ReadOnly) => {
                        self.lanes.take_impatient(Instant::now())
                    }
                    _ => Vec::new(),
                };
                for waiting in taken.into_iter().chain(impatient) {
                    waiting.answer(Err(error.clone()));
                }
            }
        }
    }

    fn send_alone(self: &Arc<Self>, waiting: Waiting) {
        let inner = Arc::clone(self);
        self.runtime.spawn(async move {
            let result = inner.delete_alone(Arc::clone(&waiting.batch)).await;
            waiting.answer(result);
        });
    }
}

impl Lanes {
    /// So many lanes; with none, each batch has a transaction of its own.
    pub(super) fn new(count: usize) -> Self {
        Self {
            count,
            state: Mutex::default(),
        }
    }

    /// Puts a batch behind the others; whether another lane shall start.
    fn push(&self, waiting: Waiting) -> bool {
        let mut state = self.state();
        state.waiting.push_back(waiting);
        let starts = state.running < self.count;
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

    fn take_impatient(&self, now: Instant) -> Vec<Waiting> {
        let mut state = self.state();
        let patient = |waiting: &Waiting| now.duration_since(waiting.since) < PATIENCE;
        let patient_from = state.waiting.iter().position(patient);
        let count = patient_from.unwrap_or(state.waiting.len());
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
