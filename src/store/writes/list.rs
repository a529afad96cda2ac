//! The trait of writes to a list.

use super::{lock::LockedList, trace::Trace};
use crate::store::{
    error::WriteError,
    once::{Once, Written},
};

/// A write to a list.
pub trait ListWrite: Send + Sync + 'static {
    /// What the caller gets after the commit.
    type Output: Send + Sync + 'static;

    /// Carries out the write under the list's lock. It may run again after a rollback, but never after a commit. A
    /// refusal, that is, any error other than [`WriteError::Store`], must come before the first statement that writes.
    fn apply(&self, list: &LockedList<'_>) -> impl Future<Output = Result<Self::Output, WriteError>> + Send;

    /// The trace that proves that the write was committed and returned `output`.
    fn trace(&self, output: &Self::Output) -> Trace;

    /// The number of identifiers that it adds to a transaction shared with other writes of its type; `None` if it needs
    /// a transaction of its own.
    fn share(&self) -> Option<usize> {
        None
    }

    /// Carries out several writes that share a transaction, in order. Returns the output of each.
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

    /// Carries out the writes of several lists that share a transaction. Returns their outputs, list by list.
    fn apply_to_lists(
        lists: &[(&LockedList<'_>, Vec<&Self>)],
    ) -> impl Future<Output = Result<Vec<Vec<Self::Output>>, WriteError>> + Send {
        async move {
            let mut outputs = Vec::with_capacity(lists.len());
            for (list, writes) in lists {
                outputs.push(Self::apply_all(writes, list).await?);
            }
            Ok(outputs)
        }
    }
}

/// A write, with an idempotency key if the client sent one.
pub struct Keyed<W: ListWrite> {
    /// The write.
    pub write: W,
    /// The idempotency key and what belongs to it.
    pub once: Option<Once<W::Output>>,
}

/// The result of one write of a batch. An error here concerns this write only.
pub type WriteResult<W> = Result<Written<<W as ListWrite>::Output>, WriteError>;

/// The result of a batch: one result per write, in order, or the error of the whole batch.
pub type BatchResult<W> = Result<Vec<WriteResult<W>>, WriteError>;
