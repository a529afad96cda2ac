//! Reads of the audit trail.

use entity::operation;
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};

use super::page_statements;
use crate::{
    domain::{AccountId, Operation, Page, Paging, RecordListId},
    store::{ListKey, lists::read::find_list},
};

/// One page of the deletions of a list or of the whole account, the newest first; `None` if the account has and had no
/// such list.
pub(crate) async fn page(
    database: &impl ConnectionTrait,
    account: &AccountId,
    list: Option<RecordListId>,
    paging: Paging,
) -> Result<Option<Page<Operation>>, DbErr> {
    let backend = database.get_database_backend();
    let count = page_statements::count_operations(backend, account, list);
    let row = database.query_one_raw(count).await?;
    let total: i64 = row.map_or(Ok(0), |row| row.try_get_by_index(0))?;
    let total = u64::try_from(total).unwrap_or(0);
    if let (0, Some(id)) = (total, list) {
        let key = ListKey {
            account: account.clone(),
            id,
        };
        if find_list(database, &key).await?.is_none() {
            return Ok(None);
        }
    }
    if paging.is_past_the_end(total) {
        return Ok(Some(Page {
            items: Vec::new(),
            total,
            next_after: None,
        }));
    }
    let select = page_statements::page_of_operations(backend, account, list, paging);
    let mut rows = database
        .query_all_raw(select)
        .await?
        .iter()
        .map(|row| operation::Model::from_query_result(row, ""))
        .collect::<Result<Vec<_>, _>>()?;
    let has_more = rows.len() as u64 > paging.per_page;
    rows.truncate(usize::try_from(paging.per_page).unwrap_or(usize::MAX));
    Ok(Some(Page {
        next_after: rows.last().filter(|_| has_more).map(|row| row.id),
        items: rows.into_iter().map(operation).collect(),
        total,
    }))
}

fn operation(row: operation::Model) -> Operation {
    Operation {
        id: row.id,
        record_list_id: RecordListId(row.record_list_id),
        client_id: row.client_id,
        kind: row.kind,
        total_deleted: u64::try_from(row.total_deleted).unwrap_or(0),
        total_errors: u64::try_from(row.total_errors).unwrap_or(0),
        records_deleted: u64::try_from(row.total_records_deleted).unwrap_or(0),
        request_id: row.request_id,
        created_at: row.created_at,
    }
}
