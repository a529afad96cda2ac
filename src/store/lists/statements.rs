//! The statements on lists, one function each, so that their plans can be shown for what is really run.

use entity::record_list;
use sea_orm::{
    ColumnTrait, DbBackend, EntityTrait, ExprTrait, QueryFilter, QuerySelect, QueryTrait,
    Statement, StatementBuilder,
    sea_query::{Expr, LockType, Query},
};

use crate::{domain::RecordListId, store::ListKey};

/// Reads the list's row and, on PostgreSQL, locks it against every other writer of the list until the end of the
/// transaction.
///
/// A statement of its own: a statement that waited for the lock would go on with the snapshot from before the
/// wait and miss what the other writer committed.
pub fn lock_list(backend: DbBackend, list: &ListKey) -> Statement {
    let mut select = record_list::Entity::find_by_id(list.id.0)
        .filter(record_list::Column::AccountId.eq(list.account.as_str()));
    if backend == DbBackend::Postgres {
        // SQLite has one writer, which holds the lock of the whole database since BEGIN IMMEDIATE.
        select = select.lock(LockType::NoKeyUpdate);
    }
    select.build(backend)
}

/// Adds to the list's count of records; the number may be negative.
pub fn adjust_records_count(backend: DbBackend, list: RecordListId, by: i64) -> Statement {
    let mut update = Query::update();
    update
        .table(record_list::Entity)
        .value(
            record_list::Column::RecordsCount,
            Expr::col(record_list::Column::RecordsCount).add(by),
        )
        .and_where(record_list::Column::Id.eq(list.0));
    StatementBuilder::build(&update, &backend)
}
