//! The statements on lists, one function each, so that their plans can be shown for what is really run.

use entity::record_list;
use sea_orm::{
    ColumnTrait, ExprTrait, Statement, StatementBuilder,
    sea_query::{Expr, Query},
};

use crate::store::writes::lock::ListLock;

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
