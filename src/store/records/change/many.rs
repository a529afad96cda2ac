//! The write that creates and changes several records.

use std::collections::{BTreeSet, HashMap};

use super::{load::load, write::Rows};
use crate::{
    domain::{
        IfPresent, Item, ItemOutcome, Matches, PhoneNumber, RecordId, RecordMembers, Refusal, Roster, RosterChanges,
        UniqueIdentifierType, UploadRequestId, change_records,
    },
    store::{
        clock::now,
        deletions::resolve::{Keys, Lookup, resolve_under_lock},
        error::WriteError,
        records::read::record,
        writes::{
            list::ListWrite,
            lock::LockedList,
            trace::{Changed, Trace},
        },
    },
};

/// Creates and changes records of a list, item by item, in one transaction.
#[derive(Clone, Debug)]
pub struct ChangeRecords {
    /// The items, in order.
    pub items: Vec<Item>,
    /// The upload request that the created records belong to.
    pub upload_request: Option<UploadRequestId>,
    /// Whether records are found by what identifies them in the list, which not every list has.
    pub needs_unique_identifier: bool,
}

/// The outcome of a request that creates and changes records.
#[derive(Clone, Debug)]
pub struct Changes {
    /// What identifies the records of the list.
    pub identified_by: UniqueIdentifierType,
    /// The outcome of each item, in order.
    pub outcomes: Vec<ItemOutcome>,
    trace: Trace,
}

impl ListWrite for ChangeRecords {
    type Output = Changes;

    async fn apply(&self, list: &LockedList<'_>) -> Result<Changes, WriteError> {
        let identified_by = list.row.unique_identifier_type;
        if self.needs_unique_identifier && identified_by == UniqueIdentifierType::Nothing {
            return Err(Refusal::NoUniqueIdentifier.into());
        }
        let keys = self.keys(identified_by);
        let lookup = Lookup {
            list: list.id(),
            identified_by,
            keys: &keys,
        };
        let mut matches = resolve_under_lock(list.transaction(), &[lookup]).await?;
        let matches = matches.remove(&list.id()).unwrap_or_default();
        let rows = load(list, &needed(&matches)).await?;
        let mut uploads: HashMap<_, _> = rows
            .iter()
            .map(|row| (RecordId(row.id), row.upload_request_id.clone()))
            .collect();
        let records = rows.into_iter().map(record).collect::<Result<_, _>>()?;
        let mut roster = Roster::new(identified_by, records, matches.external_references);
        let outcomes = change_records(&mut roster, &self.items, now());
        let changes = roster.into_changes();
        list.limits.check_records(list.records_count(), changes.created.len())?;
        let mut rows = Rows::default();
        for created in &changes.created {
            rows.create(list, created, self.upload_request.as_ref())?;
        }
        for changed in &changes.changed {
            rows.change(list, changed, &mut uploads)?;
        }
        rows.write(list).await?;
        Ok(Changes {
            identified_by,
            outcomes,
            trace: trace(&changes),
        })
    }

    /// Each item reads and writes a record.
    fn weight(&self) -> Option<usize> {
        Some(self.items.len())
    }

    fn trace(&self, changes: &Changes) -> Trace {
        changes.trace
    }
}

impl ChangeRecords {
    /// The identifiers of the records that the items can touch, and those that they set.
    fn keys(&self, identified_by: UniqueIdentifierType) -> Keys<'_> {
        let (mut ids, mut numbers, mut references) = (BTreeSet::new(), BTreeSet::new(), Vec::new());
        for item in &self.items {
            let (record, members) = match item {
                Item::Create { record, if_present } => match if_present {
                    IfPresent::Skip => (Some(record), None),
                    IfPresent::Set(members) => (Some(record), Some(members)),
                },
                Item::Change { id, members } => {
                    ids.extend(id);
                    (None, Some(members))
                }
                Item::ChangeByReference {
                    reference,
                    members,
                    if_missing,
                } => {
                    references.push(reference);
                    (if_missing.as_ref(), Some(members))
                }
            };
            match identified_by {
                UniqueIdentifierType::Nothing => {}
                UniqueIdentifierType::PhoneNumber => {
                    let lines = record.into_iter().flat_map(|record| &record.phone_numbers);
                    numbers.extend(lines.map(|line| &line.number));
                    numbers.extend(members.into_iter().flat_map(RecordMembers::numbers));
                }
                UniqueIdentifierType::External => {
                    references.extend(record.and_then(|record| record.external.as_ref()));
                    references.extend(members.and_then(|members| members.external.as_ref()));
                }
            }
        }
        references.sort_unstable_by_key(|reference| (reference.provider.as_str(), reference.id.as_str()));
        references.dedup();
        Keys {
            ids: ids.into_iter().collect(),
            phone_numbers: numbers.into_iter().collect::<Vec<&PhoneNumber>>(),
            external_references: references,
        }
    }
}

/// The records to read: those that match. Of several with one reference none can be changed by it.
fn needed(matches: &Matches) -> Vec<RecordId> {
    let by_number = matches.phone_numbers.values().flatten();
    let by_reference = matches.external_references.values().filter(|ids| ids.len() == 1);
    let needed: BTreeSet<RecordId> = matches
        .ids
        .iter()
        .chain(by_number)
        .chain(by_reference.flatten())
        .copied()
        .collect();
    needed.into_iter().collect()
}

/// The trace of the first record that was created, or else changed.
fn trace(changes: &RosterChanges) -> Trace {
    match (changes.created.first(), changes.changed.first()) {
        (Some(created), _) => Trace::Record(created.id),
        (None, Some((before, now))) => Trace::ChangedRecord(
            now.id,
            Changed {
                before: before.updated_at,
                at: now.updated_at,
            },
        ),
        (None, None) => Trace::Nothing,
    }
}
