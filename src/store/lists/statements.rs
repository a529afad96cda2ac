//! The statements on lists, one function each, so that their plans can be shown for what is really run.

use entity::record_list;
use sea_orm::{
    ColumnTrait, DbBackend, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait, Statement, StatementBuilder,
    sea_query::{Expr, LockBehavior, LockType, Query},
};

use crate::{domain::RecordListId, store::writes::lock::LockedList};

/// Adds to the list's count of records; the number may be negative.
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

/// Whether a deleted list still has a row: a row of `id`, or none.
pub fn find_deleted_list(backend: DbBackend) -> Statement {
    record_list::Entity::find()
        .select_only()
        .column(record_list::Column::Id)
        .filter(record_list::Column::DeletedAt.is_not_null())
        .limit(1)
        .build(backend)
}

/// Locks the deleted list that was deleted first, of those that no other process has locked; or just this one. A row of
/// `id`, or none.
pub fn lock_deleted_list(backend: DbBackend, list: Option<RecordListId>) -> Statement {
    let mut select = record_list::Entity::find()
        .select_only()
        .column(record_list::Column::Id)
        .filter(record_list::Column::DeletedAt.is_not_null())
        .apply_if(list, |lists, list| {
            lists.filter(record_list::Column::Id.eq(list.0))
        })
        .order_by_asc(record_list::Column::DeletedAt)
        .limit(1);
    if backend == DbBackend::Postgres {
        select = select.lock_with_behavior(LockType::Update, LockBehavior::SkipLocked);
    }
    select.build(backend)
}

/// What a transaction of a purge sets on PostgreSQL, so that a step is read in the order of the key: a bitmap of the whole
/// list would have to be sorted for it.
pub const IN_ORDER: &str = "SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off";

/// Deletes up to 1,000 numbers of a deleted list: those up to the thousandth in the order of the key.
///
/// With [`IN_ORDER`] a range of the key is read and deleted by the key whatever PostgreSQL knows of the list; a join with the
/// rows is planned by how many it believes there are. The limit is part of the text, for one that is bound counts as a part
/// of the table.
pub fn purge_phone_numbers(backend: DbBackend, list: RecordListId) -> Statement {
    let sql = "DELETE FROM record_phone WHERE record_list_id = $1 AND (phone_number, record_id, phone_type) <= \
               (SELECT phone_number, record_id, phone_type FROM (SELECT phone_number, record_id, phone_type \
               FROM record_phone WHERE record_list_id = $1 ORDER BY phone_number, record_id, phone_type LIMIT 1000) \
               AS step ORDER BY phone_number DESC, record_id DESC, phone_type DESC LIMIT 1)";
    Statement::from_sql_and_values(backend, sql, [list.0.into()])
}

/// Deletes up to 1,000 records of a deleted list, whose numbers are gone, in the same way.
pub fn purge_records(backend: DbBackend, list: RecordListId) -> Statement {
    let sql = "DELETE FROM record WHERE record_list_id = $1 AND id <= \
               (SELECT id FROM (SELECT id FROM record WHERE record_list_id = $1 ORDER BY id LIMIT 1000) AS step \
               ORDER BY id DESC LIMIT 1)";
    Statement::from_sql_and_values(backend, sql, [list.0.into()])
}

/// Deletes the row of a deleted list, whose records are gone.
pub fn purge_list(backend: DbBackend, list: RecordListId) -> Statement {
    record_list::Entity::delete_many()
        .filter(record_list::Column::Id.eq(list.0))
        .filter(record_list::Column::DeletedAt.is_not_null())
        .build(backend)
}
