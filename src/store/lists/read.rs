//! Reads of lists: they take no lock and never wait for a writer.

use entity::record_list;
use fail::fail_point;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter};

use crate::{
    domain::{RecordList, RecordListId},
    store::ListKey,
};

/// The list, if the account has it.
pub(crate) async fn find_list(
    database: &impl ConnectionTrait,
    list: &ListKey,
) -> Result<Option<RecordList>, DbErr> {
    fail_point!("read");
    let row = record_list::Entity::find_by_id(list.id.0)
        .filter(record_list::Column::AccountId.eq(list.account.as_str()))
        .one(database)
        .await?;
    Ok(row.map(record_list))
}

pub(crate) fn record_list(row: record_list::Model) -> RecordList {
    RecordList {
        id: RecordListId(row.id),
        name: row.name,
        unique_identifier_type: row.unique_identifier_type,
        status: row.status,
        records_count: u64::try_from(row.records_count).unwrap_or(0),
        created_at: row.created_at,
        updated_at: row.updated_at,
    }
}
