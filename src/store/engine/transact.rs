//! The trait of writes: statements in a transaction that the engine begins and commits.

use std::panic::AssertUnwindSafe;

use futures_util::{FutureExt, future::BoxFuture};

use super::transaction::Transaction;
use crate::{
    domain::AccountId,
    store::error::{StoreError, WriteError},
};

/// The statements of one transaction.
pub(crate) trait Transact: Send + Sync + 'static {
    /// What the caller gets after the commit.
    type Output: Send + Sync + 'static;

    /// Runs the statements. They may run again after a rollback, but never after a commit. A refusal, that is, any
    /// error other than [`WriteError::Store`], must come before the first statement that writes.
    fn run<'t>(&'t self, transaction: &'t Transaction) -> BoxFuture<'t, Result<Self::Output, WriteError>>;

    /// Whether several lists share the transaction, on PostgreSQL. If so, it gives up early if one of them would hold up
    /// the others.
    fn is_shared(&self) -> bool {
        false
    }

    /// Whether a transaction that returned `output` had something to write. One that had not says nothing of the disk.
    fn has_written(_output: &Self::Output) -> bool {
        true
    }

    /// The account that the transaction is for; `None` for the service's own work.
    fn account(&self) -> Option<&AccountId> {
        None
    }

    /// How much it does, in records or identifiers, so that the accounts' turns are equal.
    fn weight(&self) -> usize {
        1
    }

    /// Called once, as soon as it is known that a transaction which returned `output` was committed, whether or not the
    /// caller still waits.
    fn note_commit(&self, _output: &Self::Output) {}

    /// Whether the transaction changes nothing, and only shows whether others could. If it cannot begin, that says nothing
    /// of those.
    fn is_probe(&self) -> bool {
        false
    }

    /// Finds out whether a transaction that returned `output` was committed, if its COMMIT was not confirmed. Runs in a
    /// later transaction and must take the same lock first: with the lock, it is certain that the other transaction is
    /// over.
    fn fate<'t>(
        &'t self,
        _output: &'t Self::Output,
        _transaction: &'t Transaction,
    ) -> BoxFuture<'t, Result<Fate, WriteError>> {
        Box::pin(async { Ok(Fate::Unknown) })
    }
}

/// What became of a transaction whose COMMIT was not confirmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It was committed, or had nothing to commit.
    Committed,
    /// It was rolled back.
    NothingDone,
    /// The database does not show which.
    Unknown,
}

/// Runs a write's statements. A panic in them becomes an error like any other, so that it fails only this write and
/// leaves the connection, and the task or thread that others share, intact.
pub(crate) async fn run_caught<W: Transact>(write: &W, transaction: &Transaction) -> Result<W::Output, WriteError> {
    AssertUnwindSafe(write.run(transaction))
        .catch_unwind()
        .await
        .unwrap_or(Err(WriteError::Store(StoreError::Bug("panic"))))
}
