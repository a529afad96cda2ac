//! The read of a page of lists.

use entity::record_list;
use sea_orm::{
    ColumnTrait, DatabaseExecutor, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select,
};

use super::read::{of_account, record_list};
use crate::{
    domain::{AccountId, ListName, Page, Paging, Position, RecordList, Status},
    store::{engine::read::Read, error::ReadError},
};

/// Reads a page of an account's lists, in order of creation.
#[derive(Clone, Debug)]
pub struct PageOfLists {
    /// The account that owns the lists.
    pub account: AccountId,
    /// Only lists with this exact name.
    pub name: Option<ListName>,
    /// Only lists with this status.
    pub status: Option<Status>,
    /// Which page.
    pub paging: Paging,
}

impl Read for PageOfLists {
    type Output = Page<RecordList>;

    fn account(&self) -> Option<&AccountId> {
        Some(&self.account)
    }

    fn weight(&self) -> usize {
        self.paging.weight()
    }

    async fn run(&self, database: &DatabaseExecutor<'_>) -> Result<Page<RecordList>, ReadError> {
        let paging = self.paging;
        let total = self.lists().count(database).await?;
        if paging.is_past_the_end(total) {
            return Ok(Page::empty(total));
        }
        let select = self.lists().order_by_asc(record_list::Column::Id);
        let select = match paging.position {
            Position::After(cursor) => select.filter(record_list::Column::Id.gt(cursor.after)),
            Position::Page(_) => select.offset(paging.offset()),
        };
        let rows = select.limit(paging.per_page + 1).all(database).await?;
        let lists = rows.into_iter().map(record_list).collect();
        Ok(Page::beginning(lists, paging, total, |list: &RecordList| list.id.0))
    }
}

impl PageOfLists {
    /// The lists that match the filters.
    fn lists(&self) -> Select<record_list::Entity> {
        let name = self.name.as_ref().map(ListName::as_str);
        of_account(&self.account)
            .apply_if(name, |lists, name| lists.filter(record_list::Column::Name.eq(name)))
            .apply_if(self.status, |lists, status| {
                lists.filter(record_list::Column::Status.eq(status))
            })
    }
}
