//! What a batch of deletions deletes: the heart of the bulk delete, as a function from values to values.
//!
//! Deletions of one list that wait together run in one transaction. They must not notice: whatever [`plan`]
//! decides for a batch is what the deletions would have got one after the other, in order.

use std::collections::{HashMap, HashSet};

use super::{ExternalReference, Identifiers, PhoneNumber, RecordId};

/// One deletion: distinct identifiers of one kind (api.md section 5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deletion {
    /// What is to be deleted.
    pub identifiers: Identifiers,
}

/// Which records the identifiers of a batch match, as the list is before the batch.
#[derive(Clone, Debug, Default)]
pub struct Matches {
    /// The record ids that exist.
    pub ids: HashSet<RecordId>,
    /// The records that have a phone number, each once.
    pub phone_numbers: HashMap<PhoneNumber, Vec<RecordId>>,
    /// The records that have an external reference.
    pub external_references: HashMap<ExternalReference, Vec<RecordId>>,
}

/// What became of one identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It matched, and what it matched is deleted.
    Deleted,
    /// It matched nothing.
    NotFound,
}

/// What became of one deletion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeletionOutcome {
    /// One outcome per identifier, in the order of the identifiers.
    pub outcomes: Vec<Outcome>,
    /// How many records were removed. One identifier may match several, several may match one.
    pub records_deleted: usize,
}

impl DeletionOutcome {
    /// Distinct identifiers whose records were deleted.
    pub fn total_deleted(&self) -> usize {
        self.count(Outcome::Deleted)
    }

    /// Distinct identifiers that failed.
    pub fn total_errors(&self) -> usize {
        self.count(Outcome::NotFound)
    }

    fn count(&self, wanted: Outcome) -> usize {
        self.outcomes.iter().filter(|o| **o == wanted).count()
    }
}

/// What a batch does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// The records to delete, each once.
    pub records: Vec<RecordId>,
    /// One outcome per deletion, in order.
    pub outcomes: Vec<DeletionOutcome>,
}

/// Decides a batch: each deletion sees the list without what the deletions before it removed, and all identifiers
/// of one deletion see the same list.
pub fn plan<'a>(batch: impl IntoIterator<Item = &'a Deletion>, matches: &Matches) -> Plan {
    let mut removed: HashSet<RecordId> = HashSet::new();
    let mut plan = Plan::default();
    for deletion in batch {
        let mut chosen = Vec::new();
        let outcomes = matches
            .of(&deletion.identifiers)
            .map(|matched| {
                let left = matched.iter().filter(|id| !removed.contains(*id));
                let before = chosen.len();
                chosen.extend(left);
                if chosen.len() > before {
                    Outcome::Deleted
                } else {
                    Outcome::NotFound
                }
            })
            .collect();
        let records_before = plan.records.len();
        plan.records
            .extend(chosen.into_iter().filter(|id| removed.insert(*id)));
        plan.outcomes.push(DeletionOutcome {
            outcomes,
            records_deleted: plan.records.len() - records_before,
        });
    }
    plan
}

impl Matches {
    /// The records that each identifier matches, in the order of the identifiers.
    fn of<'a>(
        &'a self,
        identifiers: &'a Identifiers,
    ) -> Box<dyn Iterator<Item = &'a [RecordId]> + 'a> {
        match identifiers {
            Identifiers::Ids(ids) => Box::new(ids.iter().map(|id| match id {
                Some(id) if self.ids.contains(id) => std::slice::from_ref(id),
                _ => &[],
            })),
            Identifiers::PhoneNumbers(numbers) => Box::new(
                numbers
                    .iter()
                    .map(|number| matched(&self.phone_numbers, number.as_ref())),
            ),
            Identifiers::ExternalReferences(references) => Box::new(
                references
                    .iter()
                    .map(|reference| matched(&self.external_references, Some(reference))),
            ),
        }
    }
}

fn matched<'a, K: std::hash::Hash + Eq>(
    matches: &'a HashMap<K, Vec<RecordId>>,
    key: Option<&K>,
) -> &'a [RecordId] {
    key.and_then(|key| matches.get(key))
        .map_or(&[], Vec::as_slice)
}

#[cfg(test)]
#[path = "plan_test.rs"]
mod tests;
