//! The SQL statements that read pages of records. Each has its own function, so that tests can check its query plan.

use entity::{record, record_phone};
use sea_orm::{
    ColumnTrait, DbBackend, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select, Statement,
    sea_query::{Expr, SelectStatement, UnionType},
};

use super::LookupIndex;
use crate::domain::{
    ExternalReference, Paging, PhoneNumber, Position, RecordFilter, RecordListId, UniqueIdentifierType,
};

/// The rows of the page and one more, which shows whether there is a next page.
pub fn page_of_records(
    backend: DbBackend,
    list: RecordListId,
    identified_by: UniqueIdentifierType,
    filter: &RecordFilter,
    paging: Paging,
) -> Statement {
    let select = filtered(list, identified_by, filter)
        .order_by_asc(record::Column::Id)
        .limit(paging.per_page + 1);
    match paging.position {
        Position::After(cursor) => select.filter(record::Column::Id.gt(cursor.after)),
        Position::Page(_) => select.offset(paging.offset()),
    }
    .build(backend)
}

/// The number of records that match the filter.
pub fn count_records(
    backend: DbBackend,
    list: RecordListId,
    identified_by: UniqueIdentifierType,
    filter: &RecordFilter,
) -> Statement {
    filtered(list, identified_by, filter)
        .select_only()
        .column_as(Expr::cust("COUNT(*)"), "count")
        .build(backend)
}

/// The records of the list that match the filter, found by a subquery: with conditions instead, SQLite would read the
/// whole list in the order of the page and compare each record.
fn filtered(list: RecordListId, identified_by: UniqueIdentifierType, filter: &RecordFilter) -> Select<record::Entity> {
    let all = of_list(list);
    match filter {
        RecordFilter::All => all,
        RecordFilter::PhoneNumber(None) => all.filter(Expr::value(false)),
        RecordFilter::PhoneNumber(Some(number)) => {
            let index = LookupIndex::of_phone_numbers(identified_by);
            all.filter(record::Column::Id.in_subquery(with_number(list, index, number)))
        }
        RecordFilter::External(reference) => {
            let index = LookupIndex::of_external_references(identified_by);
            all.filter(record::Column::Id.in_subquery(with_reference(list, index, reference)))
        }
    }
}

fn of_list(list: RecordListId) -> Select<record::Entity> {
    record::Entity::find().filter(record::Column::RecordListId.eq(list.0))
}

/// The ids of the records with the number, as the first one or as a further one.
fn with_number(list: RecordListId, index: LookupIndex, number: &PhoneNumber) -> SelectStatement {
    let further = record_phone::Entity::find()
        .select_only()
        .column(record_phone::Column::RecordId)
        .filter(record_phone::Column::RecordListId.eq(list.0))
        .filter(record_phone::Column::PhoneNumber.eq(number.as_str()))
        .filter(index.condition(record_phone::Column::PhoneNumberIsUnique))
        .into_query();
    of_list(list)
        .select_only()
        .column(record::Column::Id)
        .filter(record::Column::PhoneNumber.eq(number.as_str()))
        .filter(index.condition(record::Column::PhoneNumberIsUnique))
        .into_query()
        .union(UnionType::All, further)
        .to_owned()
}

fn with_reference(list: RecordListId, index: LookupIndex, reference: &ExternalReference) -> SelectStatement {
    of_list(list)
        .select_only()
        .column(record::Column::Id)
        .filter(record::Column::ExternalProvider.eq(reference.provider.as_str()))
        .filter(record::Column::ExternalId.eq(reference.id.as_str()))
        .filter(index.condition(record::Column::ExternalIsUnique))
        .into_query()
}
