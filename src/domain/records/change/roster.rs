//! Those records of a list that a request can touch, as they are while the request is carried out.

use std::collections::HashMap;

use super::refusal::Refusal;
use crate::domain::{
    ids::RecordId,
    record_list::UniqueIdentifierType,
    records::{
        admission::Rejection,
        identifiers::ExternalReference,
        phone_number::PhoneNumber,
        record::{NewRecord, Record},
    },
};

/// The records, found by their identifiers.
pub struct Roster {
    identified_by: UniqueIdentifierType,
    records: HashMap<RecordId, Entry>,
    numbers: HashMap<PhoneNumber, Vec<RecordId>>,
    references: HashMap<ExternalReference, Vec<RecordId>>,
    /// The records that the request creates, in order.
    created: Vec<RecordId>,
}

struct Entry {
    /// The record before the request; `None` if the request creates it.
    before: Option<Record>,
    now: Record,
}

/// What a request has come to.
#[derive(Default)]
pub struct RosterChanges {
    /// The records that it creates, in order.
    pub created: Vec<Record>,
    /// The records that it changes: as they were, and as they are.
    pub changed: Vec<(Record, Record)>,
}

impl Roster {
    /// The roster of a list whose records are identified like this. `records` are those that the request names, by their
    /// ids or by what identifies them, and those that have the identifiers that it sets.
    pub fn new(
        identified_by: UniqueIdentifierType,
        records: Vec<Record>,
        references: HashMap<ExternalReference, Vec<RecordId>>,
    ) -> Self {
        let mut roster = Self {
            identified_by,
            records: HashMap::with_capacity(records.len()),
            numbers: HashMap::new(),
            references,
            created: Vec::new(),
        };
        for record in records {
            roster.add_identifiers(&record);
            let entry = Entry {
                before: Some(record.clone()),
                now: record,
            };
            roster.records.insert(entry.now.id, entry);
        }
        roster
    }

    /// The record with this id.
    pub fn find(&self, id: RecordId) -> Result<&Record, Refusal> {
        let entry = self.records.get(&id);
        entry.map(|entry| &entry.now).ok_or(Refusal::NoSuchRecord)
    }

    /// The only record with this external reference.
    pub fn find_by_reference(&self, reference: &ExternalReference) -> Result<&Record, Refusal> {
        match self.references.get(reference).map(Vec::as_slice) {
            None | Some([]) => Err(Refusal::NoSuchRecord),
            Some([one]) => self
                .records
                .get(one)
                .map(|entry| &entry.now)
                .ok_or(Refusal::SeveralRecords),
            Some(_) => Err(Refusal::SeveralRecords),
        }
    }

    /// The first record that the list takes for the same as a new one, and whether it is the only one.
    pub fn find_same(&self, new: &NewRecord) -> Option<(&Record, bool)> {
        let same: Vec<RecordId> = match self.identified_by {
            UniqueIdentifierType::Nothing => Vec::new(),
            UniqueIdentifierType::PhoneNumber => {
                let numbers = new.phone_numbers.iter();
                let found = numbers.filter_map(|line| self.numbers.get(&line.number));
                found.flatten().copied().collect()
            }
            UniqueIdentifierType::External => {
                let found = new.external.as_ref().and_then(|external| self.references.get(external));
                found.cloned().unwrap_or_default()
            }
        };
        let first = *same.first()?;
        let entry = self.records.get(&first)?;
        Some((&entry.now, same.iter().all(|id| *id == first)))
    }

    /// Whether the list accepts the record beside its other ones.
    pub fn check(&self, record: &Record) -> Result<(), Refusal> {
        let is_taken = |ids: Option<&Vec<RecordId>>| ids.is_some_and(|ids| ids.iter().any(|id| *id != record.id));
        let rejection = match self.identified_by {
            UniqueIdentifierType::Nothing => None,
            UniqueIdentifierType::PhoneNumber => {
                let lines = record.phone_numbers.iter().enumerate();
                let taken = lines.filter(|(_, line)| is_taken(self.numbers.get(&line.number)));
                let taken: Vec<usize> = taken.map(|(position, _)| position).collect();
                (!taken.is_empty()).then_some(Rejection::PhoneNumbersTaken(taken))
            }
            UniqueIdentifierType::External => match &record.external {
                None => Some(Rejection::ExternalReferenceMissing),
                Some(external) => is_taken(self.references.get(external)).then_some(Rejection::ExternalReferenceTaken),
            },
        };
        rejection.map_or(Ok(()), |rejection| Err(Refusal::Rejected(rejection)))
    }

    /// Puts a record that the list accepts into its place: a new one, or one that was changed.
    pub fn put(&mut self, record: Record) {
        match self.records.get_mut(&record.id) {
            Some(entry) => {
                let before = std::mem::replace(&mut entry.now, record.clone());
                self.remove_identifiers(&before);
            }
            None => {
                self.created.push(record.id);
                let entry = Entry {
                    before: None,
                    now: record.clone(),
                };
                self.records.insert(record.id, entry);
            }
        }
        self.add_identifiers(&record);
    }

    /// What all of it has come to. A record that no item has changed is not among the changes; one that was changed and
    /// changed back is, because of its time.
    pub fn into_changes(mut self) -> RosterChanges {
        let mut changes = RosterChanges::default();
        for id in &self.created {
            changes.created.extend(self.records.remove(id).map(|entry| entry.now));
        }
        for entry in self.records.into_values() {
            let is_changed =
                |before: &Record| before.updated_at != entry.now.updated_at || !before.has_values_of(&entry.now);
            if let Some(before) = entry.before.filter(is_changed) {
                changes.changed.push((before, entry.now));
            }
        }
        changes.changed.sort_unstable_by_key(|(_, now)| now.id);
        changes
    }

    fn add_identifiers(&mut self, record: &Record) {
        for line in &record.phone_numbers {
            add(self.numbers.entry(line.number.clone()).or_default(), record.id);
        }
        if let Some(external) = &record.external {
            add(self.references.entry(external.clone()).or_default(), record.id);
        }
    }

    fn remove_identifiers(&mut self, record: &Record) {
        for line in &record.phone_numbers {
            if let Some(ids) = self.numbers.get_mut(&line.number) {
                ids.retain(|id| *id != record.id);
            }
        }
        if let Some(ids) = record
            .external
            .as_ref()
            .and_then(|external| self.references.get_mut(external))
        {
            ids.retain(|id| *id != record.id);
        }
    }
}

fn add(ids: &mut Vec<RecordId>, id: RecordId) {
    if !ids.contains(&id) {
        ids.push(id);
    }
}
