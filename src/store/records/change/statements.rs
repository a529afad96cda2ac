//! The SQL statements that change records. Each has its own function, so that tests can check its query plan.

use std::sync::LazyLock;

use entity::record::{self, Column};
use sea_orm::{ActiveEnum, DbBackend, IdenStatic, Iterable, Statement, Value};

use crate::{
    domain::{ExternalReference, RecordId},
    store::{
        records::{LookupIndex, insert_statements::array},
        writes::lock::LockedList,
    },
};

/// Reads records on PostgreSQL. Returns the columns in the order of the entity.
pub fn read_records(lock: &LockedList<'_>, ids: &[RecordId]) -> Statement {
    let sql = format!(
        "SELECT found.* FROM unnest($2::uuid[]) AS wanted(id) CROSS JOIN LATERAL \
         (SELECT {} FROM record WHERE record_list_id = $1 AND id = wanted.id OFFSET 0) AS found",
        *COLUMNS
    );
    let ids: Vec<_> = ids.iter().map(|id| id.0).collect();
    Statement::from_sql_and_values(DbBackend::Postgres, sql, [lock.id().0.into(), ids.into()])
}

/// Reads one record. Returns the columns in the order of the entity.
pub fn read_record(lock: &LockedList<'_>, id: RecordId) -> Statement {
    let sql = format!("SELECT {} FROM record WHERE record_list_id = $1 AND id = $2", *COLUMNS);
    Statement::from_sql_and_values(lock.backend(), sql, [lock.id().0.into(), id.0.into()])
}

/// How many records with a reference are looked for: more than a request has items.
const FEW: usize = 102;

/// Finds the first records with each external reference, on PostgreSQL. Returns rows of `external_provider`,
/// `external_id`, `id`.
pub fn find_by_references(lock: &LockedList<'_>, index: LookupIndex, references: &[&ExternalReference]) -> Statement {
    let is_in_index = index.external_condition();
    let sql = format!(
        "SELECT wanted.provider, wanted.id, found.id FROM unnest($2::text[], $3::text[]) AS wanted(provider, id) \
         CROSS JOIN LATERAL (SELECT id FROM record WHERE record_list_id = $1 AND external_provider = wanted.provider \
         AND external_id = wanted.id AND {is_in_index} LIMIT {FEW}) AS found"
    );
    let providers = array(references, |reference| reference.provider.as_str().to_owned());
    let ids = array(references, |reference| reference.id.as_str().to_owned());
    Statement::from_sql_and_values(DbBackend::Postgres, sql, [lock.id().0.into(), providers, ids])
}

/// Finds the first records with an external reference. Returns rows of `id`.
pub fn find_by_reference(lock: &LockedList<'_>, index: LookupIndex, reference: &ExternalReference) -> Statement {
    let is_in_index = index.external_condition();
    let sql = format!(
        "SELECT id FROM record WHERE record_list_id = $1 AND external_provider = $2 AND external_id = $3 \
         AND {is_in_index} LIMIT {FEW}"
    );
    let values = [
        lock.id().0.into(),
        reference.provider.as_str().into(),
        reference.id.as_str().into(),
    ];
    Statement::from_sql_and_values(lock.backend(), sql, values)
}

/// The names of all columns.
static COLUMNS: LazyLock<String> = LazyLock::new(|| {
    let names: Vec<&str> = Column::iter().map(|column| column.as_str()).collect();
    names.join(", ")
});

/// Sets the columns that no index has, on PostgreSQL.
pub fn update_records(lock: &LockedList<'_>, rows: &[record::Model]) -> Statement {
    // The driver cannot bind an array with nulls. An empty text, which these columns never contain, stands for one.
    let sql = "UPDATE record SET first_name = r.first_name, last_name = r.last_name, phone_type = r.phone_type, \
         further_phone_numbers = NULLIF(r.further, ''), timezone = NULLIF(r.timezone, ''), priority = r.priority, \
         extra_data = r.extra_data, external_url = NULLIF(r.external_url, ''), \
         sync_external_id = r.sync_external_id, updated_at = r.updated_at \
         FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::smallint[], \
         $9::text[], $10::text[], $11::boolean[], $12::timestamptz[]) \
         AS r(id, first_name, last_name, phone_type, further, timezone, priority, extra_data, external_url, \
         sync_external_id, updated_at) WHERE record.record_list_id = $1 AND record.id = ANY($2) \
         AND record.id = r.id";
    let values = [
        lock.id().0.into(),
        array(rows, |row| row.id),
        array(rows, |row| row.first_name.clone()),
        array(rows, |row| row.last_name.clone()),
        array(rows, |row| row.phone_type.to_value()),
        array(rows, |row| row.further_phone_numbers.clone().unwrap_or_default()),
        array(rows, |row| row.timezone.clone().unwrap_or_default()),
        array(rows, |row| row.priority),
        array(rows, |row| row.extra_data.clone()),
        array(rows, |row| row.external_url.clone().unwrap_or_default()),
        array(rows, |row| row.sync_external_id),
        array(rows, |row| row.updated_at),
    ];
    Statement::from_sql_and_values(DbBackend::Postgres, sql, values)
}

/// Sets the columns of a record that no index has, on SQLite.
pub const UPDATE_RECORD: &str = "UPDATE record SET first_name = ?3, last_name = ?4, phone_type = ?5, \
     further_phone_numbers = ?6, timezone = ?7, priority = ?8, extra_data = ?9, external_url = ?10, \
     sync_external_id = ?11, updated_at = ?12 WHERE record_list_id = ?1 AND id = ?2";

/// The values for [`UPDATE_RECORD`].
pub fn values_to_set(row: &record::Model) -> Vec<Value> {
    vec![
        row.record_list_id.into(),
        row.id.into(),
        row.first_name.clone().into(),
        row.last_name.clone().into(),
        row.phone_type.to_value().into(),
        row.further_phone_numbers.clone().into(),
        row.timezone.clone().into(),
        row.priority.into(),
        row.extra_data.clone().into(),
        row.external_url.clone().into(),
        row.sync_external_id.into(),
        row.updated_at.into(),
    ]
}
