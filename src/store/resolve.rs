//! Which records the identifiers of deletions match, as the list is now.

use std::collections::HashSet;

use sea_orm::{ConnectionTrait, DatabaseConnection};

use super::{ListKey, StoreError, read, statements};
use crate::domain::{
    Deletion, DeletionOutcome, ExternalReference, Identifiers, Matches, PhoneNumber, RecordId, plan,
};

/// What a deletion would do; `None` if the account has no such list. Reads, and takes no lock.
pub(super) async fn rehearse(
    database: &DatabaseConnection,
    list: &ListKey,
    deletion: &Deletion,
) -> Result<Option<DeletionOutcome>, StoreError> {
    if read::find_list(database, list).await?.is_none() {
        return Ok(None);
    }
    let keys = Keys::of([deletion].into_iter());
    let matches = resolve(database, list, &keys).await?;
    Ok(plan([deletion], &matches).outcomes.pop())
}

/// The distinct keys of a batch, by kind.
pub(super) struct Keys<'a> {
    pub(super) ids: Vec<RecordId>,
    phone_numbers: Vec<&'a PhoneNumber>,
    external_references: Vec<&'a ExternalReference>,
}

impl<'a> Keys<'a> {
    pub(super) fn of(deletions: impl Iterator<Item = &'a Deletion>) -> Self {
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

    pub(super) fn are_ids_only(&self) -> bool {
        self.phone_numbers.is_empty() && self.external_references.is_empty()
    }
}

/// Looks up which records the keys match: one statement per kind of key that there is.
pub(super) async fn resolve(
    database: &impl ConnectionTrait,
    list: &ListKey,
    keys: &Keys<'_>,
) -> Result<Matches, StoreError> {
    let backend = database.get_database_backend();
    let mut matches = Matches::default();
    if !keys.ids.is_empty() {
        let select = statements::resolve_ids(backend, list.id, &keys.ids);
        for row in database.query_all_raw(select).await? {
            matches.ids.insert(RecordId(row.try_get_by_index(0)?));
        }
    }
    if !keys.phone_numbers.is_empty() {
        let select = statements::resolve_phone_numbers(backend, list.id, &keys.phone_numbers);
        let mut seen = HashSet::new();
        for row in database.query_all_raw(select).await? {
            let number: String = row.try_get_by_index(0)?;
            let number = PhoneNumber::normalise(&number)
                .map_err(|_| StoreError::Bug("a stored phone number is not normalised"))?;
            let records = matches.phone_numbers.entry(number.clone()).or_default();
            let record = RecordId(row.try_get_by_index(1)?);
            // A record may have one number under two types.
            if seen.insert((number, record)) {
                records.push(record);
            }
        }
    }
    if !keys.external_references.is_empty() {
        let select =
            statements::resolve_external_references(backend, list.id, &keys.external_references);
        for row in database.query_all_raw(select).await? {
            let reference = ExternalReference {
                provider: row.try_get_by_index(0)?,
                id: row.try_get_by_index(1)?,
            };
            let records = matches.external_references.entry(reference).or_default();
            records.push(RecordId(row.try_get_by_index(2)?));
        }
    }
    Ok(matches)
}
