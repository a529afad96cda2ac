//! The transaction that writes to several lists share.

use std::sync::Arc;

use futures_util::future::BoxFuture;

use super::{
    batch::{Batch, Turn, fate_of, refused_together},
    list::{ListWrite, WriteResult},
    lock::LockedList,
};
use crate::{
    domain::Limits,
    store::{
        engine::{
            transact::{Fate, Transact},
            transaction::Transaction,
        },
        error::{StoreError, WriteError},
        list_key::ListKey,
    },
};

/// Batches of several lists, at most one per list. Lists that are locked elsewhere are passed over.
pub(crate) struct WriteTogether<W: ListWrite> {
    pub(crate) batches: Vec<Arc<Batch<W>>>,
    pub(crate) limits: Limits,
}

impl<W: ListWrite> Transact for WriteTogether<W> {
    /// The results of each batch, in order; `None` for a batch that was passed over.
    type Output = Vec<Option<Vec<WriteResult<W>>>>;

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
                    turns.push((list, Turn::begin(list, batch).await?));
                }
            }
            let writes: Vec<_> = turns.iter().map(|(list, turn)| (*list, turn.writes())).collect();
            let count = self.batches.iter().map(|batch| batch.writes.len()).sum();
            let outputs = W::apply_to_lists(&writes).await;
            let outputs = outputs.map_err(|error| refused_together(error, count))?;
            if outputs.len() != turns.len() {
                return Err(StoreError::Bug("a list without outcomes").into());
            }
            let mut results = Vec::with_capacity(turns.len());
            for ((list, turn), outputs) in turns.into_iter().zip(outputs) {
                results.push((list.id(), turn.end(list, outputs).await?));
            }
            let mut results = results.into_iter().peekable();
            Ok(self
                .batches
                .iter()
                .map(|batch| results.next_if(|(list, _)| *list == batch.list.id))
                .map(|result| result.map(|(_, results)| results))
                .collect())
        })
    }

    fn fate<'t>(
        &'t self,
        output: &'t Self::Output,
        transaction: &'t Transaction,
    ) -> BoxFuture<'t, Result<Fate, WriteError>> {
        let mut done = self
            .batches
            .iter()
            .zip(output)
            .flat_map(|(batch, results)| batch.carried_out(results.as_deref().unwrap_or_default()));
        Box::pin(fate_of(transaction, done.next()))
    }
}
