//! Writes to a list: one, or several that wait together, in one transaction under the list's lock.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use sea_orm::{ConnectionTrait, DatabaseTransaction};

use super::{
    lock::{ListLock, LockedList},
    statements,
    trace::{self, Trace},
};
use crate::{
    domain::Limits,
    store::{
        ListKey, Store, StoreError, WriteError,
        engine::transact::{Fate, Transact},
        once::{self, Claim, Once, Written},
    },
};

/// A change of a list.
pub trait ListWrite: Send + Sync + 'static {
    /// What the caller is told once it is committed.
    type Output: Send + Sync + 'static;

    /// Carries it out under the list's lock. It may run again after a rollback, never after a commit. A refusal, which
    /// is any error but [`WriteError::Store`], comes before the first statement that writes.
    fn apply(
        &self,
        list: &LockedList<'_>,
    ) -> impl Future<Output = Result<Self::Output, WriteError>> + Send;

    /// By what it is known that it was committed and gave `output`.
    fn trace(&self, output: &Self::Output) -> Trace;

    /// How many identifiers it adds to a transaction that it may share with others of its kind; `None` where it has one
    /// to itself.
    fn share(&self) -> Option<usize> {
        None
    }

    /// Carries out several that share a transaction, in order; what each gave.
    fn apply_all(
        writes: &[&Self],
        list: &LockedList<'_>,
    ) -> impl Future<Output = Result<Vec<Self::Output>, WriteError>> + Send {
        async move {
            let mut outputs = Vec::with_capacity(writes.len());
            for write in writes {
                outputs.push(write.apply(list).await?);
            }
            Ok(outputs)
        }
    }

    /// Carries out those that wait together: a transaction for all of them, unless a kind of write has a better way.
    fn carry_out(
        store: &Store,
        batch: Arc<Batch<Self>>,
    ) -> impl Future<Output = BatchResult<Self>> + Send
    where
        Self: Sized,
    {
        store.write_alone(batch)
    }
}

/// A write, and what makes it happen once where the caller may ask again.
pub struct Keyed<W: ListWrite> {
    /// The write.
    pub write: W,
    /// The caller's key.
    pub once: Option<Once<W::Output>>,
}

/// Writes to one list that are carried out together, in order.
pub struct Batch<W: ListWrite> {
    /// The list.
    pub list: ListKey,
    /// The writes, at least one; no key twice.
    pub writes: Vec<Arc<Keyed<W>>>,
}

/// What became of one write of a batch: one that fails here fails alone.
pub type WriteResult<W> = Result<Written<<W as ListWrite>::Output>, WriteError>;

/// What became of a batch: a result per write, in order, or why none was carried out.
pub type BatchResult<W> = Result<Vec<WriteResult<W>>, WriteError>;

/// The transaction of a batch.
pub(crate) struct WriteBatch<W: ListWrite> {
    pub(crate) batch: Arc<Batch<W>>,
    pub(crate) limits: Limits,
}

impl<W: ListWrite> Transact for WriteBatch<W> {
    type Output = Vec<WriteResult<W>>;

    fn run<'t>(
        &'t self,
        transaction: &'t DatabaseTransaction,
    ) -> BoxFuture<'t, Result<Self::Output, WriteError>> {
        Box::pin(async move {
            let list = LockedList::take(transaction, &self.batch.list, self.limits).await?;
            let turn = Turn::begin(&list.lock, &self.batch).await?;
            let outputs = W::apply_all(&turn.writes(), &list).await?;
            turn.end(&list.lock, outputs).await
        })
    }

    fn fate<'t>(
        &'t self,
        output: &'t Self::Output,
        transaction: &'t DatabaseTransaction,
    ) -> BoxFuture<'t, Result<Fate, WriteError>> {
        Box::pin(fate_of(transaction, self.batch.carried_out(output).next()))
    }
}

impl<W: ListWrite> Batch<W> {
    /// How many identifiers all of its writes have.
    pub(crate) fn identifiers(&self) -> usize {
        self.writes.iter().filter_map(|one| one.write.share()).sum()
    }

    /// Those that left something in the database, with what they gave.
    pub(crate) fn carried_out<'a>(
        &'a self,
        results: &'a [WriteResult<W>],
    ) -> impl Iterator<Item = CarriedOut<'a, W>> {
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

/// A write that left something in the database.
pub(crate) struct CarriedOut<'a, W: ListWrite> {
    list: &'a ListKey,
    keyed: &'a Keyed<W>,
    output: &'a W::Output,
}

/// Whether a transaction that carried out this write was committed: all of its writes were, or none.
pub(crate) async fn fate_of<W: ListWrite>(
    transaction: &DatabaseTransaction,
    done: Option<CarriedOut<'_, W>>,
) -> Result<Fate, WriteError> {
    let Some(CarriedOut {
        list,
        keyed,
        output,
    }) = done
    else {
        return Ok(Fate::Committed);
    };
    // A list that is gone meanwhile has no lock to wait for.
    let lock = statements::lock_list(transaction.get_database_backend(), list);
    transaction.query_one_raw(lock).await?;
    let trace = keyed.write.trace(output);
    trace::fate(transaction, list, keyed.once.as_ref(), output, trace).await
}

/// The turn of one list in a transaction, under its lock.
pub(crate) struct Turn<'a, W: ListWrite> {
    claims: Vec<Claim>,
    /// The writes that were not carried out before.
    fresh: Vec<&'a Keyed<W>>,
}

impl<'a, W: ListWrite> Turn<'a, W> {
    /// Looks up which of the writes were carried out before.
    pub(crate) async fn begin(
        lock: &ListLock<'_>,
        batch: &'a Batch<W>,
    ) -> Result<Self, WriteError> {
        let keys: Vec<_> = batch.writes.iter().map(|one| one.once.as_ref()).collect();
        let claims = once::claims(lock.transaction(), lock.list(), &keys).await?;
        let fresh = batch
            .writes
            .iter()
            .zip(&claims)
            .filter(|(_, claim)| matches!(claim, Claim::Free))
            .map(|(one, _)| &**one)
            .collect();
        Ok(Self { claims, fresh })
    }

    /// The writes that are to be carried out.
    pub(crate) fn writes(&self) -> Vec<&'a W> {
        self.fresh.iter().map(|one| &one.write).collect()
    }

    /// Saves the answers of those that have a key; what became of each write of the batch.
    pub(crate) async fn end(
        self,
        lock: &ListLock<'_>,
        outputs: Vec<W::Output>,
    ) -> Result<Vec<WriteResult<W>>, WriteError> {
        let done = self.fresh.iter().map(|one| one.once.as_ref());
        once::save(lock.transaction(), lock.list(), done.zip(&outputs)).await?;
        let mut outputs = outputs.into_iter();
        Ok(self
            .claims
            .into_iter()
            .map(|claim| match claim {
                Claim::Answered(answer) => Ok(Written::Before(answer)),
                Claim::Taken => Err(WriteError::KeyReused),
                Claim::Free => outputs
                    .next()
                    .map(Written::Now)
                    .ok_or(StoreError::Bug("a write without an outcome").into()),
            })
            .collect())
    }
}
