//! The resolution of identifiers: which records they match in the current state of their lists.

use std::collections::{HashMap, HashSet};

use sea_orm::{DatabaseExecutor, Statement};

use super::{
    batch_statements::{self, ByList},
    on_sqlite,
};
use crate::{
    domain::{
        AccountId, Deletion, DeletionOutcome, ExternalReference, Identifiers, Matches, PhoneNumber, RecordId,
        RecordListId, UniqueIdentifierType, plan, text::Line,
    },
    store::{
        engine::{executor::Executor, read::Read, row::Row, transaction::Transaction},
        error::{ReadError, StoreError},
        list_key::ListKey,
        lists::find_list,
        records::LookupIndex,
    },
};

/// A dry run: returns what a deletion would do if it were carried out now.
#[derive(Clone, Debug)]
pub struct RehearseDeletion {
    /// The list.
    pub list: ListKey,
    /// What would be deleted.
    pub deletion: Deletion,
}

impl Read for RehearseDeletion {
    type Output = DeletionOutcome;

    fn account(&self) -> Option<&AccountId> {
        Some(&self.list.account)
    }

    fn weight(&self) -> usize {
        self.deletion.identifiers.len()
    }

    async fn run(&self, database: &DatabaseExecutor<'_>) -> Result<DeletionOutcome, ReadError> {
        let list = find_list(database, &self.list).await?;
        let keys = Keys::of([&self.deletion].into_iter());
        let lookup = Lookup {
            list: list.id,
            identified_by: list.unique_identifier_type,
            keys: &keys,
        };
        let mut matches = resolve(database, &[lookup]).await?;
        let matches = matches.remove(&list.id).unwrap_or_default();
        let outcome = plan([&self.deletion], &matches).outcomes.pop();
        outcome.ok_or(StoreError::Bug("a deletion without an outcome").into())
    }
}

/// The distinct keys of a batch, by kind.
#[derive(Default)]
pub(crate) struct Keys<'a> {
    pub(crate) ids: Vec<RecordId>,
    pub(crate) phone_numbers: Vec<&'a PhoneNumber>,
    pub(crate) external_references: Vec<&'a ExternalReference>,
}

impl<'a> Keys<'a> {
    pub(crate) fn of(deletions: impl Iterator<Item = &'a Deletion>) -> Self {
        let mut ids = HashSet::new();
        let mut phone_numbers = HashSet::new();
        let mut external_references = HashSet::new();
        for deletion in deletions {
            match &deletion.identifiers {
                Identifiers::Ids(keys) => ids.extend(keys.iter().flatten()),
                Identifiers::PhoneNumbers(keys) => phone_numbers.extend(keys.iter().flatten()),
                Identifiers::ExternalReferences(keys) => external_references.extend(keys),
            }
        }
        Self {
            ids: ids.into_iter().collect(),
            phone_numbers: phone_numbers.into_iter().collect(),
            external_references: external_references.into_iter().collect(),
        }
    }

    pub(crate) fn are_ids_only(&self) -> bool {
        self.phone_numbers.is_empty() && self.external_references.is_empty()
    }
}

/// A list, and the keys to look up in it.
pub(crate) struct Lookup<'a> {
    pub(crate) list: RecordListId,
    /// Decides in which index the keys are.
    pub(crate) identified_by: UniqueIdentifierType,
    pub(crate) keys: &'a Keys<'a>,
}

/// Looks up which records the keys of each list match, with one statement per kind of key that occurs and per index.
pub(crate) async fn resolve(
    database: &impl Executor,
    lists: &[Lookup<'_>],
) -> Result<HashMap<RecordListId, Matches>, StoreError> {
    let backend = database.backend();
    let mut matches: HashMap<RecordListId, Matches> = HashMap::with_capacity(lists.len());
    let ids = having(lists, |list| Some(list.keys.ids.as_slice()));
    for row in rows(database, &ids, |ids| batch_statements::resolve_ids(backend, ids)).await? {
        let of_list = matches.entry(RecordListId(row.get(0)?));
        let record = RecordId(row.get(1)?);
        of_list.or_default().ids.insert(record);
    }
    for index in LookupIndex::ALL {
        let numbers = having(lists, |list| {
            (LookupIndex::of_phone_numbers(list.identified_by) == index).then_some(&list.keys.phone_numbers)
        });
        let resolve = |numbers: &ByList<'_, _>| batch_statements::resolve_phone_numbers(backend, index, numbers);
        for row in rows(database, &numbers, resolve).await? {
            let of_list = matches.entry(RecordListId(row.get(0)?));
            let number = PhoneNumber::from_stored(row.get(1)?);
            let records = of_list.or_default().phone_numbers.entry(number).or_default();
            records.push(RecordId(row.get(2)?));
        }
        let references = having(lists, |list| {
            (LookupIndex::of_external_references(list.identified_by) == index).then_some(&list.keys.external_references)
        });
        let resolve =
            |references: &ByList<'_, _>| batch_statements::resolve_external_references(backend, index, references);
        for row in rows(database, &references, resolve).await? {
            let of_list = matches.entry(RecordListId(row.get(0)?));
            let reference = ExternalReference {
                provider: Line::from_stored(row.get(1)?),
                id: Line::from_stored(row.get(2)?),
            };
            let records = of_list.or_default().external_references.entry(reference).or_default();
            records.push(RecordId(row.get(3)?));
        }
    }
    Ok(matches)
}

/// The same in a transaction that has locked the lists.
pub(crate) async fn resolve_under_lock(
    transaction: &Transaction,
    lists: &[Lookup<'_>],
) -> Result<HashMap<RecordListId, Matches>, StoreError> {
    match transaction {
        Transaction::Postgres(_) => resolve(transaction, lists).await,
        Transaction::Sqlite(session) => session.run(|connection| on_sqlite::resolve(connection, lists)),
    }
}

/// The lists that have keys of a kind, with these keys.
fn having<'a, T>(
    lists: &'a [Lookup<'a>],
    of_kind: impl Fn(&'a Lookup<'a>) -> Option<&'a [T]>,
) -> Vec<(RecordListId, &'a [T])> {
    lists
        .iter()
        .filter_map(|list| Some((list.list, of_kind(list)?)))
        .filter(|(_, keys)| !keys.is_empty())
        .collect()
}

/// The rows of a lookup; none if there are no keys.
async fn rows<T>(
    database: &impl Executor,
    keys: &ByList<'_, T>,
    statement: impl FnOnce(&ByList<'_, T>) -> Statement,
) -> Result<Vec<Row>, StoreError> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    database.rows(statement(keys)).await
}
