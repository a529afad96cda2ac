//! What a write to a list is.

use super::{lock::LockedList, trace::Trace};
use crate::store::{
    error::WriteError,
    once::{Once, Written},
};

/// A change of a list.
pub trait ListWrite: Send + Sync + 'static {
    /// What the caller is told once it is committed.
    type Output: Send + Sync + 'static;

    /// Carries it out under the list's lock. It may run again after a rollback, never after a commit. A refusal, which
    /// is any error but [`WriteError::Store`], comes before the first statement that writes.
    fn apply(&self, list: &LockedList<'_>) -> impl Future<Output = Result<Self::Output, WriteError>> + Send;

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

    /// Carries out those of several lists that share a transaction; what each gave, list by list.
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

/// A write, and what makes it happen once where the caller may ask again.
pub struct Keyed<W: ListWrite> {
    /// The write.
    pub write: W,
    /// The caller's key.
    pub once: Option<Once<W::Output>>,
}

/// What became of one write of a batch: one that fails here fails alone.
pub type WriteResult<W> = Result<Written<<W as ListWrite>::Output>, WriteError>;

/// What became of a batch: a result per write, in order, or why none was carried out.
pub type BatchResult<W> = Result<Vec<WriteResult<W>>, WriteError>;
