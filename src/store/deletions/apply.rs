//! The core of a deletion transaction: it decides which records to delete, and deletes exactly these.

use std::collections::{HashMap, HashSet};

use super::{
    batch_statements::{self, ByLock},
    on_sqlite,
    resolve::{Keys, Lookup, resolve_under_lock},
};
use crate::{
    domain::{Deletion, Matches, Plan, RecordId, RecordListId, plan},
    store::{
        engine::transaction::Transaction,
        error::{StoreError, WriteError},
        writes::lock::LockedList,
    },
};

/// The decision for one list, on the way from the request to the deletion.
pub(crate) struct Decision<'a> {
    lock: &'a LockedList<'a>,
    deletions: Vec<&'a Deletion>,
    keys: Keys<'a>,
    plan: Option<Plan>,
}

impl<'a> Decision<'a> {
    /// Starts with nothing decided. The deletions are carried out in this order.
    pub(crate) fn on(lock: &'a LockedList<'a>, deletions: Vec<&'a Deletion>) -> Self {
        let keys = Keys::of(deletions.iter().copied());
        Self {
            lock,
            deletions,
            keys,
            plan: None,
        }
    }

    /// Whether all existing records with these ids are deleted. Then the DELETE also returns which ones existed, and no
    /// lookup is needed before it.
    fn is_simple(&self) -> bool {
        self.keys.are_ids_only() && !self.deletions.iter().any(|d| d.options.all_or_none)
    }

    fn decide(&mut self, matches: &Matches) -> &Plan {
        let deletions = self.deletions.iter().copied();
        self.plan.get_or_insert_with(|| plan(deletions, matches))
    }

    /// The ids for the DELETE.
    fn doomed(&self) -> &[RecordId] {
        match &self.plan {
            Some(plan) => &plan.records,
            None => &self.keys.ids,
        }
    }
}

/// Decides what to delete from each list, and deletes exactly that. Returns one plan per list, in order.
pub(crate) async fn plan_and_apply(
    transaction: &Transaction,
    mut decisions: Vec<Decision<'_>>,
) -> Result<Vec<Plan>, WriteError> {
    let asked: Vec<Lookup<'_>> = decisions
        .iter()
        .filter(|decision| !decision.is_simple())
        .map(|decision| Lookup {
            list: decision.lock.id(),
            identified_by: decision.lock.row.unique_identifier_type,
            keys: &decision.keys,
        })
        .collect();
    let mut matches = resolve_under_lock(transaction, &asked).await?;
    for decision in decisions.iter_mut().filter(|d| !d.is_simple()) {
        decision.decide(&matches.remove(&decision.lock.id()).unwrap_or_default());
    }
    let doomed: Vec<_> = decisions
        .iter()
        .map(|decision| (decision.lock, decision.doomed()))
        .filter(|(_, ids)| !ids.is_empty())
        .collect();
    let mut deleted = delete_rows(transaction, &doomed).await?;
    let mut plans = Vec::with_capacity(decisions.len());
    for mut decision in decisions {
        let ids = deleted.remove(&decision.lock.id()).unwrap_or_default();
        let matches = Matches {
            ids,
            ..Matches::default()
        };
        verify(decision.decide(&matches), &matches.ids)?;
        plans.extend(decision.plan);
    }
    if !deleted.is_empty() {
        return Err(StoreError::Bug("records of another list were deleted").into());
    }
    Ok(plans)
}

/// Deletes the records with their phone numbers, and nothing else: neither counts nor the audit trail. Returns the records
/// that existed.
pub(crate) async fn delete_rows(
    transaction: &Transaction,
    ids: &ByLock<'_, RecordId>,
) -> Result<HashMap<RecordListId, HashSet<RecordId>>, StoreError> {
    match transaction {
        Transaction::Postgres(_) => delete_on_postgres(transaction, ids).await,
        Transaction::Sqlite(session) => session.run(|connection| on_sqlite::delete(connection, ids)),
    }
}

async fn delete_on_postgres(
    transaction: &Transaction,
    ids: &ByLock<'_, RecordId>,
) -> Result<HashMap<RecordListId, HashSet<RecordId>>, StoreError> {
    let mut deleted: HashMap<_, HashSet<RecordId>> = HashMap::with_capacity(ids.len());
    if ids.is_empty() {
        return Ok(deleted);
    }
    let mut with_further: HashMap<RecordListId, Vec<RecordId>> = HashMap::new();
    let delete = batch_statements::delete_records(ids);
    for row in transaction.rows(delete).await? {
        let list = RecordListId(row.get(0)?);
        let record = RecordId(row.get(1)?);
        deleted.entry(list).or_default().insert(record);
        if row.get(2)? {
            with_further.entry(list).or_default().push(record);
        }
    }
    let with_further: Vec<_> = ids
        .iter()
        .filter_map(|(lock, _)| Some((*lock, with_further.get(&lock.id())?.as_slice())))
        .collect();
    if !with_further.is_empty() {
        let delete = batch_statements::delete_further_numbers(&with_further);
        transaction.execute(delete).await?;
    }
    Ok(deleted)
}

/// The outcomes are true only if exactly the planned records were deleted.
fn verify(plan: &Plan, deleted: &HashSet<RecordId>) -> Result<(), StoreError> {
    let as_planned = plan.records.len() == deleted.len() && plan.records.iter().all(|record| deleted.contains(record));
    if as_planned {
        Ok(())
    } else {
        Err(StoreError::Bug("the deleted records are not the planned ones"))
    }
}
