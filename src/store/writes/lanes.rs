//! Lanes: transactions that the waiting writes of many lists share.
//!
//! A transaction costs round trips and a commit, however little it does. So small batches that wait while the lanes are
//! busy go together: a lane takes it, locks those lists that are free, and answers all of them after one commit. A list that
//! someone else has locked goes alone, so that no list waits for another one's lock.

use std::{
    panic::AssertUnwindSafe,
    sync::Arc,
    time::{Duration, Instant},
};

use futures_util::FutureExt;
use tokio::{
    sync::{Semaphore, oneshot},
    time::timeout,
};

use super::{
    batch::{Batch, WriteBatch},
    lane_queue::{LaneLoad, LaneQueue, Waiting},
    list::{BatchResult, ListWrite},
    together::WriteTogether,
};
use crate::store::{
    engine::Engine,
    error::{StoreError, WriteError},
};

/// Identifiers of a batch that shares a transaction at most: in a larger one the round trips do not count, and alone
/// it uses more of the database's processors.
const SMALL: usize = 32;

/// Who has waited this long when the database fails is told at once, and does not wait as long again, in vain.
const PATIENCE: Duration = Duration::from_secs(1);

/// The lanes of a store, and what waits for them.
pub(crate) struct Lanes<W: ListWrite> {
    engine: Arc<Engine>,
    queue: LaneQueue<W>,
    /// Lists that go alone, at most so many at once: the others need connections too.
    alone: Semaphore,
}

impl<W: ListWrite> Lanes<W> {
    /// So many lanes, and so many lists that go alone at once. With no lane, each batch has a transaction of its own.
    pub(crate) fn new(engine: Arc<Engine>, count: usize, alone: usize) -> Self {
        Self {
            engine,
            queue: LaneQueue::new(count),
            alone: Semaphore::new(alone),
        }
    }

    /// Lets each batch have a transaction of its own from now on.
    pub(crate) fn close(&self) {
        self.queue.close();
    }

    /// How busy the lanes are.
    pub(crate) fn load(&self) -> LaneLoad {
        self.queue.load()
    }

    /// Carries out the batch, in a transaction with others that wait or in one of its own.
    pub(crate) async fn write(self: &Arc<Self>, batch: Arc<Batch<W>>) -> BatchResult<W> {
        let lanes = Arc::clone(self);
        let work = async move { lanes.write_on_runtime(batch).await };
        self.engine.on_runtime(work).await
    }

    async fn write_on_runtime(self: Arc<Self>, batch: Arc<Batch<W>>) -> BatchResult<W> {
        if self.queue.count() == 0 {
            return self.write_alone(batch).await;
        }
        if batch.identifiers() > SMALL {
            return self.write_beside_lanes(batch).await;
        }
        let (reply, mut result) = oneshot::channel();
        let since = Instant::now();
        let waiting = Waiting {
            batch: Arc::clone(&batch),
            since,
            reply,
        };
        if self.queue.push(waiting) {
            self.engine.spawn(Arc::clone(&self).run_lane());
        }
        let limit = self.engine.settings().transaction_timeout();
        let result = match timeout(limit, &mut result).await {
            Ok(result) => result,
            Err(_) if self.queue.withdraw(&batch) => {
                let busy = "other lists' transactions take too long".to_owned();
                return Err(StoreError::Unavailable(busy).into());
            }
            // Its turn has come meanwhile.
            Err(_) => result.await,
        };
        result.unwrap_or_else(|_| {
            let lost = "the lane that had the writes panicked".to_owned();
            Err(StoreError::OutcomeUnknown(lost).into())
        })
    }

    /// Carries out the batch in a transaction of its own.
    async fn write_alone(&self, batch: Arc<Batch<W>>) -> BatchResult<W> {
        let limits = self.engine.settings().limits;
        self.engine.transact(WriteBatch { batch, limits }).await
    }

    /// The same, with connections left for others.
    async fn write_beside_lanes(&self, batch: Arc<Batch<W>>) -> BatchResult<W> {
        let limit = self.engine.settings().transaction_timeout();
        match timeout(limit, self.alone.acquire()).await {
            Ok(_permit) => self.write_alone(batch).await,
            Err(_) => {
                let busy = "too many lists have transactions of their own".to_owned();
                Err(StoreError::Unavailable(busy).into())
            }
        }
    }

    /// Works as long as something waits.
    async fn run_lane(self: Arc<Self>) {
        while let Some(taken) = self.queue.take() {
            let together = AssertUnwindSafe(Arc::clone(&self).write_together(taken));
            // Their callers are told by the replies that are dropped; the lane goes on.
            let _ = together.catch_unwind().await;
        }
    }

    async fn write_together(self: Arc<Self>, taken: Vec<Waiting<W>>) {
        let batches = taken.iter().map(|w| Arc::clone(&w.batch)).collect();
        let limits = self.engine.settings().limits;
        let together = WriteTogether { batches, limits };
        match self.engine.transact(together).await {
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
        for waiting in self.queue.take_older(Instant::now(), PATIENCE) {
            let gone = "the database failed for those before".to_owned();
            waiting.answer(Err(StoreError::Unavailable(gone).into()));
        }
    }

    fn send_each_alone(self: &Arc<Self>, taken: Vec<Waiting<W>>) {
        for waiting in taken {
            self.send_alone(waiting);
        }
    }

    fn send_alone(self: &Arc<Self>, waiting: Waiting<W>) {
        let lanes = Arc::clone(self);
        self.engine.spawn(async move {
            let result = lanes.write_beside_lanes(Arc::clone(&waiting.batch)).await;
            waiting.answer(result);
        });
    }
}

/// Whether the database failed, and not the statements.
fn is_of_database(error: &WriteError) -> bool {
    matches!(
        error,
        WriteError::Store(StoreError::Unavailable(_) | StoreError::ReadOnly | StoreError::OutcomeUnknown(_))
    )
}
