//! Lanes: transactions that the waiting writes of several lists share.
//!
//! A transaction costs round trips and a commit, however little it does. Small batches of deletions that wait while the
//! lanes are busy therefore share one: a lane takes them, locks the lists that are free, and replies to all of them after one
//! commit. A list that is locked elsewhere gets a transaction of its own, so that no list waits for another list's
//! lock.

use std::{
    panic::AssertUnwindSafe,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use futures_util::FutureExt;
use tokio::{sync::oneshot, time::timeout};

use super::{
    batch::{Batch, WriteBatch},
    lane_queue::{LaneLoad, LaneQueue, Waiting},
    list::BatchResult,
    together::WriteTogether,
};
use crate::{
    domain::AccountId,
    metrics::{WaitClass, WriteMetrics},
    shares::{Gate, ONE_TURN, Pass},
    store::{
        engine::Engine,
        error::{StoreError, WriteError},
    },
};

/// The maximum number of identifiers in a batch that shares a transaction. For larger batches the round trips do not
/// matter, and alone they use more of the database's processors.
const SMALL: usize = 32;

/// Batches that have waited this long when the database fails are refused at once, instead of waiting as long again for
/// nothing.
const PATIENCE: Duration = Duration::from_secs(1);

/// The lanes of a store, and the batches that wait for them.
pub(crate) struct Lanes {
    engine: Arc<Engine>,
    queue: LaneQueue,
    /// Before the connections of batches that run outside the lanes. `None` on SQLite, where the committer says whose
    /// turn it is.
    gates: Option<Gates>,
    are_closed: AtomicBool,
    metrics: WriteMetrics,
}

/// Gates before connections, so that no kind of write takes all of them and no account those of its kind.
pub(crate) struct Gates {
    /// For deletions outside the lanes.
    pub(crate) deletions: Gate<AccountId>,
    /// For other writes.
    pub(crate) others: Gate<AccountId>,
}

impl Lanes {
    /// Creates `count` lanes. With no lanes, each batch gets a transaction of its own.
    pub(crate) fn new(engine: Arc<Engine>, count: usize, gates: Option<Gates>) -> Self {
        Self {
            engine,
            queue: LaneQueue::new(count),
            gates,
            are_closed: AtomicBool::new(false),
            metrics: WriteMetrics::default(),
        }
    }

    /// What the writes have done.
    pub(crate) fn metrics(&self) -> &WriteMetrics {
        &self.metrics
    }

    /// From now on, gives each batch a transaction of its own, because lists are on different servers: a transaction of
    /// several of them would be a two-phase commit.
    pub(crate) fn close(&self) {
        self.are_closed.store(true, Ordering::Release);
        self.queue.close();
    }

    /// Whether lists are on different servers.
    pub(crate) fn are_closed(&self) -> bool {
        self.are_closed.load(Ordering::Acquire)
    }

    /// How busy the lanes are.
    pub(crate) fn load(&self) -> LaneLoad {
        self.queue.load()
    }

    /// Carries out the batch, in a transaction shared with other waiting batches or in one of its own. The caller must be
    /// on the engine's runtime and wait for the end.
    pub(crate) async fn write(self: &Arc<Self>, batch: Arc<Batch>) -> BatchResult {
        if self.queue.count() == 0 || !batch.only_deletes() || batch.weight() > SMALL {
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
            self.engine.spawn(Arc::clone(self).run_lane());
        }
        let limit = self.engine.settings().transaction_timeout();
        let result = match timeout(limit, &mut result).await {
            Ok(result) => result,
            Err(_) if self.queue.withdraw(&batch) => {
                let busy = "other lists' transactions take too long".to_owned();
                return Err(StoreError::Unavailable(busy).into());
            }
            // A lane has taken the batch in the meantime.
            Err(_) => result.await,
        };
        result.unwrap_or_else(|_| {
            let lost = "the lane that had the writes panicked".to_owned();
            Err(StoreError::OutcomeUnknown(lost).into())
        })
    }

    /// Carries out the batch in a transaction of its own. The caller must be on the engine's runtime and wait for the end.
    pub(crate) async fn write_alone(&self, batch: Arc<Batch>) -> BatchResult {
        let limits = self.engine.settings().limits;
        let metrics = self.metrics.clone();
        let write = WriteBatch { batch, limits, metrics };
        self.engine.transact(write).await
    }

    /// Like `write_alone`, when it is the account's turn.
    async fn write_beside_lanes(&self, batch: Arc<Batch>) -> BatchResult {
        let gate = self.gates.as_ref().map(|gates| match batch.only_deletes() {
            true => &gates.deletions,
            false => &gates.others,
        });
        let (account, weight) = (&batch.list.account, batch.weight().max(1));
        let _pass = self.pass(gate, account, weight).await?;
        self.write_alone(batch).await
    }

    /// Waits for the turn of a write of the account that is no deletion and belongs to no list.
    pub(crate) async fn pass_for_other_write(
        &self,
        account: &AccountId,
    ) -> Result<Option<Pass<AccountId>>, StoreError> {
        let gate = self.gates.as_ref().map(|gates| &gates.others);
        self.pass(gate, account, ONE_TURN).await
    }

    async fn pass(
        &self,
        gate: Option<&Gate<AccountId>>,
        account: &AccountId,
        weight: usize,
    ) -> Result<Option<Pass<AccountId>>, StoreError> {
        let Some(gate) = gate else {
            return Ok(None);
        };
        let limit = self.engine.settings().transaction_timeout();
        let since = Instant::now();
        let pass = timeout(limit, gate.pass(account.clone(), weight)).await;
        self.note_wait(since);
        let busy = |_| StoreError::Unavailable("too many writes have transactions of their own".to_owned());
        pass.map(Some).map_err(busy)
    }

    fn note_wait(&self, since: Instant) {
        self.engine.metrics().note_wait(WaitClass::Transaction, since.elapsed());
    }

    /// Runs transactions as long as batches wait.
    async fn run_lane(self: Arc<Self>) {
        while let Some(taken) = self.queue.take() {
            let together = AssertUnwindSafe(Arc::clone(&self).write_together(taken));
            // If it panics, the callers see that their reply channels are dropped, and the lane continues.
            let _ = together.catch_unwind().await;
        }
    }

    async fn write_together(self: Arc<Self>, taken: Vec<Waiting>) {
        let batches = taken.iter().map(|w| Arc::clone(&w.batch)).collect();
        for waiting in &taken {
            self.note_wait(waiting.since);
        }
        let limits = self.engine.settings().limits;
        let metrics = self.metrics.clone();
        let together = WriteTogether {
            batches,
            limits,
            metrics,
        };
        match self.engine.transact(together).await {
            Ok(results) => {
                for (waiting, result) in taken.into_iter().zip(results) {
                    match result {
                        Some(results) => waiting.reply(Ok(results)),
                        None => self.send_alone(waiting),
                    }
                }
            }
            // The transaction gave up early, so as not to hold up the other lists.
            Err(WriteError::Store(StoreError::Blocked(_))) => self.send_each_alone(taken),
            Err(WriteError::Store(StoreError::Unsupported(_))) => {
                self.close_if_distributed().await;
                self.send_each_alone(taken);
            }
            // One batch made the transaction fail. Alone, each fails or succeeds by itself.
            Err(error) if taken.len() > 1 && error.is_of_one_among_several() => self.send_each_alone(taken),
            Err(error) => {
                if is_of_database(&error) {
                    self.refuse_impatient();
                }
                for waiting in taken {
                    waiting.reply(Err(error.clone()));
                }
            }
        }
    }

    /// The tables may have been distributed since the database was prepared.
    async fn close_if_distributed(&self) {
        if self.engine.schema().await.is_ok_and(|schema| schema.is_distributed()) {
            tracing::info!(
                "the tables are distributed over several servers now: lists do not share transactions any more"
            );
            self.close();
        }
    }

    /// Refuses the batches that have waited for [`PATIENCE`], without carrying them out.
    fn refuse_impatient(&self) {
        for waiting in self.queue.take_older(Instant::now(), PATIENCE) {
            let gone = "the database failed for those before".to_owned();
            waiting.reply(Err(StoreError::Unavailable(gone).into()));
        }
    }

    fn send_each_alone(self: &Arc<Self>, taken: Vec<Waiting>) {
        for waiting in taken {
            self.send_alone(waiting);
        }
    }

    fn send_alone(self: &Arc<Self>, waiting: Waiting) {
        let lanes = Arc::clone(self);
        self.engine.spawn(async move {
            let result = lanes.write_beside_lanes(Arc::clone(&waiting.batch)).await;
            waiting.reply(result);
        });
    }
}

/// Whether the database failed, rather than the statements.
fn is_of_database(error: &WriteError) -> bool {
    matches!(
        error,
        WriteError::Store(
            StoreError::Unavailable(_) | StoreError::ReadOnly | StoreError::Full | StoreError::OutcomeUnknown(_)
        )
    )
}
