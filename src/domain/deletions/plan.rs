//! Plans for batches of deletions: the core of bulk delete, as a pure function.
//!
//! Deletions that are waiting for the same list run in one transaction. Callers must not be able to tell: [`plan`]
//! gives each deletion the outcome it would have had if the deletions had run one after the other, in order.

use std::collections::{HashMap, HashSet};

use crate::domain::{
    ids::RecordId,
    records::{ExternalReference, Identifiers, PhoneNumber},
};

/// One deletion: distinct identifiers of one kind, and how strictly they are matched (docs/contract.md section 5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deletion {
    /// Which records to delete.
    pub identifiers: Identifiers,
    /// What counts as a failure, and how a failure affects the other identifiers.
    pub options: DeletionOptions,
}

/// What counts as a failure, and how a failure affects the other identifiers (docs/contract.md section 5.4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DeletionOptions {
    /// If any identifier fails, nothing is deleted.
    pub all_or_none: bool,
    /// An identifier that matches nothing is not a failure.
    pub ignores_missing: bool,
    /// An identifier that matches several records is a failure.
    pub matches_sole: bool,
}

/// Which records the identifiers of a batch match before the batch runs.
#[derive(Clone, Debug, Default)]
pub struct Matches {
    /// Those of the record ids that exist.
    pub ids: HashSet<RecordId>,
    /// The records that have the phone number, each only once.
    pub phone_numbers: HashMap<PhoneNumber, Vec<RecordId>>,
    /// The records that have the external reference.
    pub external_references: HashMap<ExternalReference, Vec<RecordId>>,
}

/// The outcome of one identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It matched, and the matching records are deleted.
    Deleted,
    /// It can match no record, now or ever. No option forgives that.
    Invalid,
    /// It matched nothing, and that is a failure.
    NotFound,
    /// It matched nothing, but the caller chose to ignore that.
    Missing,
    /// It matched this many records, although the caller accepts only one.
    Ambiguous(usize),
    /// It matched, but the matching records are kept because another identifier failed.
    RolledBack,
}

impl Outcome {
    /// Whether the identifier failed.
    pub fn is_failure(self) -> bool {
        match self {
            Self::Deleted | Self::Missing => false,
            Self::Invalid | Self::NotFound | Self::Ambiguous(_) | Self::RolledBack => true,
        }
    }
}

/// The outcome of one deletion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeletionOutcome {
    /// One outcome per identifier, in the same order.
    pub outcomes: Vec<Outcome>,
    /// Number of records deleted. One identifier may match several records, and several identifiers may match the same
    /// record.
    pub records_deleted: usize,
}

impl DeletionOutcome {
    /// Number of distinct identifiers whose records were deleted.
    pub fn total_deleted(&self) -> usize {
        self.count(|outcome| outcome == Outcome::Deleted)
    }

    /// Number of distinct identifiers that failed.
    pub fn total_errors(&self) -> usize {
        self.count(Outcome::is_failure)
    }

    /// Number of distinct identifiers that matched nothing without that being a failure.
    pub fn total_missing(&self) -> usize {
        self.count(|outcome| outcome == Outcome::Missing)
    }

    fn count(&self, is_wanted: impl Fn(Outcome) -> bool) -> usize {
        self.outcomes.iter().filter(|o| is_wanted(**o)).count()
    }
}

/// What a batch deletes, and the outcome of each of its deletions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// The records to delete, each only once.
    pub records: Vec<RecordId>,
    /// One outcome per deletion, in order.
    pub outcomes: Vec<DeletionOutcome>,
}

/// Plans a batch. Each deletion sees the list without the records that earlier deletions of the batch deleted; all
/// identifiers of one deletion see the same list.
pub fn plan<'a>(batch: impl IntoIterator<Item = &'a Deletion>, matches: &Matches) -> Plan {
    let mut removed: HashSet<RecordId> = HashSet::new();
    let mut plan = Plan::default();
    for deletion in batch {
        let options = deletion.options;
        let mut chosen = Vec::new();
        let mut outcomes: Vec<_> = matches
            .of(&deletion.identifiers)
            .map(|matched| {
                let Some(matched) = matched else {
                    return Outcome::Invalid;
                };
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
    /// The records that each identifier matches, in identifier order; `None` for one that can match nothing.
    fn of<'a>(&'a self, identifiers: &'a Identifiers) -> Box<dyn Iterator<Item = Option<&'a [RecordId]>> + 'a> {
        match identifiers {
            Identifiers::Ids(ids) => Box::new(ids.iter().map(|id| {
                let id = id.as_ref()?;
                Some(if self.ids.contains(id) {
                    std::slice::from_ref(id)
                } else {
                    &[]
                })
            })),
            Identifiers::PhoneNumbers(numbers) => Box::new(
                numbers
                    .iter()
                    .map(|number| number.as_ref().map(|number| matched(&self.phone_numbers, number))),
            ),
            Identifiers::ExternalReferences(references) => Box::new(
                references
                    .iter()
                    .map(|reference| Some(matched(&self.external_references, reference))),
            ),
        }
    }
}

fn matched<'a, K: std::hash::Hash + Eq>(matches: &'a HashMap<K, Vec<RecordId>>, key: &K) -> &'a [RecordId] {
    matches.get(key).map_or(&[], Vec::as_slice)
}

#[cfg(test)]
#[path = "plan_test.rs"]
mod tests;
