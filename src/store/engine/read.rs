//! What a read is.

use sea_orm::{ConnectionTrait, DatabaseExecutor};

use crate::store::error::ReadError;

/// A question to the database. It changes nothing, takes no lock and never waits for a writer.
///
/// Whatever reads a list's rows starts from a [`ListKey`](crate::store::list_key::ListKey), which holds the account.
pub trait Read: Send + Sync + 'static {
    /// What the database answers.
    type Output: Send + 'static;

    /// Asks. What a list that the account does not have would hold is [`ReadError::ListNotFound`].
    fn run(&self, database: &DatabaseExecutor<'_>) -> impl Future<Output = Result<Self::Output, ReadError>> + Send;
}

/// Whether the database answers and has the schema.
pub struct Ping;

impl Read for Ping {
    type Output = ();

    async fn run(&self, database: &DatabaseExecutor<'_>) -> Result<(), ReadError> {
        database.execute_unprepared("SELECT 1").await?;
        Ok(())
    }
}
