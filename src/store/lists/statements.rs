//! The SQL statements on lists. Each has its own function, so that tests can check the query plan of exactly what runs.

use chrono::{DateTime, Utc};
use entity::record_list;
use sea_orm::{
    ColumnTrait, DbBackend, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Statement,
    StatementBuilder,
    sea_query::{Expr, OnConflict, Query},
};
use uuid::Uuid;

use crate::{
    domain::{AccountId, ListName},
    store::writes::lock::LockedList,
};

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

/// Counts the account's lists, without deleted ones.
pub fn count_lists(backend: DbBackend, account: &AccountId) -> Statement {
    let sql = "SELECT count(*) FROM record_list WHERE account_id = $1 AND deleted_at IS NULL";
    Statement::from_sql_and_values(backend, sql, [account.as_str().into()])
}

/// Reads the list's row. Returns the columns in the order of the entity.
pub fn read_list(lock: &LockedList<'_>) -> Statement {
    record_list::Entity::find_by_id(lock.id().0).build(lock.backend())
}

/// Gives the list another name.
pub fn rename_list(lock: &LockedList<'_>, name: &ListName, at: DateTime<Utc>) -> Statement {
    record_list::Entity::update_many()
        .col_expr(record_list::Column::Name, Expr::value(name.as_str()))
        .col_expr(record_list::Column::UpdatedAt, Expr::value(at))
        .filter(record_list::Column::Id.eq(lock.id().0))
        .build(lock.backend())
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

/// Finds the next lists of all accounts, in order of their ids. Returns up to 200 rows of `id`, `account_id`,
/// `deletions_count`, `is_purged`.
pub fn find_lists_after(backend: DbBackend, after: Uuid) -> Statement {
    use record_list::Column;
    record_list::Entity::find()
        .select_only()
        .columns([Column::Id, Column::AccountId, Column::DeletionsCount])
        .column_as(Column::PurgedAt.is_not_null(), "is_purged")
        .filter(Column::Id.gt(after))
        .order_by_asc(Column::Id)
        .limit(200)
        .build(backend)
}

/// Deletes the row of a purged list that has no deletions any more.
pub fn delete_purged_list(lock: &LockedList<'_>) -> Statement {
    record_list::Entity::delete_many()
        .filter(record_list::Column::Id.eq(lock.id().0))
        .filter(record_list::Column::PurgedAt.is_not_null())
        .filter(record_list::Column::DeletionsCount.eq(0))
        .build(lock.backend())
}
