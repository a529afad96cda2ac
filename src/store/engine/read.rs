//! The trait of reads.

use sea_orm::DatabaseExecutor;

use crate::store::error::ReadError;

/// A read of the database. It changes nothing, takes no lock and never waits for a writer.
///
/// Every read of a list's rows starts from a [`ListKey`](crate::store::list_key::ListKey), which contains the account.
pub trait Read: Send + Sync + 'static {
    /// What the read returns.
    type Output: Send + 'static;

    /// Runs the read; [`ReadError::ListNotFound`] if it needs a list that the account does not have.
    fn run(&self, database: &DatabaseExecutor<'_>) -> impl Future<Output = Result<Self::Output, ReadError>> + Send;
}
