//! The read of one list.

use entity::record_list;
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseExecutor, EntityTrait, QueryFilter, Select};

use crate::{
    domain::{AccountId, ListName, RecordList, RecordListId},
    fail_point::fail_point,
    store::{engine::read::Read, error::ReadError, list_key::ListKey},
};

/// Reads one list; [`ReadError::ListNotFound`] if the account has no such list.
#[derive(Clone, Debug)]
pub struct FindList(pub ListKey);

impl Read for FindList {
    type Output = RecordList;

    fn account(&self) -> Option<&AccountId> {
        Some(&self.0.account)
    }

    async fn run(&self, database: &DatabaseExecutor<'_>) -> Result<RecordList, ReadError> {
        find_list(database, &self.0).await
    }
}

/// The list; [`ReadError::ListNotFound`] if the account has no such list.
pub(crate) async fn find_list(database: &impl ConnectionTrait, list: &ListKey) -> Result<RecordList, ReadError> {
    fail_point!("read");
    let row = of_account(&list.account)
        .filter(record_list::Column::Id.eq(list.id.0))
        .one(database)
        .await?;
    row.map(record_list).ok_or(ReadError::ListNotFound)
}

/// The lists of the account, without deleted ones.
pub(super) fn of_account(account: &AccountId) -> Select<record_list::Entity> {
    record_list::Entity::find()
        .filter(record_list::Column::AccountId.eq(account.as_str()))
        .filter(record_list::Column::DeletedAt.is_null())
}

/// Converts a row to a list.
pub(crate) fn record_list(row: record_list::Model) -> RecordList {
    RecordList {
        id: RecordListId(row.id),
        name: ListName::from_stored(row.name),
        unique_identifier_type: row.unique_identifier_type,
        status: row.status,
        records_count: u64::try_from(row.records_count).unwrap_or(0),
        created_at: row.created_at,
        updated_at: row.updated_at,
    }
}
