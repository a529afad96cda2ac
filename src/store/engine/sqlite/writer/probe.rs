//! What shows whether a SQLite file can be used: a read, and a write that changes nothing.

use futures_util::future::BoxFuture;
use sea_orm::{ConnectionTrait, DatabaseExecutor};

use super::mark;
use crate::store::{
    engine::{read::Read, transact::Transact, transaction::Transaction},
    error::{ReadError, WriteError},
};

/// Reads the file.
pub(crate) struct SqliteRead;

impl Read for SqliteRead {
    type Output = ();

    async fn run(&self, database: &DatabaseExecutor<'_>) -> Result<(), ReadError> {
        // Reads no more than the first page.
        database.execute_unprepared("PRAGMA schema_version").await?;
        Ok(())
    }
}

/// Writes the first page of the file as it is.
pub(crate) struct SqliteProbe;

impl Transact for SqliteProbe {
    type Output = ();

    fn is_probe(&self) -> bool {
        true
    }

    fn run<'t>(&'t self, transaction: &'t Transaction) -> BoxFuture<'t, Result<(), WriteError>> {
        Box::pin(async move {
            if let Transaction::Sqlite(session) = transaction {
                session.run(|connection| {
                    let last = mark::last(connection)?;
                    // The mark stays, because no data changes; SQLite writes its page all the same.
                    connection.execute_batch(&mark::setting(last.cast_signed()))
                })?;
            }
            Ok(())
        })
    }
}
