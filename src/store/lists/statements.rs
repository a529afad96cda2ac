//! The statements on lists, one function each, so that their plans can be shown for what is really run.

use entity::record_list;
use sea_orm::{
    ColumnTrait, DbBackend, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait, Statement, StatementBuilder,
    sea_query::{Expr, LockBehavior, LockType, Query},
};

use crate::{domain::RecordListId, store::writes::lock::ListLock};

/// Adds to the list's count of records; the number may be negative.
pub fn adjust_records_count(lock: &ListLock<'_>, by: i64) -> Statement {
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

/// The deleted list that still has a row and was deleted first: a row of `id`, or none.
pub fn find_deleted_list(backend: DbBackend) -> Statement {
    record_list::Entity::find()
        .select_only()
        .column(record_list::Column::Id)
        .filter(record_list::Column::DeletedAt.is_not_null())
        .order_by_asc(record_list::Column::DeletedAt)
        .limit(1)
        .build(backend)
}

/// Locks a deleted list against other processes that delete its rows: a row of `id`; none where another one has the lock
/// or the list has no row any more.
pub fn lock_deleted_list(backend: DbBackend, list: RecordListId) -> Statement {
    let mut select = record_list::Entity::find_by_id(list.0)
        .select_only()
        .column(record_list::Column::Id)
        .filter(record_list::Column::DeletedAt.is_not_null());
    if backend == DbBackend::Postgres {
        select = select.lock_with_behavior(LockType::Update, LockBehavior::SkipLocked);
    }
    select.build(backend)
}

/// Deletes up to 1,000 numbers of a deleted list. The limit is part of the text: PostgreSQL plans one that is bound as a
/// part of the whole table.
pub fn purge_phone_numbers(backend: DbBackend, list: RecordListId) -> Statement {
    let sql = match backend {
        DbBackend::Postgres => {
            "DELETE FROM record_phone USING (SELECT phone_number, record_id, phone_type FROM record_phone \
             WHERE record_list_id = $1 LIMIT 1000) AS doomed WHERE record_list_id = $1 \
             AND record_phone.phone_number = doomed.phone_number AND record_phone.record_id = doomed.record_id \
             AND record_phone.phone_type = doomed.phone_type"
        }
        _ => {
            "DELETE FROM record_phone WHERE (record_list_id, phone_number, record_id, phone_type) IN \
             (SELECT record_list_id, phone_number, record_id, phone_type FROM record_phone \
             WHERE record_list_id = ?1 LIMIT 1000)"
        }
    };
    Statement::from_sql_and_values(backend, sql, [list.0.into()])
}

/// Deletes up to 1,000 records of a deleted list, whose numbers are gone.
pub fn purge_records(backend: DbBackend, list: RecordListId) -> Statement {
    let sql = match backend {
        DbBackend::Postgres => {
            "DELETE FROM record USING (SELECT id FROM record WHERE record_list_id = $1 LIMIT 1000) AS doomed \
             WHERE record_list_id = $1 AND record.id = doomed.id"
        }
        _ => {
            "DELETE FROM record WHERE (record_list_id, id) IN \
             (SELECT record_list_id, id FROM record WHERE record_list_id = ?1 LIMIT 1000)"
        }
    };
    Statement::from_sql_and_values(backend, sql, [list.0.into()])
}

/// Deletes the row of a deleted list, whose records are gone.
pub fn purge_list(backend: DbBackend, list: RecordListId) -> Statement {
    record_list::Entity::delete_many()
        .filter(record_list::Column::Id.eq(list.0))
        .filter(record_list::Column::DeletedAt.is_not_null())
        .build(backend)
}
