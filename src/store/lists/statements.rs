//! The SQL statements on lists. Each has its own function, so that tests can check the query plan of exactly what runs.

use chrono::{DateTime, Utc};
use entity::record_list;
use sea_orm::{
    ColumnTrait, DbBackend, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Statement,
    StatementBuilder,
    sea_query::{Expr, Query},
};

use crate::store::writes::lock::LockedList;

/// Adds `by`, which may be negative, to the list's record count.
pub fn adjust_records_count(lock: &LockedList<'_>, by: i64) -> Statement {
    let mut update = Query::update();
    update
        .table(record_list::Entity)
        .value(
            record_list::Column::RecordsCount,
            Expr::col(record_list::Column::RecordsCount).add(by),
        )
        .and_where(record_list::Column::Id.eq(lock.id().0));
    StatementBuilder::build(&update, &lock.backend())
}

/// Marks the list as deleted, which hides it from everyone.
pub fn mark_deleted(lock: &LockedList<'_>, at: DateTime<Utc>) -> Statement {
    let mut update = Query::update();
    update
        .table(record_list::Entity)
        .value(record_list::Column::DeletedAt, at)
        .and_where(record_list::Column::Id.eq(lock.id().0));
    StatementBuilder::build(&update, &lock.backend())
}

/// Finds deleted lists that still have rows. Returns up to 16 rows of `id`, `account_id`, in order of deletion.
pub fn find_deleted_lists(backend: DbBackend) -> Statement {
    record_list::Entity::find()
        .select_only()
        .column(record_list::Column::Id)
        .column(record_list::Column::AccountId)
        .filter(record_list::Column::DeletedAt.is_not_null())
        .order_by_asc(record_list::Column::DeletedAt)
        .limit(16)
        .build(backend)
}

/// Deletes the row of a deleted list. Its records must already be deleted.
pub fn purge_list(lock: &LockedList<'_>) -> Statement {
    record_list::Entity::delete_many()
        .filter(record_list::Column::Id.eq(lock.id().0))
        .filter(record_list::Column::DeletedAt.is_not_null())
        .build(lock.backend())
}
