//! The rows of deleted lists go in small steps.

use futures_util::future::BoxFuture;
use sea_orm::{ConnectionTrait, DatabaseExecutor, DatabaseTransaction, DbBackend};

use super::statements;
use crate::{
    domain::RecordListId,
    store::{
        ReadError, WriteError,
        engine::{postgres::SEEK, read::Read, transact::Transact},
    },
};

/// Finds a deleted list that still has a row: the one that was deleted first.
pub(crate) struct FindDeletedList;

impl Read for FindDeletedList {
    type Output = Option<RecordListId>;

    async fn run(&self, database: &DatabaseExecutor<'_>) -> Result<Self::Output, ReadError> {
        let find = statements::find_deleted_list(database.get_database_backend());
        let row = database.query_one_raw(find).await?;
        let id = row.map(|row| row.try_get_by_index(0)).transpose()?;
        Ok(id.map(RecordListId))
    }
}

/// Deletes some rows of a deleted list, few enough that nobody notices the wait: numbers first, then records, and the
/// list's own row as the last one.
pub(crate) struct PurgeList(pub(crate) RecordListId);

impl Transact for PurgeList {
    /// Whether there may be rows left for this process to delete.
    type Output = bool;

    fn run<'t>(
        &'t self,
        transaction: &'t DatabaseTransaction,
    ) -> BoxFuture<'t, Result<bool, WriteError>> {
        Box::pin(async move {
            let (backend, list) = (transaction.get_database_backend(), self.0);
            let lock = statements::lock_deleted_list(backend, list);
            if transaction.query_one_raw(lock).await?.is_none() {
                // Another process is at it, or was.
                return Ok(false);
            }
            if backend == DbBackend::Postgres {
                transaction.execute_unprepared(SEEK).await?;
            }
            let rows = [
                statements::purge_phone_numbers(backend, list),
                statements::purge_records(backend, list),
                statements::purge_list(backend, list),
            ];
            for delete in rows {
                if transaction.execute_raw(delete).await?.rows_affected() > 0 {
                    return Ok(true);
                }
            }
            Ok(false)
        })
    }
}
