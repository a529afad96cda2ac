//! The SQL statements of the hot path. Each has its own function, so that tests can check the query plan of exactly
//! what runs.
//!
//! Many keys are bound as one array (PostgreSQL) or one JSON text (SQLite), never as one placeholder each. A statement
//! therefore has the same text for any number of keys, and stays in the statement caches.

use sea_orm::{DbBackend, Statement, Value};
use uuid::Uuid;

use super::LookupIndex;
pub use crate::store::engine::postgres::IN_ORDER;
use crate::{
    domain::{ExternalReference, PhoneNumber, RecordId, RecordListId},
    store::{
        bind::{all_hexadecimal, json_text},
        writes::lock::LockedList,
    },
};

/// Finds which ids exist. Returns rows of `record_list_id`, `id`.
pub fn resolve_ids(backend: DbBackend, list: RecordListId, ids: &[RecordId]) -> Statement {
    match backend {
        // Each id is one seek, as below. With `= ANY`, a list that is taken for a short one would be read whole.
        DbBackend::Postgres => Statement::from_sql_and_values(
            backend,
            "SELECT $1, found.id FROM unnest($2::uuid[]) AS wanted(id) CROSS JOIN LATERAL \
             (SELECT id FROM record WHERE record_list_id = $1 AND id = wanted.id OFFSET 0) AS found",
            [list.0.into(), ids.iter().map(|id| id.0).collect::<Vec<_>>().into()],
        ),
        _ => Statement::from_sql_and_values(
            backend,
            "SELECT record_list_id, id FROM record WHERE record_list_id = ?1 \
             AND id IN (SELECT unhex(value) FROM json_each(?2))",
            [list.0.into(), all_hexadecimal(ids).into()],
        ),
    }
}

/// Finds the records with the phone numbers, as the first one or as a further one. Returns rows of `record_list_id`,
/// `phone_number`, `record_id`, none of them twice.
pub fn resolve_phone_numbers(
    backend: DbBackend,
    list: RecordListId,
    index: LookupIndex,
    numbers: &[&PhoneNumber],
) -> Statement {
    let is_in_index = index.number_condition();
    let numbers = numbers.iter().map(|number| number.as_str());
    match backend {
        // Each number is one seek, as below. With `= ANY`, a list that is taken for a short one would be read whole.
        DbBackend::Postgres => Statement::from_sql_and_values(
            backend,
            format!(
                "SELECT $1, found.phone_number, found.id FROM unnest($2::text[]) AS wanted(number) \
                 CROSS JOIN LATERAL (SELECT phone_number, id FROM record \
                 WHERE record_list_id = $1 AND phone_number = wanted.number AND {is_in_index} \
                 UNION ALL SELECT phone_number, record_id FROM record_phone \
                 WHERE record_list_id = $1 AND phone_number = wanted.number AND {is_in_index} OFFSET 0) AS found"
            ),
            [list.0.into(), numbers.map(str::to_owned).collect::<Vec<_>>().into()],
        ),
        _ => Statement::from_sql_and_values(
            backend,
            format!(
                "SELECT record_list_id, phone_number, id FROM record WHERE record_list_id = ?1 \
                 AND phone_number IN (SELECT value FROM json_each(?2)) AND {is_in_index} \
                 UNION ALL SELECT record_list_id, phone_number, record_id FROM record_phone WHERE record_list_id = ?1 \
                 AND phone_number IN (SELECT value FROM json_each(?2)) AND {is_in_index}"
            ),
            [list.0.into(), json_text(numbers).into()],
        ),
    }
}

/// Finds the records with the external references. Returns rows of `record_list_id`, `external_provider`,
/// `external_id`, `id`.
pub fn resolve_external_references(
    backend: DbBackend,
    list: RecordListId,
    index: LookupIndex,
    references: &[&ExternalReference],
) -> Statement {
    let is_in_index = index.external_condition();
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
                format!(
                    "SELECT $1, found.external_provider, found.external_id, found.id \
                     FROM unnest($2::text[], $3::text[]) AS wanted(provider, id) \
                     CROSS JOIN LATERAL (SELECT external_provider, external_id, id FROM record \
                     WHERE record_list_id = $1 AND external_provider = wanted.provider \
                     AND external_id = wanted.id AND {is_in_index} OFFSET 0) AS found"
                ),
                [list.0.into(), providers.into(), ids.into()],
            )
        }
        _ => {
            let pairs = references
                .iter()
                .map(|reference| [reference.provider.as_str(), reference.id.as_str()]);
            Statement::from_sql_and_values(
                backend,
                format!(
                    "SELECT ?1, record.external_provider, record.external_id, record.id \
                     FROM json_each(?2) AS wanted \
                     CROSS JOIN record ON record.record_list_id = ?1 \
                     AND record.external_provider = wanted.value ->> 0 \
                     AND record.external_id = wanted.value ->> 1 AND {is_in_index}"
                ),
                [list.0.into(), json_text(pairs).into()],
            )
        }
    }
}

/// Finds the records after `after` in key order, with the settings of [`IN_ORDER`]. Returns up to `limit` rows of `id`.
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

/// Deletes the records from `first` to `last`, both included, in key order. Their further numbers must already
/// be deleted.
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

/// Deletes the further phone numbers of the records from `first` to `last`, both included.
pub fn delete_further_numbers_between(lock: &LockedList<'_>, first: RecordId, last: RecordId) -> Statement {
    Statement::from_sql_and_values(
        lock.backend(),
        "DELETE FROM record_phone WHERE record_list_id = $1 AND record_id >= $2 AND record_id <= $3",
        [lock.id().0.into(), first.0.into(), last.0.into()],
    )
}

/// Deletes records on PostgreSQL. Returns rows of `record_list_id`, `id` and whether the record had further phone
/// numbers, for the deleted ones. If any had, [`delete_further_numbers`] must follow.
pub fn delete_records(lock: &LockedList<'_>, ids: &[RecordId]) -> Statement {
    Statement::from_sql_and_values(
        DbBackend::Postgres,
        "DELETE FROM record WHERE record_list_id = $1 AND id = ANY($2) \
         RETURNING record_list_id, id, further_phone_numbers IS NOT NULL",
        [lock.id().0.into(), uuids(ids)],
    )
}

/// Deletes the further phone numbers of records on PostgreSQL.
pub fn delete_further_numbers(lock: &LockedList<'_>, ids: &[RecordId]) -> Statement {
    Statement::from_sql_and_values(
        DbBackend::Postgres,
        "DELETE FROM record_phone WHERE record_list_id = $1 AND record_id = ANY($2)",
        [lock.id().0.into(), uuids(ids)],
    )
}

fn uuids(ids: &[RecordId]) -> Value {
    ids.iter().map(|id| id.0).collect::<Vec<Uuid>>().into()
}
