//! What waits for the lanes, and how much of it shares the next transaction.

use std::{
    collections::{HashSet, VecDeque},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::sync::oneshot;

use super::{
    batch::Batch,
    list::{BatchResult, ListWrite},
};

/// Lists that share a transaction at most.
const MAX_LISTS: usize = 64;

/// Identifiers in a transaction of several lists at most: while they are deleted, what comes next is read.
const MAX_IDENTIFIERS: usize = 400;

/// How busy the lanes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LaneLoad {
    /// Lanes that are at work.
    pub running: usize,
    /// Batches that wait for one.
    pub waiting: usize,
}

/// The batches that wait, in the order in which they came.
pub(crate) struct LaneQueue<W: ListWrite> {
    count: AtomicUsize,
    state: Mutex<State<W>>,
}

struct State<W: ListWrite> {
    waiting: VecDeque<Waiting<W>>,
    running: usize,
}

/// A batch that waits for a lane.
pub(super) struct Waiting<W: ListWrite> {
    pub(super) batch: Arc<Batch<W>>,
    pub(super) since: Instant,
    pub(super) reply: oneshot::Sender<BatchResult<W>>,
}

impl<W: ListWrite> Waiting<W> {
    pub(super) fn answer(self, result: BatchResult<W>) {
        // The caller may be gone; what is done stays done.
        let _ = self.reply.send(result);
    }
}

impl<W: ListWrite> LaneQueue<W> {
    /// For so many lanes.
    pub(crate) fn new(count: usize) -> Self {
        Self {
            count: AtomicUsize::new(count),
            state: Mutex::new(State {
                waiting: VecDeque::new(),
                running: 0,
            }),
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

    pub(super) fn count(&self) -> usize {
        self.count.load(Ordering::Acquire)
    }

    /// Puts a batch behind the others; whether another lane shall start.
    pub(super) fn push(&self, waiting: Waiting<W>) -> bool {
        let mut state = self.state();
        state.waiting.push_back(waiting);
        // One at least, should the lanes have been closed just now.
        let starts = state.running < self.count().max(1);
        state.running += usize::from(starts);
        starts
    }

    /// What a lane does next; with `None` it has ended.
    pub(super) fn take(&self) -> Option<Vec<Waiting<W>>> {
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
    pub(super) fn withdraw(&self, batch: &Arc<Batch<W>>) -> bool {
        let mut state = self.state();
        let place = state
            .waiting
            .iter()
            .position(|waiting| Arc::ptr_eq(&waiting.batch, batch));
        place.is_some_and(|place| state.waiting.remove(place).is_some())
    }

    /// Those that have waited so long: the first ones.
    pub(super) fn take_older(&self, now: Instant, waited: Duration) -> Vec<Waiting<W>> {
        let mut state = self.state();
        let is_young = |waiting: &Waiting<W>| now.duration_since(waiting.since) < waited;
        let young = state.waiting.iter().position(is_young);
        let count = young.unwrap_or(state.waiting.len());
        state.waiting.drain(..count).collect()
    }

    fn state(&self) -> MutexGuard<'_, State<W>> {
        // The state is whole between any two statements.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How many of the batches, from the first on, share a transaction. The first one always goes, and no list twice: its
/// second batch would be passed over like someone else's.
fn share<'a, W: ListWrite>(batches: impl Iterator<Item = &'a Batch<W>>) -> usize {
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
#[path = "lane_queue_test.rs"]
mod tests;
