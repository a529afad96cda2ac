//! The SQL statements that create records. Each has its own function, so that tests can check its query plan.
//!
//! On PostgreSQL each column is bound as one array, so a statement has the same text for any number of rows. The list's
//! row is part of the source: it tells a distributed database that all rows belong to one list. On SQLite a statement
//! inserts one row and runs in a loop.

use std::sync::LazyLock;

use entity::{record, record_phone};
use sea_orm::{ActiveEnum, DbBackend, EntityTrait, IdenStatic, Iterable, ModelTrait, Statement, Value};

use crate::store::writes::lock::LockedList;

/// Inserts records of the list on PostgreSQL.
pub fn insert_records(lock: &LockedList<'_>, rows: &[record::Model]) -> Statement {
    // The driver cannot bind an array with nulls. An empty text, which these columns never contain, stands for one.
    let sql = "INSERT INTO record (record_list_id, id, first_name, last_name, phone_number, phone_type, \
         further_phone_numbers, timezone, priority, extra_data, external_provider, external_id, external_url, \
         sync_external_id, upload_request_id, phone_number_is_unique, external_is_unique, created_at, \
         updated_at) \
         SELECT l.id, r.id, r.first_name, r.last_name, r.phone_number, r.phone_type, NULLIF(r.further, ''), \
         NULLIF(r.timezone, ''), r.priority, r.extra_data, NULLIF(r.external_provider, ''), \
         NULLIF(r.external_id, ''), NULLIF(r.external_url, ''), r.sync_external_id, NULLIF(r.upload_request, ''), \
         $2, $3, r.created_at, r.updated_at \
         FROM record_list l, unnest($4::uuid[], $5::text[], $6::text[], $7::text[], $8::text[], \
         $9::text[], $10::text[], $11::smallint[], $12::text[], $13::text[], $14::text[], $15::text[], \
         $16::boolean[], $17::text[], $18::timestamptz[], $19::timestamptz[]) \
         AS r(id, first_name, last_name, phone_number, phone_type, further, timezone, priority, extra_data, \
         external_provider, external_id, external_url, sync_external_id, upload_request, created_at, updated_at) \
         WHERE l.id = $1";
    let first = rows.first();
    let values = [
        lock.id().0.into(),
        first.map(|row| row.phone_number_is_unique).into(),
        first.map(|row| row.external_is_unique).into(),
        array(rows, |row| row.id),
        array(rows, |row| row.first_name.clone()),
        array(rows, |row| row.last_name.clone()),
        array(rows, |row| row.phone_number.clone()),
        array(rows, |row| row.phone_type.to_value()),
        array(rows, |row| row.further_phone_numbers.clone().unwrap_or_default()),
        array(rows, |row| row.timezone.clone().unwrap_or_default()),
        array(rows, |row| row.priority),
        array(rows, |row| row.extra_data.clone()),
        array(rows, |row| row.external_provider.clone().unwrap_or_default()),
        array(rows, |row| row.external_id.clone().unwrap_or_default()),
        array(rows, |row| row.external_url.clone().unwrap_or_default()),
        array(rows, |row| row.sync_external_id),
        array(rows, |row| row.upload_request_id.clone().unwrap_or_default()),
        array(rows, |row| row.created_at),
        array(rows, |row| row.updated_at),
    ];
    Statement::from_sql_and_values(DbBackend::Postgres, sql, values)
}

/// Inserts the further phone numbers of records of the list on PostgreSQL.
pub fn insert_further_numbers(lock: &LockedList<'_>, rows: &[record_phone::Model]) -> Statement {
    let sql = "INSERT INTO record_phone (record_list_id, record_id, phone_number, phone_number_is_unique) \
         SELECT l.id, n.record_id, n.phone_number, $2 \
         FROM record_list l, unnest($3::uuid[], $4::text[]) AS n(record_id, phone_number) WHERE l.id = $1";
    let values = [
        lock.id().0.into(),
        rows.first().map(|row| row.phone_number_is_unique).into(),
        array(rows, |row| row.record_id),
        array(rows, |row| row.phone_number.clone()),
    ];
    Statement::from_sql_and_values(DbBackend::Postgres, sql, values)
}

/// Inserts a record on SQLite.
pub static INSERT_RECORD: LazyLock<String> = LazyLock::new(insert_one::<record::Entity>);

/// Inserts a further phone number on SQLite.
pub static INSERT_FURTHER_NUMBER: LazyLock<String> = LazyLock::new(insert_one::<record_phone::Entity>);

/// The text that inserts one row, with a value for each column in the order of [`values`].
fn insert_one<E: EntityTrait>() -> String {
    let columns: Vec<String> = E::Column::iter().map(|column| column.as_str().to_owned()).collect();
    let places: Vec<String> = (1..=columns.len()).map(|place| format!("?{place}")).collect();
    let table = E::default();
    format!(
        "INSERT INTO {} ({}) VALUES ({})",
        table.table_name(),
        columns.join(", "),
        places.join(", ")
    )
}

/// The values of a row.
pub fn values<M: ModelTrait>(row: &M) -> Vec<Value> {
    <M::Entity as EntityTrait>::Column::iter()
        .map(|column| row.get(column))
        .collect()
}

/// One column of the rows.
pub(super) fn array<M, T>(rows: &[M], column: impl Fn(&M) -> T) -> Value
where
    Vec<T>: Into<Value>,
{
    rows.iter().map(column).collect::<Vec<T>>().into()
}
