//! Batches: writes to one list in one transaction, under the list's lock.

use std::sync::Arc;

use futures_util::future::BoxFuture;

use super::{
    list::{Keyed, ListWrite, WriteResult},
    lock::LockedList,
    statements, trace,
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
        once::{self, Claim, Written},
    },
};

/// Writes to one list that are carried out together, in order.
pub struct Batch<W: ListWrite> {
    /// The list.
    pub list: ListKey,
    /// The writes: at least one, and no idempotency key twice.
    pub writes: Vec<Arc<Keyed<W>>>,
}

/// The transaction of a batch.
pub(crate) struct WriteBatch<W: ListWrite> {
    pub(crate) batch: Arc<Batch<W>>,
    pub(crate) limits: Limits,
}

impl<W: ListWrite> Transact for WriteBatch<W> {
    type Output = Vec<WriteResult<W>>;

    fn run<'t>(&'t self, transaction: &'t Transaction) -> BoxFuture<'t, Result<Self::Output, WriteError>> {
        Box::pin(async move {
            let list = LockedList::take(transaction, &self.batch.list, self.limits).await?;
            let turn = Turn::begin(&list, &self.batch).await?;
            let writes = turn.writes();
            let outputs = W::apply_all(&writes, &list).await;
            // The error is the result of every write in the batch, including those that were carried out before.
            let count = self.batch.writes.len();
            let outputs = outputs.map_err(|error| refused_together(error, count))?;
            turn.end(&list, outputs).await
        })
    }

    fn fate<'t>(
        &'t self,
        output: &'t Self::Output,
        transaction: &'t Transaction,
    ) -> BoxFuture<'t, Result<Fate, WriteError>> {
        Box::pin(fate_of(transaction, self.batch.carried_out(output).next()))
    }
}

/// Turns the refusal of one write among several into an error of the batch. Other writes may already have changed rows,
/// so everything is rolled back and each write runs again alone.
pub(super) fn refused_together(error: WriteError, writes: usize) -> WriteError {
    match error {
        WriteError::Store(_) => error,
        refusal if writes > 1 => StoreError::Data(format!("one of several: {refusal}")).into(),
        refusal => refusal,
    }
}

impl<W: ListWrite> Batch<W> {
    /// The total number of identifiers in the writes.
    pub(crate) fn identifiers(&self) -> usize {
        self.writes.iter().filter_map(|one| one.write.share()).sum()
    }

    /// The writes that were carried out in this transaction, with their outputs.
    pub(crate) fn carried_out<'a>(&'a self, results: &'a [WriteResult<W>]) -> impl Iterator<Item = CarriedOut<'a, W>> {
        let results = self.writes.iter().zip(results);
        results.filter_map(|(keyed, result)| match result {
            Ok(Written::Now(output)) => Some(CarriedOut {
                list: &self.list,
                keyed,
                output,
            }),
            _ => None,
        })
    }
}

/// A write that was carried out in this transaction.
pub(crate) struct CarriedOut<'a, W: ListWrite> {
    list: &'a ListKey,
    keyed: &'a Keyed<W>,
    output: &'a W::Output,
}

/// Whether the transaction that carried out this write was committed. Its writes were committed together or not at all.
pub(crate) async fn fate_of<W: ListWrite>(
    transaction: &Transaction,
    done: Option<CarriedOut<'_, W>>,
) -> Result<Fate, WriteError> {
    let Some(CarriedOut { list, keyed, output }) = done else {
        return Ok(Fate::Committed);
    };
    // If the list was deleted in the meantime, there is no lock to wait for.
    let lock = statements::lock_list(transaction.backend(), list);
    transaction.row(lock).await?;
    let trace = keyed.write.trace(output);
    trace::fate(transaction, list, keyed.once.as_ref(), output, trace).await
}

/// One list's part of a transaction, under its lock.
pub(crate) struct Turn<'a, W: ListWrite> {
    claims: Vec<Claim>,
    /// The writes that were not carried out before.
    fresh: Vec<&'a Keyed<W>>,
}

impl<'a, W: ListWrite> Turn<'a, W> {
    /// Looks up which of the writes were carried out before.
    pub(crate) async fn begin(list: &LockedList<'_>, batch: &'a Batch<W>) -> Result<Self, WriteError> {
        let keys: Vec<_> = batch.writes.iter().map(|one| one.once.as_ref()).collect();
        let claims = once::claims(list.transaction(), list.list(), &keys).await?;
        let fresh = batch
            .writes
            .iter()
            .zip(&claims)
            .filter(|(_, claim)| matches!(claim, Claim::Free))
            .map(|(one, _)| &**one)
            .collect();
        Ok(Self { claims, fresh })
    }

    /// The writes to carry out.
    pub(crate) fn writes(&self) -> Vec<&'a W> {
        self.fresh.iter().map(|one| &one.write).collect()
    }

    /// Saves the responses of the writes that have a key. Returns the result of each write of the batch, in order.
    pub(crate) async fn end(
        self,
        list: &LockedList<'_>,
        outputs: Vec<W::Output>,
    ) -> Result<Vec<WriteResult<W>>, WriteError> {
        let done = self.fresh.iter().map(|one| one.once.as_ref());
        once::save(list.transaction(), list.list(), done.zip(&outputs)).await?;
        let mut outputs = outputs.into_iter();
        Ok(self
            .claims
            .into_iter()
            .map(|claim| match claim {
                Claim::Saved(response) => Ok(Written::Before(response)),
                Claim::Taken => Err(WriteError::KeyReused),
                Claim::Free => outputs
                    .next()
                    .map(Written::Now)
                    .ok_or(StoreError::Bug("a write without an outcome").into()),
            })
            .collect())
    }
}
