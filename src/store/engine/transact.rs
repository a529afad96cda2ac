//! What a write is: statements in a transaction that someone else begins and commits.

use std::panic::AssertUnwindSafe;

use futures_util::{FutureExt, future::BoxFuture};
use sea_orm::DatabaseTransaction;

use crate::store::error::{StoreError, WriteError};

/// The statements of one transaction.
pub(crate) trait Transact: Send + Sync + 'static {
    /// What the caller is told once the transaction is committed.
    type Output: Send + Sync + 'static;

    /// Runs the statements. They may run again after a rollback, never after a commit. A refusal, which is any error
    /// but [`WriteError::Store`], comes before the first statement that writes.
    fn run<'t>(&'t self, transaction: &'t DatabaseTransaction) -> BoxFuture<'t, Result<Self::Output, WriteError>>;

    /// Whether several lists share the transaction. It gives up early where one of them would hold up the others.
    fn is_shared(&self) -> bool {
        false
    }

    /// Learns whether a transaction that gave `output` was committed when its COMMIT got no answer. Runs in a later
    /// transaction and takes the same lock first: whoever has it knows that the other transaction is over.
    fn fate<'t>(
        &'t self,
        _output: &'t Self::Output,
        _transaction: &'t DatabaseTransaction,
    ) -> BoxFuture<'t, Result<Fate, WriteError>> {
        Box::pin(async { Ok(Fate::Unknown) })
    }
}

/// What became of a transaction whose COMMIT got no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It was committed, or had nothing to commit.
    Committed,
    /// It was rolled back.
    NothingDone,
    /// The database does not tell.
    Unknown,
}

/// Runs a write's statements; a panic in them is an error like others, so that it costs one answer and neither the
/// connection nor the task that serves everyone.
pub(crate) async fn run_caught<W: Transact>(
    write: &W,
    transaction: &DatabaseTransaction,
) -> Result<W::Output, WriteError> {
    AssertUnwindSafe(write.run(transaction))
        .catch_unwind()
        .await
        .unwrap_or(Err(WriteError::Store(StoreError::Bug("panic"))))
}
