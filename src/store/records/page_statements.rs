//! The SQL statements that read pages of records. Each has its own function, so that tests can check its query plan.

use entity::{record, record_phone};
use sea_orm::{
    ColumnTrait, DbBackend, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select, Statement,
    sea_query::Expr,
};

use crate::domain::{Paging, Position, RecordFilter, RecordListId};

/// The rows of the page and one more, which shows whether there is a next page.
pub fn page_of_records(backend: DbBackend, list: RecordListId, filter: &RecordFilter, paging: Paging) -> Statement {
    let select = filtered(list, filter)
        .order_by_asc(record::Column::Id)
        .limit(paging.per_page + 1);
    match paging.position {
        Position::After(cursor) => select.filter(record::Column::Id.gt(cursor.after)),
        Position::Page(_) => select.offset(paging.offset()),
    }
    .build(backend)
}

/// The number of records that match the filter.
pub fn count_records(backend: DbBackend, list: RecordListId, filter: &RecordFilter) -> Statement {
    filtered(list, filter)
        .select_only()
        .column_as(Expr::cust("COUNT(*)"), "count")
        .build(backend)
}

/// The records of the list that match the filter.
fn filtered(list: RecordListId, filter: &RecordFilter) -> Select<record::Entity> {
    let all = record::Entity::find().filter(record::Column::RecordListId.eq(list.0));
    match filter {
        RecordFilter::All => all,
        RecordFilter::PhoneNumber(None) => all.filter(Expr::value(false)),
        RecordFilter::PhoneNumber(Some(number)) => {
            let owners = record_phone::Entity::find()
                .select_only()
                .column(record_phone::Column::RecordId)
                .filter(record_phone::Column::RecordListId.eq(list.0))
                .filter(record_phone::Column::PhoneNumber.eq(number.as_str()));
            all.filter(record::Column::Id.in_subquery(owners.into_query()))
        }
        // A subquery, not conditions: SQLite would read the whole list in the order of the page and compare each pair.
        RecordFilter::External(reference) => {
            let owners = record::Entity::find()
                .select_only()
                .column(record::Column::Id)
                .filter(record::Column::RecordListId.eq(list.0))
                .filter(record::Column::ExternalProvider.eq(reference.provider.as_str()))
                .filter(record::Column::ExternalId.eq(reference.id.as_str()));
            all.filter(record::Column::Id.in_subquery(owners.into_query()))
        }
    }
}
