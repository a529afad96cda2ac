//! The read of a page of the audit trail.

use entity::operation;
use sea_orm::{ConnectionTrait, DatabaseExecutor, FromQueryResult};

use crate::{
    domain::{AccountId, Operation, Page, Paging, RecordListId},
    store::{audit::page_statements, engine::read::Read, error::ReadError, list_key::ListKey, lists::find_list},
};

/// Reads a page of the deletions that were carried out, newest first: of one list, even a deleted one, or of the whole
/// account.
#[derive(Clone, Debug)]
pub struct PageOfOperations {
    /// The account that owns the lists.
    pub account: AccountId,
    /// The list; `None` for all lists of the account.
    pub list: Option<RecordListId>,
    /// Which page.
    pub paging: Paging,
}

impl Read for PageOfOperations {
    type Output = Page<Operation>;

    /// Fails with [`ReadError::ListNotFound`] if the account has no such list and never had one.
    async fn run(&self, database: &DatabaseExecutor<'_>) -> Result<Page<Operation>, ReadError> {
        let Self { account, list, paging } = self;
        let backend = database.get_database_backend();
        let count = page_statements::count_operations(backend, account, *list);
        let row = database.query_one_raw(count).await?;
        let total: i64 = row.map_or(Ok(0), |row| row.try_get_by_index(0))?;
        let total = u64::try_from(total).unwrap_or(0);
        if let (0, Some(id)) = (total, *list) {
            let key = ListKey {
                account: account.clone(),
                id,
            };
            find_list(database, &key).await?;
        }
        if paging.is_past_the_end(total) {
            return Ok(Page::empty(total));
        }
        let select = page_statements::page_of_operations(backend, account, *list, *paging);
        let rows = database.query_all_raw(select).await?;
        let operations = rows
            .iter()
            .map(|row| operation::Model::from_query_result(row, "").map(operation))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Page::beginning(operations, *paging, total, |one| one.id))
    }
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
