//! Batches: writes to one list in one transaction, under the list's lock.

use std::sync::Arc;

use futures_util::future::BoxFuture;

use super::{
    list::{AnyOutput, AnyWrite, WriteResult},
    lock::LockedList,
    statements,
    trace::{self, Trace},
    turn::{Turn, carry_out},
};
use crate::{
    domain::{AccountId, Limits},
    metrics::WriteMetrics,
    store::{
        engine::{
            transact::{Fate, Transact},
            transaction::Transaction,
        },
        error::{StoreError, WriteError},
        list_key::ListKey,
        once::Written,
    },
};

/// Writes to one list that are carried out together, in order.
pub struct Batch {
    /// The list.
    pub list: ListKey,
    /// The writes: at least one, and no idempotency key twice.
    pub writes: Vec<Arc<dyn AnyWrite>>,
}

/// The transaction of a batch.
pub(crate) struct WriteBatch {
    pub(crate) batch: Arc<Batch>,
    pub(crate) limits: Limits,
    pub(crate) metrics: WriteMetrics,
}

impl Transact for WriteBatch {
    type Output = Vec<WriteResult>;

    fn run<'t>(&'t self, transaction: &'t Transaction) -> BoxFuture<'t, Result<Self::Output, WriteError>> {
        Box::pin(async move {
            let list = LockedList::take(transaction, &self.batch.list, self.limits).await?;
            let turn = Turn::begin(&list, &self.batch).await?;
            let results = carry_out(transaction, vec![turn]).await?.pop();
            results.ok_or(StoreError::Bug("a list without results").into())
        })
    }

    fn account(&self) -> Option<&AccountId> {
        Some(&self.batch.list.account)
    }

    fn weight(&self) -> usize {
        self.batch.weight().max(1)
    }

    fn has_written(results: &Self::Output) -> bool {
        has_written(results)
    }

    fn note_commit(&self, results: &Self::Output) {
        self.batch.count(results, &self.metrics);
    }

    fn fate<'t>(
        &'t self,
        output: &'t Self::Output,
        transaction: &'t Transaction,
    ) -> BoxFuture<'t, Result<Fate, WriteError>> {
        Box::pin(fate_of(transaction, self.batch.carried_out(output)))
    }
}

impl Batch {
    /// The total weight of the writes. One that needs a transaction of its own has none.
    pub(crate) fn weight(&self) -> usize {
        self.writes.iter().filter_map(|write| write.weight()).sum()
    }

    /// Whether the writes do nothing but delete records.
    pub(crate) fn only_deletes(&self) -> bool {
        self.writes.iter().all(|write| write.as_deletion().is_some())
    }

    /// The same writes, each in a batch of its own.
    pub(crate) fn apart(&self) -> impl Iterator<Item = Arc<Self>> {
        self.writes.iter().map(|write| {
            Arc::new(Self {
                list: self.list.clone(),
                writes: vec![Arc::clone(write)],
            })
        })
    }

    /// Counts what the writes have done that were carried out in this transaction.
    pub(crate) fn count(&self, results: &[WriteResult], metrics: &WriteMetrics) {
        for done in self.carried_out(results) {
            metrics.note_commit(&done.write.effect(done.output));
        }
    }

    /// The writes that were carried out in this transaction, with their outputs.
    pub(crate) fn carried_out<'a>(&'a self, results: &'a [WriteResult]) -> impl Iterator<Item = CarriedOut<'a>> {
        let results = self.writes.iter().zip(results);
        results.filter_map(|(write, result)| match result {
            Ok(Written::Now(output)) => Some(CarriedOut {
                list: &self.list,
                write: &**write,
                output,
            }),
            _ => None,
        })
    }
}

/// Whether any of the writes was carried out in this transaction.
pub(super) fn has_written(results: &[WriteResult]) -> bool {
    results.iter().any(|result| matches!(result, Ok(Written::Now(_))))
}

/// A write that was carried out in this transaction.
pub(crate) struct CarriedOut<'a> {
    list: &'a ListKey,
    write: &'a dyn AnyWrite,
    output: &'a AnyOutput,
}

impl CarriedOut<'_> {
    /// How much the trace of the write says of the transaction. A row of the audit trail and a saved response with an id
    /// stay. A record may be deleted again, even within the transaction, and a response without an id may be that of
    /// another process to the same request.
    fn evidence(&self) -> u8 {
        match (self.write.trace(self.output), self.write.claimed()) {
            (Ok(Trace::Operation(_)), _) => 4,
            (Ok(Trace::Nothing) | Err(_), Some(_)) => 1,
            (Ok(Trace::Nothing) | Err(_), None) => 0,
            (Ok(_), Some(_)) => 3,
            (Ok(_), None) => 2,
        }
    }
}

/// Whether the transaction that carried out these writes was committed: together or not at all. Asks for the one whose
/// trace says most.
pub(crate) async fn fate_of(
    transaction: &Transaction,
    done: impl Iterator<Item = CarriedOut<'_>>,
) -> Result<Fate, WriteError> {
    let Some(CarriedOut { list, write, output }) = done.max_by_key(CarriedOut::evidence) else {
        return Ok(Fate::Committed);
    };
    // If the list was deleted in the meantime, there is no lock to wait for.
    let lock = statements::lock_list(transaction.backend(), list);
    transaction.row(lock).await?;
    trace::fate(transaction, list, write.response(output)?, write.trace(output)?).await
}
