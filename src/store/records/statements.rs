//! The SQL statements of the hot path. Each has its own function, so that tests can check the query plan of exactly
//! what runs.
//!
//! Many keys are bound as one array (PostgreSQL) or one JSON text (SQLite), never as one placeholder each. A statement
//! therefore has the same text for any number of keys, and stays in the statement caches.

use entity::{record, record_phone};
use sea_orm::{
    ColumnTrait, DbBackend, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Statement, StatementBuilder,
    sea_query::Query,
};
use uuid::Uuid;

use crate::{
    domain::{ExternalReference, PhoneNumber, RecordId, RecordListId},
    store::{
        bind::{all_hexadecimal, among_ids, among_texts, json_text},
        writes::lock::LockedList,
    },
};

/// Finds which ids exist. Returns rows of `record_list_id`, `id`.
pub fn resolve_ids(backend: DbBackend, list: RecordListId, ids: &[RecordId]) -> Statement {
    record::Entity::find()
        .select_only()
        .column(record::Column::RecordListId)
        .column(record::Column::Id)
        .filter(record::Column::RecordListId.eq(list.0))
        .filter(among_ids(backend, record::Column::Id, ids))
        .build(backend)
}

/// Finds the records with the phone numbers. Returns rows of `record_list_id`, `phone_number`, `record_id`.
pub fn resolve_phone_numbers(backend: DbBackend, list: RecordListId, numbers: &[&PhoneNumber]) -> Statement {
    let numbers = numbers.iter().map(|number| number.as_str()).collect();
    record_phone::Entity::find()
        .select_only()
        .column(record_phone::Column::RecordListId)
        .column(record_phone::Column::PhoneNumber)
        .column(record_phone::Column::RecordId)
        .filter(record_phone::Column::RecordListId.eq(list.0))
        .filter(among_texts(backend, record_phone::Column::PhoneNumber, numbers))
        .build(backend)
}

/// Finds the records with the external references. Returns rows of `record_list_id`, `external_provider`,
/// `external_id`, `id`.
pub fn resolve_external_references(
    backend: DbBackend,
    list: RecordListId,
    references: &[&ExternalReference],
) -> Statement {
    // Pairs cannot be bound as one array of rows, and a plain join may be planned as a scan of the list. OFFSET 0 and
    // CROSS JOIN prevent that, so that each pair is one seek.
    match backend {
        DbBackend::Postgres => {
            let (providers, ids): (Vec<String>, Vec<String>) = references
                .iter()
                .map(|reference| (reference.provider.as_str().to_owned(), reference.id.as_str().to_owned()))
                .unzip();
            Statement::from_sql_and_values(
                backend,
                "SELECT $1, found.external_provider, found.external_id, found.id \
                 FROM unnest($2::text[], $3::text[]) AS wanted(provider, id) \
                 CROSS JOIN LATERAL (SELECT external_provider, external_id, id FROM record \
                 WHERE record_list_id = $1 AND external_provider = wanted.provider \
                 AND external_id = wanted.id OFFSET 0) AS found",
                [list.0.into(), providers.into(), ids.into()],
            )
        }
        _ => {
            let pairs = references
                .iter()
                .map(|reference| [reference.provider.as_str(), reference.id.as_str()]);
            Statement::from_sql_and_values(
                backend,
                "SELECT ?1, record.external_provider, record.external_id, record.id \
                 FROM json_each(?2) AS wanted \
                 CROSS JOIN record ON record.record_list_id = ?1 \
                 AND record.external_provider = wanted.value ->> 0 \
                 AND record.external_id = wanted.value ->> 1",
                [list.0.into(), json_text(pairs).into()],
            )
        }
    }
}

/// Reads the phone numbers of records. Returns rows of `record_id`, `phone_number`, `phone_type`, ordered by record and
/// by position within it.
pub fn phone_numbers_of(backend: DbBackend, list: RecordListId, ids: &[RecordId]) -> Statement {
    record_phone::Entity::find()
        .select_only()
        .column(record_phone::Column::RecordId)
        .column(record_phone::Column::PhoneNumber)
        .column(record_phone::Column::PhoneType)
        .filter(record_phone::Column::RecordListId.eq(list.0))
        .filter(among_ids(backend, record_phone::Column::RecordId, ids))
        .order_by_asc(record_phone::Column::RecordId)
        .order_by_asc(record_phone::Column::Position)
        .build(backend)
}

/// Settings for a PostgreSQL transaction that runs [`ids_after`]. They force a read in key order that stops at the
/// limit, whatever the statistics say. PostgreSQL might otherwise sort all rows of the list.
pub const IN_ORDER: &str =
    "SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_sort = off";

/// Finds the records after `after` in key order. Returns up to `limit` rows of `id`.
///
/// The limit is part of the text: for a bound limit, the planner assumes a fraction of the table.
pub fn ids_after(lock: &LockedList<'_>, after: Option<RecordId>, limit: usize) -> Statement {
    let (condition, mut values) = ("record_list_id = $1", vec![lock.id().0.into()]);
    let condition = match after {
        Some(after) => {
            values.push(after.0.into());
            format!("{condition} AND id > $2")
        }
        None => condition.to_owned(),
    };
    let sql = format!("SELECT id FROM record WHERE {condition} ORDER BY id LIMIT {limit}");
    Statement::from_sql_and_values(lock.backend(), sql, values)
}

/// Deletes the records from `first` to `last`, both included, in key order. Their phone numbers must already be
/// deleted.
///
/// A range, not a list of ids: if PostgreSQL assumes that the list has few records, it would read all of them instead
/// of looking up each id.
pub fn delete_records_between(lock: &LockedList<'_>, first: RecordId, last: RecordId) -> Statement {
    Statement::from_sql_and_values(
        lock.backend(),
        "DELETE FROM record WHERE record_list_id = $1 AND id >= $2 AND id <= $3",
        [lock.id().0.into(), first.0.into(), last.0.into()],
    )
}

/// Deletes the phone numbers of the records from `first` to `last`, both included.
pub fn delete_phone_numbers_between(lock: &LockedList<'_>, first: RecordId, last: RecordId) -> Statement {
    let sql = match lock.backend() {
        DbBackend::Sqlite => {
            "DELETE FROM record_phone INDEXED BY record_phone_record \
             WHERE record_list_id = $1 AND record_id >= $2 AND record_id <= $3"
        }
        _ => "DELETE FROM record_phone WHERE record_list_id = $1 AND record_id >= $2 AND record_id <= $3",
    };
    let values = [lock.id().0.into(), first.0.into(), last.0.into()];
    Statement::from_sql_and_values(lock.backend(), sql, values)
}

/// Deletes records. Returns rows of `record_list_id`, `id` for the deleted ones. On PostgreSQL their phone numbers are
/// deleted in the same round trip; on SQLite, [`delete_phone_numbers`] does that.
pub fn delete_records(lock: &LockedList<'_>, ids: &[RecordId]) -> Statement {
    let (backend, list) = (lock.backend(), lock.id());
    match backend {
        DbBackend::Postgres => {
            let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
            Statement::from_sql_and_values(
                backend,
                "WITH numbers AS (DELETE FROM record_phone WHERE record_list_id = $1 AND record_id = ANY($2)) \
                 DELETE FROM record WHERE record_list_id = $1 AND id = ANY($2) RETURNING record_list_id, id",
                [list.0.into(), ids.into()],
            )
        }
        _ => {
            let mut delete = record::Entity::delete_many()
                .filter(record::Column::RecordListId.eq(list.0))
                .filter(among_ids(backend, record::Column::Id, ids))
                .into_query();
            delete.returning(Query::returning().columns([record::Column::RecordListId, record::Column::Id]));
            StatementBuilder::build(&delete, &backend)
        }
    }
}

/// Deletes the phone numbers of records; SQLite only.
pub fn delete_phone_numbers(lock: &LockedList<'_>, ids: &[RecordId]) -> Statement {
    // Without INDEXED BY, the planner reads all numbers of the list by the primary key.
    Statement::from_sql_and_values(
        DbBackend::Sqlite,
        "DELETE FROM record_phone INDEXED BY record_phone_record WHERE record_list_id = ?1 \
         AND record_id IN (SELECT unhex(value) FROM json_each(?2))",
        [lock.id().0.into(), all_hexadecimal(ids).into()],
    )
}
