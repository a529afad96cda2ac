//! The trait of writes to a list, and the same with its type erased: writes of any kind share a transaction.

use std::{any::Any, fmt};

use futures_util::future::BoxFuture;

use super::{lock::LockedList, trace::Trace};
use crate::{
    metrics::Effect,
    store::{
        deletions::DeleteRecords,
        error::{StoreError, WriteError},
        once::{Claimed, Once, Written},
    },
};

/// A write to a list.
pub trait ListWrite: Send + Sync + 'static {
    /// What the caller gets after the commit.
    type Output: Send + Sync + 'static;

    /// Carries out the write under the list's lock. It may run again after a rollback, but never after a commit. A
    /// refusal, that is, any error other than [`WriteError::Store`], must come before the first statement that writes:
    /// others that share the transaction are committed all the same.
    fn apply(&self, list: &LockedList<'_>) -> impl Future<Output = Result<Self::Output, WriteError>> + Send;

    /// The trace that proves that the write was committed and returned `output`.
    fn trace(&self, output: &Self::Output) -> Trace;

    /// What the write that returned `output` has done to records, for the metrics.
    fn effect(&self, output: &Self::Output) -> Effect;

    /// The number of identifiers or records that it adds to a transaction shared with other writes to the list; `None` if
    /// it needs a transaction of its own.
    fn weight(&self) -> Option<usize>;
}

/// A write, with an idempotency key if the client sent one.
pub struct Keyed<W: ListWrite> {
    /// The write.
    pub write: W,
    /// The idempotency key and what belongs to it.
    pub once: Option<Once<W::Output>>,
}

/// The output of a write of any kind.
pub struct AnyOutput(Box<dyn Any + Send + Sync>);

/// Hides the output, because it can identify people.
impl fmt::Debug for AnyOutput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AnyOutput(***)")
    }
}

impl AnyOutput {
    /// Erases the type of an output.
    pub(crate) fn new<T: Send + Sync + 'static>(output: T) -> Self {
        Self(Box::new(output))
    }

    /// The output of a write that returns this type.
    pub fn downcast<T: 'static>(self) -> Result<T, StoreError> {
        let output = self.0.downcast().map_err(|_| OF_ANOTHER_KIND)?;
        Ok(*output)
    }

    fn downcast_ref<T: 'static>(&self) -> Option<&T> {
        self.0.downcast_ref()
    }
}

const OF_ANOTHER_KIND: StoreError = StoreError::Bug("the output of a write of another kind");

/// The result of one write of a batch. An error here concerns this write only.
pub type WriteResult = Result<Written<AnyOutput>, WriteError>;

/// The result of a batch: one result per write, in order, or the error of the whole batch.
pub type BatchResult = Result<Vec<WriteResult>, WriteError>;

/// A [`Keyed`] write of any kind.
pub trait AnyWrite: Send + Sync {
    /// See [`ListWrite::weight`].
    fn weight(&self) -> Option<usize>;

    /// The write, if it deletes records: those that follow each other are carried out together.
    fn as_deletion(&self) -> Option<&DeleteRecords>;

    /// See [`ListWrite::apply`].
    fn apply<'a>(&'a self, list: &'a LockedList<'_>) -> BoxFuture<'a, Result<AnyOutput, WriteError>>;

    /// See [`ListWrite::trace`].
    fn trace(&self, output: &AnyOutput) -> Result<Trace, StoreError>;

    /// See [`ListWrite::effect`].
    fn effect(&self, output: &AnyOutput) -> Effect;

    /// What the idempotency key is claimed for, if there is one.
    fn claimed(&self) -> Option<Claimed<'_>>;

    /// The same with the response to save.
    fn response(&self, output: &AnyOutput) -> Result<Option<(Claimed<'_>, String)>, StoreError>;
}

impl<W: ListWrite> AnyWrite for Keyed<W> {
    fn weight(&self) -> Option<usize> {
        self.write.weight()
    }

    fn as_deletion(&self) -> Option<&DeleteRecords> {
        let write: &dyn Any = &self.write;
        write.downcast_ref()
    }

    fn apply<'a>(&'a self, list: &'a LockedList<'_>) -> BoxFuture<'a, Result<AnyOutput, WriteError>> {
        Box::pin(async move { self.write.apply(list).await.map(AnyOutput::new) })
    }

    fn trace(&self, output: &AnyOutput) -> Result<Trace, StoreError> {
        let output = output.downcast_ref().ok_or(OF_ANOTHER_KIND)?;
        Ok(self.write.trace(output))
    }

    fn effect(&self, output: &AnyOutput) -> Effect {
        let output = output.downcast_ref();
        output.map(|output| self.write.effect(output)).unwrap_or_default()
    }

    fn claimed(&self) -> Option<Claimed<'_>> {
        self.once.as_ref().map(Once::claimed)
    }

    fn response(&self, output: &AnyOutput) -> Result<Option<(Claimed<'_>, String)>, StoreError> {
        let Some(once) = &self.once else {
            return Ok(None);
        };
        let output = output.downcast_ref().ok_or(OF_ANOTHER_KIND)?;
        Ok(Some((once.claimed(), (once.render)(output))))
    }
}
