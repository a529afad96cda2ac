//! The rows of deleted lists go in small steps.

use entity::record_list;
use futures_util::future::BoxFuture;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseExecutor, DatabaseTransaction, EntityTrait, QueryFilter,
};

use super::statements;
use crate::{
    domain::RecordListId,
    store::{
        ReadError, WriteError,
        engine::{read::Read, transact::Transact},
    },
};

/// Rows that one step deletes at most: few enough that nobody notices the wait.
const ROWS_AT_ONCE: u64 = 1_000;

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

/// Deletes some rows of a deleted list: numbers, then records, and the list's own row as the last one.
pub(crate) struct PurgeList(pub(crate) RecordListId);

impl Transact for PurgeList {
    /// Whether rows are left for this process to delete.
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
            let numbers = statements::purge_phone_numbers(backend, list, ROWS_AT_ONCE);
            let mut rest = ROWS_AT_ONCE;
            rest -= transaction.execute_raw(numbers).await?.rows_affected();
            if rest > 0 {
                let records = statements::purge_records(backend, list, rest);
                rest -= transaction.execute_raw(records).await?.rows_affected();
            }
            if rest > 0 {
                record_list::Entity::delete_many()
                    .filter(record_list::Column::Id.eq(list.0))
                    .exec(transaction)
                    .await?;
            }
            Ok(rest == 0)
        })
    }
}
