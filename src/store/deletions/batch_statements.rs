//! The SQL statements of a deletion on PostgreSQL, for one list or several, and those of a dry run.
//!
//! For one list they are those of [`statements`], where the list's id is a constant: a distributed database requires
//! that, and it gives the best plans. For several lists, each key is bound as a pair with its list. Each pair is one
//! seek: [`SEEK`] or `OFFSET 0` keep the planner from reading a whole list instead.

use sea_orm::{DbBackend, Statement, Value};
use uuid::Uuid;

pub use crate::store::engine::postgres::SEEK;
use crate::{
    domain::{ExternalReference, PhoneNumber, RecordId, RecordListId},
    store::{
        records::{LookupIndex, statements},
        writes::lock::LockedList,
    },
};

/// Values of each of several lists.
pub type ByList<'a, T> = [(RecordListId, &'a [T])];

/// Values of each of several locked lists.
pub type ByLock<'a, T> = [(&'a LockedList<'a>, &'a [T])];

/// Finds which ids exist. Returns rows of `record_list_id`, `id`.
pub fn resolve_ids(backend: DbBackend, ids: &ByList<RecordId>) -> Statement {
    if let [(list, ids)] = ids {
        return statements::resolve_ids(backend, *list, ids);
    }
    on_postgres(
        "SELECT found.* FROM unnest($1::uuid[], $2::uuid[]) AS wanted(list, id) CROSS JOIN LATERAL \
         (SELECT record_list_id, id FROM record WHERE record_list_id = wanted.list AND id = wanted.id OFFSET 0) \
         AS found",
        [lists_of(ids), column(ids, |id| id.0)],
    )
}

/// Finds the records with the phone numbers, as the first one or as a further one. The numbers of all lists must be in
/// the same index. Returns rows of `record_list_id`, `phone_number`, `record_id`, none of them twice.
pub fn resolve_phone_numbers(backend: DbBackend, index: LookupIndex, numbers: &ByList<&PhoneNumber>) -> Statement {
    if let [(list, numbers)] = numbers {
        return statements::resolve_phone_numbers(backend, *list, index, numbers);
    }
    let is_in_index = index.number_condition();
    on_postgres(
        format!(
            "SELECT found.* FROM unnest($1::uuid[], $2::text[]) AS wanted(list, number) CROSS JOIN LATERAL \
             (SELECT record_list_id, phone_number, id FROM record \
             WHERE record_list_id = wanted.list AND phone_number = wanted.number AND {is_in_index} \
             UNION ALL SELECT record_list_id, phone_number, record_id FROM record_phone \
             WHERE record_list_id = wanted.list AND phone_number = wanted.number AND {is_in_index} OFFSET 0) \
             AS found"
        ),
        [lists_of(numbers), column(numbers, |number| number.as_str().to_owned())],
    )
}

/// Finds the records with the external references, which must all be in the same index. Returns rows of
/// `record_list_id`, `external_provider`, `external_id`, `id`.
pub fn resolve_external_references(
    backend: DbBackend,
    index: LookupIndex,
    references: &ByList<&ExternalReference>,
) -> Statement {
    if let [(list, references)] = references {
        return statements::resolve_external_references(backend, *list, index, references);
    }
    let is_in_index = index.external_condition();
    on_postgres(
        format!(
            "SELECT found.* FROM unnest($1::uuid[], $2::text[], $3::text[]) AS wanted(list, provider, id) \
             CROSS JOIN LATERAL (SELECT record_list_id, external_provider, external_id, id FROM record \
             WHERE record_list_id = wanted.list AND external_provider = wanted.provider \
             AND external_id = wanted.id AND {is_in_index} OFFSET 0) AS found"
        ),
        [
            lists_of(references),
            column(references, |reference| reference.provider.as_str().to_owned()),
            column(references, |reference| reference.id.as_str().to_owned()),
        ],
    )
}

/// Deletes records. Returns rows of `record_list_id`, `id` and whether the record had further phone numbers, for the
/// deleted ones. If any had, [`delete_further_numbers`] must follow.
pub fn delete_records(ids: &ByLock<RecordId>) -> Statement {
    if let [(lock, ids)] = ids {
        return statements::delete_records(lock, ids);
    }
    let ids = &of_lists(ids);
    on_postgres(
        "DELETE FROM record USING unnest($1::uuid[], $2::uuid[]) AS wanted(list, id) \
         WHERE record_list_id = wanted.list AND record.id = wanted.id \
         RETURNING record_list_id, record.id, further_phone_numbers IS NOT NULL",
        [lists_of(ids), column(ids, |id| id.0)],
    )
}

/// Deletes the further phone numbers of records.
pub fn delete_further_numbers(ids: &ByLock<RecordId>) -> Statement {
    if let [(lock, ids)] = ids {
        return statements::delete_further_numbers(lock, ids);
    }
    let ids = &of_lists(ids);
    on_postgres(
        "DELETE FROM record_phone USING unnest($1::uuid[], $2::uuid[]) AS wanted(list, id) \
         WHERE record_list_id = wanted.list AND record_id = wanted.id",
        [lists_of(ids), column(ids, |id| id.0)],
    )
}

fn on_postgres(sql: impl Into<String>, values: impl IntoIterator<Item = Value>) -> Statement {
    Statement::from_sql_and_values(DbBackend::Postgres, sql, values)
}

fn of_lists<'a, T>(by_lock: &ByLock<'a, T>) -> Vec<(RecordListId, &'a [T])> {
    by_lock.iter().map(|(lock, keys)| (lock.id(), *keys)).collect()
}

fn each<'a, T>(by_list: &'a ByList<'a, T>) -> impl Iterator<Item = (RecordListId, &'a T)> {
    by_list
        .iter()
        .flat_map(|(list, keys)| keys.iter().map(|key| (*list, key)))
}

/// The list of each key.
fn lists_of<T>(by_list: &ByList<T>) -> Value {
    let lists: Vec<Uuid> = each(by_list).map(|(list, _)| list.0).collect();
    lists.into()
}

/// One value of each key.
fn column<T, V>(by_list: &ByList<T>, value: impl Fn(&T) -> V) -> Value
where
    Vec<V>: Into<Value>,
{
    each(by_list).map(|(_, key)| value(key)).collect::<Vec<V>>().into()
}
