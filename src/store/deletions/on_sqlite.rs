//! The statements of a deletion on SQLite. Each looks for one key or changes one row, so it is one seek. They run in a
//! loop, in the order of their keys, which finds neighbours on the same page.

use std::{
    collections::{HashMap, HashSet},
    sync::LazyLock,
};

use rusqlite::{CachedStatement, Connection, OptionalExtension, params};
use uuid::Uuid;

use super::{batch_statements::ByLock, resolve::Lookup};
use crate::{
    domain::{ExternalReference, Matches, PhoneNumber, RecordId, RecordListId},
    store::records::{ByIndex, LookupIndex},
};

/// Finds a record.
pub const FIND_RECORD: &str = "SELECT id FROM record WHERE record_list_id = ?1 AND id = ?2";

/// Finds a further phone number of any record of the list.
pub const FIND_ANY_FURTHER_NUMBER: &str = "SELECT 1 FROM record_phone WHERE record_list_id = ?1 LIMIT 1";

/// Finds the records that have a phone number as their first one.
pub static FIND_BY_NUMBER: LazyLock<ByIndex> = LazyLock::new(|| {
    ByIndex::new(|index| {
        let is_in_index = index.number_condition();
        format!("SELECT id FROM record WHERE record_list_id = ?1 AND phone_number = ?2 AND {is_in_index}")
    })
});

/// Finds the records that have a phone number as a further one.
pub static FIND_BY_FURTHER_NUMBER: LazyLock<ByIndex> = LazyLock::new(|| {
    ByIndex::new(|index| {
        let is_in_index = index.number_condition();
        format!("SELECT record_id FROM record_phone WHERE record_list_id = ?1 AND phone_number = ?2 AND {is_in_index}")
    })
});

/// Finds the records with an external reference.
pub static FIND_BY_REFERENCE: LazyLock<ByIndex> = LazyLock::new(|| {
    ByIndex::new(|index| {
        let is_in_index = index.external_condition();
        format!(
            "SELECT id FROM record WHERE record_list_id = ?1 AND external_provider = ?2 AND external_id = ?3 \
             AND {is_in_index}"
        )
    })
});

/// Deletes a record.
pub const DELETE_RECORD: &str = "DELETE FROM record WHERE record_list_id = ?1 AND id = ?2";

/// Deletes the further phone numbers of a record.
pub const DELETE_FURTHER_NUMBERS: &str = "DELETE FROM record_phone WHERE record_list_id = ?1 AND record_id = ?2";

/// Looks up which records the keys of each list match.
pub(super) fn resolve(
    connection: &Connection,
    lists: &[Lookup<'_>],
) -> rusqlite::Result<HashMap<RecordListId, Matches>> {
    let mut matches = HashMap::with_capacity(lists.len());
    for list in lists {
        matches.insert(list.list, resolve_in_list(connection, list)?);
    }
    Ok(matches)
}

fn resolve_in_list(connection: &Connection, lookup: &Lookup<'_>) -> rusqlite::Result<Matches> {
    let mut matches = Matches::default();
    let (list, keys) = (lookup.list, lookup.keys);
    let mut find = connection.prepare_cached(FIND_RECORD)?;
    for id in in_order(&keys.ids, |id| id.0) {
        let found: Option<Uuid> = find.query_row(params![list.0, id.0], |row| row.get(0)).optional()?;
        matches.ids.extend(found.map(RecordId));
    }
    if !keys.phone_numbers.is_empty() {
        let index = LookupIndex::of_phone_numbers(lookup.identified_by);
        let mut first = connection.prepare_cached(FIND_BY_NUMBER.text(index))?;
        let mut further = match has_further_numbers(connection, list)? {
            true => Some(connection.prepare_cached(FIND_BY_FURTHER_NUMBER.text(index))?),
            false => None,
        };
        for number in in_order(&keys.phone_numbers, |number: &&PhoneNumber| number.as_str()) {
            let mut records = ids(&mut first, params![list.0, number.as_str()])?;
            if let Some(further) = &mut further {
                records.append(&mut ids(further, params![list.0, number.as_str()])?);
            }
            if !records.is_empty() {
                matches.phone_numbers.insert((*number).clone(), records);
            }
        }
    }
    if !keys.external_references.is_empty() {
        let index = LookupIndex::of_external_references(lookup.identified_by);
        let mut find = connection.prepare_cached(FIND_BY_REFERENCE.text(index))?;
        for reference in in_order(&keys.external_references, key_of) {
            let (provider, id) = key_of(reference);
            let records = ids(&mut find, params![list.0, provider, id])?;
            if !records.is_empty() {
                matches.external_references.insert((*reference).clone(), records);
            }
        }
    }
    Ok(matches)
}

/// Deletes the records with their phone numbers. Returns the records that existed.
pub(super) fn delete(
    connection: &Connection,
    records: &ByLock<'_, RecordId>,
) -> rusqlite::Result<HashMap<RecordListId, HashSet<RecordId>>> {
    let mut deleted = HashMap::with_capacity(records.len());
    let mut delete = connection.prepare_cached(DELETE_RECORD)?;
    for (lock, ids) in records {
        let list = lock.id();
        let of_list: &mut HashSet<RecordId> = deleted.entry(list).or_default();
        for id in in_order(ids, |id| id.0) {
            if delete.execute(params![list.0, id.0])? > 0 {
                of_list.insert(*id);
            }
        }
        if has_further_numbers(connection, list)? {
            let mut delete = connection.prepare_cached(DELETE_FURTHER_NUMBERS)?;
            for id in in_order(ids, |id| id.0) {
                delete.execute(params![list.0, id.0])?;
            }
        }
    }
    Ok(deleted)
}

fn key_of<'a>(reference: &&'a ExternalReference) -> (&'a str, &'a str) {
    (reference.provider.as_str(), reference.id.as_str())
}

fn has_further_numbers(connection: &Connection, list: RecordListId) -> rusqlite::Result<bool> {
    connection.prepare_cached(FIND_ANY_FURTHER_NUMBER)?.exists([list.0])
}

fn ids(find: &mut CachedStatement<'_>, key: impl rusqlite::Params) -> rusqlite::Result<Vec<RecordId>> {
    find.query_map(key, |row| row.get(0).map(RecordId))?.collect()
}

/// The keys in the order in which an index has them.
fn in_order<'a, T, K: Ord + 'a>(keys: &'a [T], key: impl Fn(&'a T) -> K) -> Vec<&'a T> {
    let mut keys: Vec<&T> = keys.iter().collect();
    keys.sort_unstable_by_key(|one| key(one));
    keys
}
