//! What a request that creates and changes several records comes to, item by item, as a pure function.

use chrono::{DateTime, Utc};

use super::{record_members::RecordMembers, refusal::Refusal, roster::Roster};
use crate::domain::{
    ids::RecordId,
    records::{
        identifiers::ExternalReference,
        record::{NewRecord, Record},
    },
};

/// An item of a request that creates or changes records.
#[derive(Clone, Debug)]
pub enum Item {
    /// Creates a record, unless the list has one that it takes for the same.
    Create {
        /// The record.
        record: NewRecord,
        /// What happens to the one that the list has.
        if_present: IfPresent,
    },
    /// Changes the record with this id; `None` is a text that is the id of no record.
    Change {
        /// The id.
        id: Option<RecordId>,
        /// What is set.
        members: RecordMembers,
    },
    /// Changes the record with an external reference.
    ChangeByReference {
        /// The reference.
        reference: ExternalReference,
        /// What is set.
        members: RecordMembers,
        /// The record to create if there is none.
        if_missing: Option<Box<NewRecord>>,
    },
}

/// What happens to a record that is created again.
#[derive(Clone, Debug)]
pub enum IfPresent {
    /// It stays as it is.
    Skip,
    /// These members are set.
    Set(Box<RecordMembers>),
}

/// The outcome of an item.
#[derive(Clone, Debug)]
pub enum ItemOutcome {
    /// The record was created.
    Created(Box<Record>),
    /// These members of the record are set, even if it had them before.
    Updated(Box<Record>),
    /// The list had the record.
    Skipped(Box<Record>),
    /// The item failed.
    Failed(Refusal),
}

/// Carries out the items in order at this time. Each meets what those before it have done; one that fails changes
/// nothing.
pub fn change_records(roster: &mut Roster, items: &[Item], now: DateTime<Utc>) -> Vec<ItemOutcome> {
    let carried_out = items.iter().map(|item| {
        let outcome = carry_out(roster, item, now);
        outcome.unwrap_or_else(ItemOutcome::Failed)
    });
    carried_out.collect()
}

fn carry_out(roster: &mut Roster, item: &Item, now: DateTime<Utc>) -> Result<ItemOutcome, Refusal> {
    match item {
        Item::Create { record, if_present } => match (roster.find_same(record), if_present) {
            (None, _) => create(roster, record, now),
            // The record can be only one of them.
            (Some((_, false)), _) => {
                let refusal = roster.check(&record.stored_at(now)).err();
                Err(refusal.unwrap_or(Refusal::SeveralRecords))
            }
            (Some((present, true)), IfPresent::Skip) => Ok(ItemOutcome::Skipped(Box::new(present.clone()))),
            (Some((present, true)), IfPresent::Set(members)) => {
                let changed = members.set(present)?;
                update(roster, changed, now)
            }
        },
        Item::Change { id, members } => {
            let changed = members.set(roster.find(id.ok_or(Refusal::NoSuchRecord)?)?)?;
            update(roster, changed, now)
        }
        Item::ChangeByReference {
            reference,
            members,
            if_missing,
        } => match (roster.find_by_reference(reference), if_missing) {
            (Ok(present), _) => {
                let changed = members.set(present)?;
                update(roster, changed, now)
            }
            (Err(Refusal::NoSuchRecord), Some(record)) => create(roster, record, now),
            (Err(refusal), _) => Err(refusal),
        },
    }
}

fn create(roster: &mut Roster, record: &NewRecord, now: DateTime<Utc>) -> Result<ItemOutcome, Refusal> {
    let record = record.stored_at(now);
    roster.check(&record)?;
    roster.put(record.clone());
    Ok(ItemOutcome::Created(Box::new(record)))
}

/// Puts a changed record into its place. One whose values are the same counts as unchanged.
fn update(roster: &mut Roster, changed: Record, now: DateTime<Utc>) -> Result<ItemOutcome, Refusal> {
    roster.check(&changed)?;
    let present = roster.find(changed.id)?;
    let mut changed = changed;
    if !changed.has_values_of(present) {
        changed.updated_at = now;
    }
    roster.put(changed.clone());
    Ok(ItemOutcome::Updated(Box::new(changed)))
}
