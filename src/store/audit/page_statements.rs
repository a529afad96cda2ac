//! The SQL statements that read pages of the audit trail. Each has its own function, so that tests can check its query
//! plan.

use entity::operation;
use sea_orm::{
    ColumnTrait, DbBackend, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select, Statement,
    sea_query::Expr,
};

use crate::domain::{AccountId, Paging, Position, RecordListId};

/// The deletions of the page and one more, newest first: of one list, or of the whole account.
pub fn page_of_operations(
    backend: DbBackend,
    account: &AccountId,
    list: Option<RecordListId>,
    paging: Paging,
) -> Statement {
    let select = operations(account, list)
        .order_by_desc(operation::Column::Id)
        .limit(paging.per_page + 1);
    match paging.position {
        Position::After(cursor) => select.filter(operation::Column::Id.lt(cursor.after)),
        Position::Page(_) => select.offset(paging.offset()),
    }
    .build(backend)
}

/// The number of deletions: of one list, or of the whole account.
pub fn count_operations(backend: DbBackend, account: &AccountId, list: Option<RecordListId>) -> Statement {
    operations(account, list)
        .select_only()
        .column_as(Expr::cust("COUNT(*)"), "count")
        .build(backend)
}

fn operations(account: &AccountId, list: Option<RecordListId>) -> Select<operation::Entity> {
    let all = operation::Entity::find().filter(operation::Column::AccountId.eq(account.as_str()));
    match list {
        Some(list) => all.filter(operation::Column::RecordListId.eq(list.0)),
        None => all,
    }
}
