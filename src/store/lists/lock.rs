//! The lock of a list, under which everything that changes it runs.

use entity::record_list;
use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult};

use super::statements;
use crate::store::{ListKey, WriteError};

/// Takes the list's lock for the rest of the transaction; tells the list as it is under the lock.
pub(crate) async fn lock(
    transaction: &DatabaseTransaction,
    list: &ListKey,
) -> Result<record_list::Model, WriteError> {
    let lock = statements::lock_list(transaction.get_database_backend(), list);
    let row = transaction.query_one_raw(lock).await?;
    let row = row.ok_or(WriteError::ListNotFound)?;
    Ok(record_list::Model::from_query_result(&row, "")?)
}
