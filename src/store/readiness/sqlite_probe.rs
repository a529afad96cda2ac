//! A read of a SQLite file, and a write that changes nothing.

use futures_util::future::BoxFuture;
use sea_orm::{ConnectionTrait, DatabaseExecutor, DatabaseTransaction, DbBackend, Statement};

use crate::store::{
    engine::{read::Read, transact::Transact},
    error::{ReadError, WriteError},
};

/// Reads the file.
pub(crate) struct SqliteRead;

impl Read for SqliteRead {
    type Output = ();

    async fn run(&self, database: &DatabaseExecutor<'_>) -> Result<(), ReadError> {
        database
            .execute_unprepared("SELECT count(*) FROM seaql_migrations")
            .await?;
        Ok(())
    }
}

/// Writes the first page of the file as it is.
pub(crate) struct SqliteProbe;

impl Transact for SqliteProbe {
    type Output = ();

    fn run<'t>(&'t self, transaction: &'t DatabaseTransaction) -> BoxFuture<'t, Result<(), WriteError>> {
        Box::pin(async move {
            // SQLite writes a page for this even if the number stays the same.
            let read = Statement::from_string(DbBackend::Sqlite, "PRAGMA user_version");
            let row = transaction.query_one_raw(read).await?;
            let version: i32 = match row {
                Some(row) => row.try_get_by_index(0)?,
                None => 0,
            };
            let write = format!("PRAGMA user_version = {version}");
            transaction.execute_unprepared(&write).await?;
            Ok(())
        })
    }
}
