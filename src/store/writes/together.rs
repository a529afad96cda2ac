//! The transaction that writes to several lists share.

use std::sync::Arc;

use futures_util::future::BoxFuture;

use super::{
    batch::{Batch, fate_of, has_written},
    list::WriteResult,
    lock::LockedList,
    turn::{Turn, carry_out},
};
use crate::{
    domain::Limits,
    metrics::WriteMetrics,
    store::{
        engine::{
            transact::{Fate, Transact},
            transaction::Transaction,
        },
        error::WriteError,
        list_key::ListKey,
    },
};

/// Batches of several lists, at most one per list. Lists that are locked elsewhere are passed over.
pub(crate) struct WriteTogether {
    pub(crate) batches: Vec<Arc<Batch>>,
    pub(crate) limits: Limits,
    pub(crate) metrics: WriteMetrics,
}

impl Transact for WriteTogether {
    /// The results of each batch, in order; `None` for a batch that was passed over.
    type Output = Vec<Option<Vec<WriteResult>>>;

    fn is_shared(&self) -> bool {
        true
    }

    fn run<'t>(&'t self, transaction: &'t Transaction) -> BoxFuture<'t, Result<Self::Output, WriteError>> {
        Box::pin(async move {
            let lists: Vec<&ListKey> = self.batches.iter().map(|batch| &batch.list).collect();
            let locked = LockedList::take_free(transaction, &lists, self.limits).await?;
            let mut turns = Vec::with_capacity(locked.len());
            for list in &locked {
                let mut batches = self.batches.iter();
                if let Some(batch) = batches.find(|batch| batch.list.id == list.id()) {
                    turns.push(Turn::begin(list, batch).await?);
                }
            }
            let results = carry_out(transaction, turns).await?;
            let mut results = locked.iter().map(LockedList::id).zip(results).peekable();
            let of_batch = |batch: &Arc<Batch>| results.next_if(|(list, _)| *list == batch.list.id);
            let of_batches = self.batches.iter().map(of_batch);
            Ok(of_batches.map(|found| found.map(|(_, results)| results)).collect())
        })
    }

    fn has_written(results: &Self::Output) -> bool {
        results.iter().flatten().any(|results| has_written(results))
    }

    fn note_commit(&self, results: &Self::Output) {
        for (batch, results) in self.batches.iter().zip(results) {
            batch.count(results.as_deref().unwrap_or_default(), &self.metrics);
        }
    }

    fn fate<'t>(
        &'t self,
        output: &'t Self::Output,
        transaction: &'t Transaction,
    ) -> BoxFuture<'t, Result<Fate, WriteError>> {
        let done = self
            .batches
            .iter()
            .zip(output)
            .flat_map(|(batch, results)| batch.carried_out(results.as_deref().unwrap_or_default()));
        Box::pin(fate_of(transaction, done))
    }
}
