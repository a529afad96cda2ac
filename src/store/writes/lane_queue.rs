//! The queue of batches that wait for a lane, and the choice of those that share the next transaction.

use std::{
    collections::{HashSet, VecDeque},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::sync::oneshot;

use super::{batch::Batch, list::BatchResult};

/// The maximum number of lists in a shared transaction.
const MAX_LISTS: usize = 64;

/// The maximum number of identifiers in a transaction of several lists. While it runs, the next requests are read.
const MAX_IDENTIFIERS: usize = 400;

/// How busy the transactions are that lists share. SQLite has one at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LaneLoad {
    /// Lanes that are running.
    pub running: usize,
    /// Batches that are waiting for a lane. On SQLite, one less than those without a reply.
    pub waiting: usize,
}

/// The waiting batches. The accounts take turns, and those of an account are in order of arrival.
pub(crate) struct LaneQueue {
    count: AtomicUsize,
    state: Mutex<State>,
}

struct State {
    /// With the round in which each has its turn: an account has one batch in a round.
    waiting: VecDeque<(u64, Waiting)>,
    running: usize,
}

impl State {
    /// Adds a batch in the next round in which its account has none.
    fn push(&mut self, batch: Waiting) {
        let account = &batch.batch.list.account;
        let last = self
            .waiting
            .iter()
            .rev()
            .find(|(_, waiting)| waiting.batch.list.account == *account);
        let now = self.waiting.front().map_or(0, |(round, _)| *round);
        let round = last.map_or(now, |(round, _)| round + 1);
        let place = self.waiting.partition_point(|(other, _)| *other <= round);
        self.waiting.insert(place, (round, batch));
    }
}

/// A batch that waits for a lane.
pub(super) struct Waiting {
    pub(super) batch: Arc<Batch>,
    pub(super) since: Instant,
    pub(super) reply: oneshot::Sender<BatchResult>,
}

impl Waiting {
    pub(super) fn reply(self, result: BatchResult) {
        // The caller may have gone away; what is done stays done.
        let _ = self.reply.send(result);
    }
}

impl LaneQueue {
    /// Creates an empty queue for `count` lanes.
    pub(crate) fn new(count: usize) -> Self {
        Self {
            count: AtomicUsize::new(count),
            state: Mutex::new(State {
                waiting: VecDeque::new(),
                running: 0,
            }),
        }
    }

    /// From now on, gives each batch a transaction of its own.
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

    pub(super) fn count(&self) -> usize {
        self.count.load(Ordering::Acquire)
    }

    /// Adds a batch. Returns whether another lane must start.
    pub(super) fn push(&self, waiting: Waiting) -> bool {
        let mut state = self.state();
        state.push(waiting);
        // At least one, in case the lanes were closed just now.
        let starts = state.running < self.count().max(1);
        state.running += usize::from(starts);
        starts
    }

    /// The batches of a lane's next transaction; `None` if none are waiting, in which case the lane must end.
    pub(super) fn take(&self) -> Option<Vec<Waiting>> {
        let mut state = self.state();
        let batches = state.waiting.iter().map(|(_, waiting)| &*waiting.batch);
        let count = share(batches);
        if count == 0 {
            state.running -= 1;
            return None;
        }
        Some(state.waiting.drain(..count).map(|(_, waiting)| waiting).collect())
    }

    /// Removes a batch. Returns whether it was still waiting.
    pub(super) fn withdraw(&self, batch: &Arc<Batch>) -> bool {
        let mut state = self.state();
        let place = state
            .waiting
            .iter()
            .position(|(_, waiting)| Arc::ptr_eq(&waiting.batch, batch));
        place.is_some_and(|place| state.waiting.remove(place).is_some())
    }

    /// Removes and returns the batches that have waited for at least `waited`.
    pub(super) fn take_older(&self, now: Instant, waited: Duration) -> Vec<Waiting> {
        let mut state = self.state();
        let is_old = |(_, waiting): &(u64, Waiting)| now.duration_since(waiting.since) >= waited;
        let (old, young) = state.waiting.drain(..).partition::<Vec<_>, _>(is_old);
        state.waiting = young.into();
        old.into_iter().map(|(_, waiting)| waiting).collect()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // The state is consistent after every statement, so a poisoned lock is no problem.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The number of batches, from the first on, that share a transaction. The first one is always included. No list is
/// included twice: its second batch would be passed over, as if another process had locked the list.
fn share<'a>(batches: impl Iterator<Item = &'a Batch>) -> usize {
    let mut lists = HashSet::new();
    let mut identifiers = 0;
    batches
        .take(MAX_LISTS)
        .take_while(|batch| {
            identifiers += batch.weight();
            lists.insert(batch.list.id) && (lists.len() == 1 || identifiers <= MAX_IDENTIFIERS)
        })
        .count()
}

#[cfg(test)]
#[path = "lane_queue_test.rs"]
mod tests;
