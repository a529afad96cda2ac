//! The read of a page of lists.

use entity::record_list;
use sea_orm::{ConnectionTrait, DatabaseExecutor, FromQueryResult};

use super::{page_statements::page_of_lists, read::record_list};
use crate::{
    domain::{AccountId, ListConditions, ListOrder, Page, Paging, RecordList, SortedKey},
    fail_point::fail_point,
    store::{
        engine::read::Read,
        error::{ReadError, StoreError},
        page_select::{items, total},
    },
};

/// Reads a page of an account's lists.
#[derive(Clone, Debug)]
pub struct PageOfLists {
    /// The account that owns the lists.
    pub account: AccountId,
    /// Which of them.
    pub conditions: ListConditions,
    /// Their order.
    pub order: ListOrder,
    /// Which page.
    pub paging: Paging<SortedKey>,
}

impl Read for PageOfLists {
    type Output = Page<RecordList, SortedKey>;

    fn account(&self) -> Option<&AccountId> {
        Some(&self.account)
    }

    fn weight(&self) -> usize {
        self.paging.weight()
    }

    async fn run(&self, database: &DatabaseExecutor<'_>) -> Result<Page<RecordList, SortedKey>, ReadError> {
        fail_point!("read");
        let Self {
            account,
            conditions,
            order,
            paging,
        } = self;
        let select = page_of_lists(database.get_database_backend(), account, conditions, *order, paging);
        let rows = database.query_all_raw(select).await?;
        let total = total(rows.first().ok_or(StoreError::Bug("a page without a total"))?)?;
        let mut lists = Vec::with_capacity(rows.len());
        for row in items(&rows)? {
            lists.push(record_list(record_list::Model::from_query_result(row, "")?));
        }
        let key = |list: &RecordList| list.key(order.by);
        lists.sort_by(|one, another| order.compare(&key(one), &key(another)));
        Ok(Page::beginning(lists, paging, total, key))
    }
}
