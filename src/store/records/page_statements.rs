//! The SQL statements that read pages of records. Each has its own function, so that tests can check its query plan.

use entity::record;
use sea_orm::{
    ColumnTrait, DbBackend, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Statement, Value,
};

use super::LookupIndex;
use crate::domain::{Paging, Position, RecordFilter, RecordListId, UniqueIdentifierType};

/// The rows of the page and one more, which shows whether there is a next page.
pub fn page_of_records(
    backend: DbBackend,
    list: RecordListId,
    identified_by: UniqueIdentifierType,
    filter: &RecordFilter,
    paging: Paging,
) -> Statement {
    match Matches::of(list, identified_by, filter) {
        Some(matches) => matches.page(backend, paging),
        None => page_of_all(backend, list, paging),
    }
}

/// The number of records that match the filter.
pub fn count_records(
    backend: DbBackend,
    list: RecordListId,
    identified_by: UniqueIdentifierType,
    filter: &RecordFilter,
) -> Statement {
    match Matches::of(list, identified_by, filter) {
        Some(Matches { ids, values }) => {
            let sql = format!("SELECT COUNT(*) FROM ({ids}) AS matches");
            Statement::from_sql_and_values(backend, sql, values)
        }
        None => {
            let sql = "SELECT COUNT(*) FROM record WHERE record_list_id = $1";
            Statement::from_sql_and_values(backend, sql, [list.0.into()])
        }
    }
}

fn page_of_all(backend: DbBackend, list: RecordListId, paging: Paging) -> Statement {
    let select = record::Entity::find()
        .filter(record::Column::RecordListId.eq(list.0))
        .order_by_asc(record::Column::Id)
        .limit(paging.per_page + 1);
    match paging.position {
        Position::After(cursor) => select.filter(record::Column::Id.gt(cursor.after)),
        Position::Page(_) => select.offset(paging.offset()),
    }
    .build(backend)
}

/// The records of a list that match a filter, found by an index.
struct Matches {
    /// Selects the ids of the records, each once. The first value is the list's id.
    ids: String,
    values: Vec<Value>,
}

impl Matches {
    /// `None` if the filter matches all records.
    fn of(list: RecordListId, identified_by: UniqueIdentifierType, filter: &RecordFilter) -> Option<Self> {
        let list = Value::from(list.0);
        match filter {
            RecordFilter::All => None,
            RecordFilter::PhoneNumber(None) => Some(Self {
                ids: "SELECT id FROM record WHERE record_list_id = $1 AND 1 = 0".to_owned(),
                values: vec![list],
            }),
            RecordFilter::PhoneNumber(Some(number)) => {
                let is_in_index = LookupIndex::of_phone_numbers(identified_by).number_condition();
                let ids = format!(
                    "SELECT id FROM record WHERE record_list_id = $1 AND phone_number = $2 AND {is_in_index} \
                     UNION ALL SELECT record_id FROM record_phone WHERE record_list_id = $1 AND phone_number = $2 \
                     AND {is_in_index}"
                );
                Some(Self {
                    ids,
                    values: vec![list, number.as_str().into()],
                })
            }
            RecordFilter::External(reference) => {
                let is_in_index = LookupIndex::of_external_references(identified_by).external_condition();
                let ids = format!(
                    "SELECT id FROM record WHERE record_list_id = $1 AND external_provider = $2 AND external_id = $3 \
                     AND {is_in_index}"
                );
                let (provider, id) = (reference.provider.as_str(), reference.id.as_str());
                Some(Self {
                    ids,
                    values: vec![list, provider.into(), id.into()],
                })
            }
        }
    }

    /// Cuts the page out of the ids, and seeks its records. `OFFSET 0` on PostgreSQL, and `CROSS JOIN` on SQLite, keep the
    /// planners from reading the whole list in the order of the page instead.
    fn page(self, backend: DbBackend, paging: Paging) -> Statement {
        let Self { ids, mut values } = self;
        let mut bind = |value: Value| {
            values.push(value);
            format!("${}", values.len())
        };
        let after = match paging.position {
            Position::After(cursor) => format!("WHERE id > {}", bind(cursor.after.into())),
            Position::Page(_) => String::new(),
        };
        let limit = bind((paging.per_page + 1).into());
        let offset = bind(match paging.position {
            Position::After(_) => 0_u64.into(),
            Position::Page(_) => paging.offset().into(),
        });
        let ids = match backend {
            DbBackend::Postgres => format!("{ids} OFFSET 0"),
            _ => ids,
        };
        let page = format!(
            "(SELECT id FROM ({ids}) AS matches {after} ORDER BY id LIMIT {limit} OFFSET {offset}) AS page CROSS JOIN"
        );
        let sql = match backend {
            DbBackend::Postgres => format!(
                "SELECT found.* FROM {page} LATERAL \
                 (SELECT * FROM record WHERE record_list_id = $1 AND id = page.id OFFSET 0) AS found ORDER BY found.id"
            ),
            _ => format!(
                "SELECT record.* FROM {page} record ON record.record_list_id = $1 AND record.id = page.id \
                 ORDER BY record.id"
            ),
        };
        Statement::from_sql_and_values(backend, sql, values)
    }
}
