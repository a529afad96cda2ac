//! What reads and writes wait for, and what becomes of transactions.

use std::time::Duration;

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{
        family::Family,
        histogram::{Histogram, exponential_buckets},
    },
    registry::{Registry, Unit},
};

use super::{OutcomeLabel, of_seconds};

/// What became of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransactionOutcome {
    /// It was committed, or there was nothing to commit.
    Done,
    /// It was rolled back, because it was refused or failed.
    NotDone,
    /// It is not known whether it was committed.
    Unknown,
}

impl TransactionOutcome {
    fn word(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::NotDone => "not_done",
            Self::Unknown => "unknown",
        }
    }
}

/// What waits for a place at the database, or for its turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitClass {
    /// A read that looks at few records.
    ShortRead,
    /// A read that may look at a whole list.
    LongRead,
    /// A write to a list whose turn has not come.
    List,
    /// What waits for a transaction: for one that lists share, for one of its own, or for SQLite's writer.
    Transaction,
}

impl WaitClass {
    fn word(self) -> &'static str {
        match self {
            Self::ShortRead => "short_read",
            Self::LongRead => "long_read",
            Self::List => "list",
            Self::Transaction => "transaction",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ClassLabel {
    class: &'static str,
}

/// Measures transactions. Clones share the numbers.
#[derive(Clone, Debug)]
pub struct TransactionMetrics {
    durations: Family<OutcomeLabel, Histogram>,
    waits: Family<ClassLabel, Histogram>,
    batches: Histogram,
}

impl Default for TransactionMetrics {
    fn default() -> Self {
        Self {
            durations: Family::new_with_constructor(of_seconds),
            waits: Family::new_with_constructor(of_seconds),
            batches: Histogram::new(exponential_buckets(1.0, 2.0, 7)),
        }
    }
}

impl TransactionMetrics {
    /// A transaction has ended, so long after it was asked for.
    pub fn note_end(&self, outcome: TransactionOutcome, duration: Duration) {
        let label = OutcomeLabel {
            outcome: outcome.word(),
        };
        self.durations.get_or_create(&label).observe(duration.as_secs_f64());
    }

    /// A read or a write has got its place or its turn.
    pub fn note_wait(&self, class: WaitClass, duration: Duration) {
        let label = ClassLabel { class: class.word() };
        self.waits.get_or_create(&label).observe(duration.as_secs_f64());
    }

    /// So many writes to one list go into a transaction together.
    pub fn note_batch(&self, writes: usize) {
        self.batches.observe(writes as f64);
    }

    pub(super) fn register(&self, registry: &mut Registry) {
        // From the start, so that the first one is an increase.
        for outcome in [
            TransactionOutcome::Done,
            TransactionOutcome::NotDone,
            TransactionOutcome::Unknown,
        ] {
            let label = OutcomeLabel {
                outcome: outcome.word(),
            };
            drop(self.durations.get_or_create(&label));
        }
        registry.register_with_unit(
            "record_lists_transaction_duration",
            "Time of a write's transaction with the wait for it, by what became of it",
            Unit::Seconds,
            self.durations.clone(),
        );
        registry.register_with_unit(
            "record_lists_wait_duration",
            "Time that reads and writes wait for their place or their turn",
            Unit::Seconds,
            self.waits.clone(),
        );
        registry.register(
            "record_lists_batch_writes",
            "Writes to one list that share a transaction",
            self.batches.clone(),
        );
    }
}
