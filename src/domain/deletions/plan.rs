//! What a batch of deletions deletes: the heart of the bulk delete, as a function from values to values.
//!
//! Deletions of one list that wait together run in one transaction. They must not notice: whatever [`plan`]
//! decides for a batch is what the deletions would have got one after the other, in order.

use std::collections::{HashMap, HashSet};

use crate::domain::{
    ids::RecordId,
    records::{ExternalReference, Identifiers, PhoneNumber},
};

/// One deletion: distinct identifiers of one kind, and how strictly they are taken (docs/contract.md section 5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deletion {
    /// What is to be deleted.
    pub identifiers: Identifiers,
    /// What counts as a failure, and what a failure means for the rest.
    pub options: DeletionOptions,
}

/// What counts as a failure, and what a failure means for the rest (docs/contract.md section 5.4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DeletionOptions {
    /// Any failure means that nothing is deleted.
    pub all_or_none: bool,
    /// An identifier that matches nothing is no failure.
    pub ignores_missing: bool,
    /// An identifier that matches several records is a failure.
    pub matches_sole: bool,
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
    /// It matched nothing, which is a failure.
    NotFound,
    /// It matched nothing, which the caller does not mind.
    Missing,
    /// It matched so many records where the caller wants one.
    Ambiguous(usize),
    /// It matched, and another identifier's failure kept what it matched.
    RolledBack,
}

impl Outcome {
    /// Whether the identifier failed.
    pub fn is_failure(self) -> bool {
        match self {
            Self::Deleted | Self::Missing => false,
            Self::NotFound | Self::Ambiguous(_) | Self::RolledBack => true,
        }
    }
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
        self.count(|outcome| outcome == Outcome::Deleted)
    }

    /// Distinct identifiers that failed.
    pub fn total_errors(&self) -> usize {
        self.count(Outcome::is_failure)
    }

    /// Distinct identifiers that matched nothing where that is no failure.
    pub fn total_missing(&self) -> usize {
        self.count(|outcome| outcome == Outcome::Missing)
    }

    fn count(&self, is_wanted: impl Fn(Outcome) -> bool) -> usize {
        self.outcomes.iter().filter(|o| is_wanted(**o)).count()
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
        let options = deletion.options;
        let mut chosen = Vec::new();
        let mut outcomes: Vec<_> = matches
            .of(&deletion.identifiers)
            .map(|matched| {
                let left = matched.iter().filter(|id| !removed.contains(*id));
                match left.clone().count() {
                    0 if options.ignores_missing => Outcome::Missing,
                    0 => Outcome::NotFound,
                    several @ 2.. if options.matches_sole => Outcome::Ambiguous(several),
                    _ => {
                        chosen.extend(left);
                        Outcome::Deleted
                    }
                }
            })
            .collect();
        if options.all_or_none && outcomes.iter().any(|outcome| outcome.is_failure()) {
            chosen.clear();
            for outcome in &mut outcomes {
                if *outcome == Outcome::Deleted {
                    *outcome = Outcome::RolledBack;
                }
            }
        }
        let records_before = plan.records.len();
        plan.records.extend(chosen.into_iter().filter(|id| removed.insert(*id)));
        plan.outcomes.push(DeletionOutcome {
            outcomes,
            records_deleted: plan.records.len() - records_before,
        });
    }
    plan
}

impl Matches {
    /// The records that each identifier matches, in the order of the identifiers.
    fn of<'a>(&'a self, identifiers: &'a Identifiers) -> Box<dyn Iterator<Item = &'a [RecordId]> + 'a> {
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

fn matched<'a, K: std::hash::Hash + Eq>(matches: &'a HashMap<K, Vec<RecordId>>, key: Option<&K>) -> &'a [RecordId] {
    key.and_then(|key| matches.get(key)).map_or(&[], Vec::as_slice)
}

#[cfg(test)]
#[path = "plan_test.rs"]
mod tests;
