//! The SQL statements on lists. Each has its own function, so that tests can check the query plan of exactly what runs.

use chrono::{DateTime, Utc};
use entity::record_list;
use sea_orm::{
    ColumnTrait, DbBackend, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Statement,
    StatementBuilder,
    sea_query::{Expr, OnConflict, Query},
};
use uuid::Uuid;

use crate::store::writes::lock::LockedList;

/// Creates the list. If the account had a list with this id, and that list is purged, its row becomes that of the new
/// list, which takes over its audit trail. No row is affected if there is another list with this id.
pub fn create_list(backend: DbBackend, row: record_list::Model) -> Statement {
    use record_list::Column;
    let is_purged = Expr::col((record_list::Entity, Column::PurgedAt)).is_not_null();
    let is_of_account = Expr::col((record_list::Entity, Column::AccountId)).eq(row.account_id.as_str());
    let revive = OnConflict::column(Column::Id)
        .update_columns([
            Column::Kind,
            Column::Name,
            Column::UniqueIdentifierType,
            Column::Status,
            Column::RecordsCount,
            Column::CreatedAt,
            Column::UpdatedAt,
            Column::DeletedAt,
            Column::PurgedAt,
        ])
        .action_and_where(is_purged.and(is_of_account))
        .to_owned();
    record_list::Entity::insert(record_list::ActiveModel::from(row))
        .on_conflict(revive)
        .build(backend)
}

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

/// Adds to the list's record count and to the count of its deletions; either number may be negative.
pub fn adjust_counts(lock: &LockedList<'_>, records: i64, deletions: i64) -> Statement {
    let mut update = Query::update();
    update
        .table(record_list::Entity)
        .value(
            record_list::Column::RecordsCount,
            Expr::col(record_list::Column::RecordsCount).add(records),
        )
        .value(
            record_list::Column::DeletionsCount,
            Expr::col(record_list::Column::DeletionsCount).add(deletions),
        )
        .and_where(record_list::Column::Id.eq(lock.id().0));
    StatementBuilder::build(&update, &lock.backend())
}

/// Marks the list as deleted, which hides it from everyone, and counts the entry of its audit trail that says so.
pub fn mark_deleted(lock: &LockedList<'_>, at: DateTime<Utc>) -> Statement {
    let mut update = Query::update();
    update
        .table(record_list::Entity)
        .value(record_list::Column::DeletedAt, at)
        .value(
            record_list::Column::DeletionsCount,
            Expr::col(record_list::Column::DeletionsCount).add(1),
        )
        .and_where(record_list::Column::Id.eq(lock.id().0));
    StatementBuilder::build(&update, &lock.backend())
}

/// Finds deleted lists that still have records. Returns up to 16 rows of `id`, `account_id`, in order of deletion.
pub fn find_deleted_lists(backend: DbBackend) -> Statement {
    record_list::Entity::find()
        .select_only()
        .column(record_list::Column::Id)
        .column(record_list::Column::AccountId)
        .filter(record_list::Column::DeletedAt.is_not_null())
        .filter(record_list::Column::PurgedAt.is_null())
        .order_by_asc(record_list::Column::DeletedAt)
        .limit(16)
        .build(backend)
}

/// Marks a deleted list as purged. Its records must already be deleted. The row stays for the count of its audit trail,
/// without the name.
pub fn mark_purged(lock: &LockedList<'_>, at: DateTime<Utc>) -> Statement {
    let mut update = Query::update();
    update
        .table(record_list::Entity)
        .value(record_list::Column::PurgedAt, at)
        .value(record_list::Column::Name, "")
        .value(record_list::Column::RecordsCount, 0)
        .and_where(record_list::Column::Id.eq(lock.id().0))
        .and_where(record_list::Column::DeletedAt.is_not_null());
    StatementBuilder::build(&update, &lock.backend())
}

/// Looks which of the next lists, in order of their ids, have deletions before the id `before`, or are purged and have
/// none at all. Returns up to 200 rows of `id`, `account_id`, `is_due`, in this order.
///
/// `OFFSET 0` makes PostgreSQL search the deletions of each list, instead of reading all deletions once. It needs the
/// settings of `IN_ORDER`, or else it may read the whole table in search of one deletion.
pub fn find_lists_with_expired_operations(backend: DbBackend, after: Uuid, before: Uuid) -> Statement {
    Statement::from_sql_and_values(
        backend,
        "SELECT list.id, list.account_id, (list.purged_at IS NOT NULL AND list.deletions_count = 0) OR \
         EXISTS (SELECT 1 FROM operation WHERE record_list_id = list.id AND operation.id < $1 LIMIT 1 OFFSET 0) \
         AS is_due FROM (SELECT id, account_id, purged_at, deletions_count FROM record_list WHERE id > $2 \
         ORDER BY id LIMIT 200) AS list ORDER BY list.id",
        [before.into(), after.into()],
    )
}

/// Deletes the row of a purged list that has no deletions any more.
pub fn delete_purged_list(lock: &LockedList<'_>) -> Statement {
    record_list::Entity::delete_many()
        .filter(record_list::Column::Id.eq(lock.id().0))
        .filter(record_list::Column::PurgedAt.is_not_null())
        .filter(record_list::Column::DeletionsCount.eq(0))
        .build(lock.backend())
}
