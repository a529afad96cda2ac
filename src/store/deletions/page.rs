//! The read of a page of the audit trail.

use std::cmp::Reverse;

use entity::operation;
use sea_orm::{ConnectionTrait, DatabaseExecutor, FromQueryResult, QueryResult};
use uuid::Uuid;

use crate::{
    domain::{AccountId, Operation, Page, Paging, Position, RecordListId, Window},
    fail_point::fail_point,
    store::{
        audit::page_statements::{page_of_operations, total_of_operations},
        engine::read::{Read, begin_in_order},
        error::{ReadError, StoreError},
    },
};

/// How often a page is searched for from the end of the trail, if the trail changes by many entries at that very time.
const ATTEMPTS: usize = 3;

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

    fn account(&self) -> Option<&AccountId> {
        Some(&self.account)
    }

    fn weight(&self) -> usize {
        self.paging.weight()
    }

    /// Fails with [`ReadError::ListNotFound`] if the account has no such list and no trail of one.
    async fn run(&self, database: &DatabaseExecutor<'_>) -> Result<Page<Operation>, ReadError> {
        let Some(transaction) = begin_in_order(database).await? else {
            return self.find(database).await;
        };
        // After a failed statement, a commit would fail as well and hide the cause.
        let page = self.find(&transaction).await?;
        transaction.commit().await?;
        Ok(page)
    }
}

impl PageOfOperations {
    async fn find(&self, database: &impl ConnectionTrait) -> Result<Page<Operation>, ReadError> {
        fail_point!("read");
        let mut total = match self.paging.position {
            // These start at the first end of the trail, however long it is.
            Position::Page(1) | Position::After(_) => 0,
            Position::Page(_) => self.total(database).await?,
        };
        for _ in 0..ATTEMPTS {
            let (page, total_now) = self.page(database, Window::of(self.paging, total)).await?;
            match page {
                Some(page) => return Ok(page),
                None => total = total_now,
            }
        }
        let (page, _) = self.page(database, Window::from_first(self.paging)).await?;
        page.ok_or(StoreError::Bug("a page that is not in its window").into())
    }

    async fn total(&self, database: &impl ConnectionTrait) -> Result<u64, ReadError> {
        let select = total_of_operations(database.get_database_backend(), &self.account, self.list);
        let row = database.query_one_raw(select).await?;
        total(&row.ok_or(ReadError::ListNotFound)?)
    }

    /// Reads the window and the total in one statement, so that both are those of one moment. Returns the page, if it is
    /// in the window at that moment, and the total.
    async fn page(
        &self,
        database: &impl ConnectionTrait,
        window: Window,
    ) -> Result<(Option<Page<Operation>>, u64), ReadError> {
        let Self { account, list, paging } = self;
        let select = page_of_operations(database.get_database_backend(), account, *list, *paging, window);
        let rows = database.query_all_raw(select).await?;
        let total = total(rows.first().ok_or(ReadError::ListNotFound)?)?;
        let mut operations = Vec::with_capacity(rows.len());
        for row in &rows {
            if row.try_get::<Option<Uuid>>("", "id")?.is_some() {
                operations.push(operation(operation::Model::from_query_result(row, "")?));
            }
        }
        operations.sort_unstable_by_key(|one| Reverse(one.id));
        Ok((window.page(operations, *paging, total, |one| one.id), total))
    }
}

fn total(row: &QueryResult) -> Result<u64, ReadError> {
    let total: i64 = row.try_get("", "total")?;
    Ok(u64::try_from(total).unwrap_or(0))
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
