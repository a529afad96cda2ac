//! The write that creates and changes several records.

use std::collections::{BTreeSet, HashMap, HashSet};

use entity::record;

use super::{
    load::{load, uploads},
    references::find_few,
    write::Rows,
};
use crate::{
    domain::{
        ExternalId, ExternalProvider, ExternalReference, IfPresent, Item, ItemOutcome, Matches, PhoneNumber, RecordId,
        RecordMembers, Refusal, Roster, RosterChanges, UniqueIdentifierType, UploadRequestId, change_records,
        text::Line,
    },
    metrics::Effect,
    store::{
        clock::now,
        deletions::resolve::{Keys, Lookup, resolve_under_lock},
        error::WriteError,
        records::read::record as read_row,
        writes::{
            list::ListWrite,
            lock::LockedList,
            trace::{Changed, Trace},
        },
    },
};

/// How many records are read at most because items name them by an external reference.
const MOST_BY_REFERENCE: usize = 1_000;

/// Creates and changes records of a list, item by item, in one transaction.
#[derive(Clone, Debug)]
pub struct ChangeRecords {
    /// The items, in order.
    pub items: Vec<Item>,
    /// The upload request that the created records belong to.
    pub upload_request: Option<UploadRequestId>,
    /// How many further ones of the request had faults. They count as failed.
    pub faulty: usize,
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
    pub(in crate::store::records) trace: Trace,
}

impl Changes {
    /// What the request has done, with so many further items that had faults.
    pub(in crate::store::records) fn effect(&self, faulty: usize) -> Effect {
        let mut effect = Effect {
            failed: faulty,
            ..Effect::default()
        };
        for outcome in &self.outcomes {
            match outcome {
                ItemOutcome::Created(_) => effect.created += 1,
                ItemOutcome::Updated(_) => effect.updated += 1,
                ItemOutcome::Skipped(_) => {}
                ItemOutcome::Failed(_) => effect.failed += 1,
            }
        }
        effect
    }
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
        let mut matches = matches.remove(&list.id()).unwrap_or_default();
        if identified_by != UniqueIdentifierType::External {
            matches.external_references = find_few(list, &self.named_references()).await?;
        }
        let mut rows = load(list, &self.needed(&matches)).await?;
        if identified_by == UniqueIdentifierType::External {
            let set = self.references_to_set(&rows);
            self.add_owners(list, &set, &mut matches, &mut rows).await?;
        }
        let uploads = uploads(&rows);
        let records = rows.into_iter().map(read_row).collect::<Result<_, _>>()?;
        let mut roster = Roster::new(identified_by, records, matches.external_references);
        let outcomes = change_records(&mut roster, &self.items, now());
        let changes = roster.into_changes();
        list.limits.check_records(list.records_count(), changes.created.len())?;
        let mut rows = Rows::default();
        for created in &changes.created {
            rows.create(list, created, self.upload_request.as_ref())?;
        }
        for changed in &changes.changed {
            rows.change(list, changed, &uploads)?;
        }
        rows.write(list).await?;
        Ok(Changes {
            identified_by,
            outcomes,
            trace: trace(&changes),
        })
    }

    fn effect(&self, changes: &Changes) -> Effect {
        changes.effect(self.faulty)
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
    /// The external references that the items can set. An item may set one part, which goes with the other one that the
    /// record has, or that another item sets.
    fn references_to_set(&self, rows: &[record::Model]) -> Vec<ExternalReference> {
        let mut parts: HashMap<RecordId, (HashSet<&ExternalProvider>, HashSet<&ExternalId>)> = HashMap::new();
        let mut references = HashSet::new();
        for item in &self.items {
            let (Item::Change { members, .. } | Item::ChangeByReference { members, .. }) = item else {
                continue;
            };
            references.extend(members.reference());
            if let Item::Change { id: Some(id), members } = item
                && (members.external_provider.is_some() || members.external_id.is_some())
            {
                let (providers, ids) = parts.entry(*id).or_default();
                providers.extend(&members.external_provider);
                ids.extend(&members.external_id);
            }
        }
        for row in rows {
            let Some((providers, ids)) = parts.get(&RecordId(row.id)) else {
                continue;
            };
            let present = row.external_provider.clone().zip(row.external_id.clone());
            let (provider, id) = present
                .map(|(p, i)| (Line::from_stored(p), Line::from_stored(i)))
                .unzip();
            for provider in providers.iter().copied().chain(&provider) {
                for id in ids.iter().copied().chain(&id) {
                    references.insert(ExternalReference {
                        provider: provider.clone(),
                        id: id.clone(),
                    });
                }
            }
        }
        references.into_iter().collect()
    }

    /// The external references by which items name records.
    fn named_references(&self) -> Vec<&ExternalReference> {
        let named = self.items.iter().filter_map(|item| match item {
            Item::ChangeByReference { reference, .. } => Some(reference),
            _ => None,
        });
        named.collect::<HashSet<_>>().into_iter().collect()
    }

    /// The records to read: those that match. Of several with one reference none can be changed by it, unless the others
    /// get another one first.
    fn needed(&self, matches: &Matches) -> Vec<RecordId> {
        let moved = self.items.iter().filter(|item| match item {
            Item::Change { members, .. } => members.external_provider.is_some() || members.external_id.is_some(),
            _ => false,
        });
        let most = 1 + moved.count();
        let by_number = matches.phone_numbers.values().flatten();
        let by_reference = matches.external_references.values().filter(|ids| ids.len() <= most);
        let needed: BTreeSet<RecordId> = matches
            .ids
            .iter()
            .chain(by_number)
            .chain(by_reference.flatten().take(MOST_BY_REFERENCE))
            .copied()
            .collect();
        needed.into_iter().collect()
    }

    /// Adds the records that have these references.
    async fn add_owners(
        &self,
        list: &LockedList<'_>,
        references: &[ExternalReference],
        matches: &mut Matches,
        rows: &mut Vec<record::Model>,
    ) -> Result<(), WriteError> {
        let keys = Keys {
            external_references: references
                .iter()
                .filter(|reference| !matches.external_references.contains_key(*reference))
                .collect(),
            ..Keys::default()
        };
        let lookup = Lookup {
            list: list.id(),
            identified_by: UniqueIdentifierType::External,
            keys: &keys,
        };
        let mut found = resolve_under_lock(list.transaction(), &[lookup]).await?;
        let found = found.remove(&list.id()).unwrap_or_default();
        let known: HashSet<RecordId> = rows.iter().map(|row| RecordId(row.id)).collect();
        let mut more = self.needed(&found);
        more.retain(|id| !known.contains(id));
        rows.extend(load(list, &more).await?);
        matches.external_references.extend(found.external_references);
        Ok(())
    }

    /// The identifiers of the records that the items can touch, and those that they set.
    fn keys(&self, identified_by: UniqueIdentifierType) -> Keys<'_> {
        let (mut ids, mut numbers, mut references) = (BTreeSet::new(), BTreeSet::new(), Vec::new());
        for item in &self.items {
            let (record, members) = match item {
                Item::Create { record, if_present } => match if_present {
                    IfPresent::Skip => (Some(record), None),
                    IfPresent::Set(members) => (Some(record), Some(&**members)),
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
                    if identified_by == UniqueIdentifierType::External {
                        references.push(reference);
                    }
                    (if_missing.as_deref(), Some(members))
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
