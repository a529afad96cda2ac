//! The rows of deleted lists go in small steps.

use futures_util::future::BoxFuture;
use sea_orm::{ConnectionTrait, DatabaseExecutor, DatabaseTransaction, DbBackend};

use super::statements;
use crate::{
    domain::RecordListId,
    store::{
        engine::{read::Read, transact::Transact},
        error::{ReadError, WriteError},
    },
};

/// Tells whether a deleted list still has rows.
pub(crate) struct HasDeletedLists;

impl Read for HasDeletedLists {
    type Output = bool;

    async fn run(&self, database: &DatabaseExecutor<'_>) -> Result<bool, ReadError> {
        let find = statements::find_deleted_list(database.get_database_backend());
        Ok(database.query_one_raw(find).await?.is_some())
    }
}

/// Deletes some rows of a deleted list, few enough that nobody notices the wait: numbers first, then records, and the
/// list's own row as the last one. It takes this list, or the first one that no other process is at.
pub(crate) struct PurgeList(pub(crate) Option<RecordListId>);

impl Transact for PurgeList {
    /// Whether any row was deleted; if not, nothing is left for this process to do.
    type Output = bool;

    fn run<'t>(
        &'t self,
        transaction: &'t DatabaseTransaction,
    ) -> BoxFuture<'t, Result<bool, WriteError>> {
        Box::pin(async move {
            let backend = transaction.get_database_backend();
            let lock = statements::lock_deleted_list(backend, self.0);
            let Some(row) = transaction.query_one_raw(lock).await? else {
                return Ok(false);
            };
            let list = RecordListId(row.try_get_by_index(0)?);
            if backend == DbBackend::Postgres {
                transaction.execute_unprepared(statements::IN_ORDER).await?;
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
