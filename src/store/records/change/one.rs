//! The write that changes one record.

use std::{collections::BTreeSet, sync::Arc};

use chrono::{DateTime, Utc};

use super::{
    load::{load, uploads},
    write::Rows,
};
use crate::{
    domain::{PhoneNumber, Record, RecordId, Refusal, Roster, UniqueIdentifierType},
    metrics::Effect,
    store::{
        clock::now,
        deletions::resolve::{Keys, Lookup, resolve_under_lock},
        error::{StoreError, WriteError},
        records::read::record,
        writes::{
            list::ListWrite,
            lock::LockedList,
            trace::{Changed, Trace},
        },
    },
};

/// A change that is decided from the record as it is.
pub trait RecordChange: Send + Sync {
    /// The record after the change. Its times stay.
    fn apply(&self, record: &Record) -> Result<Record, Refusal>;
}

/// Changes one record of a list.
#[derive(Clone)]
pub struct ChangeRecord {
    /// The record; `None` if the client sent something that is not an id.
    pub id: Option<RecordId>,
    /// The change.
    pub change: Arc<dyn RecordChange>,
}

/// A record that may have been changed.
#[derive(Clone, Debug)]
pub struct ChangedRecord {
    /// The record as it is now.
    pub record: Record,
    /// When it was last changed before.
    before: DateTime<Utc>,
}

impl ListWrite for ChangeRecord {
    type Output = ChangedRecord;

    async fn apply(&self, list: &LockedList<'_>) -> Result<ChangedRecord, WriteError> {
        let id = self.id.ok_or(WriteError::RecordNotFound)?;
        let row = load(list, &[id]).await?.pop().ok_or(WriteError::RecordNotFound)?;
        let uploads = uploads(std::slice::from_ref(&row));
        let before = record(row)?;
        let mut changed = self.change.apply(&before)?;
        let changed_before = before.updated_at;
        if !changed.has_values_of(&before) {
            check(list, &before, &changed).await?;
            changed.updated_at = now();
            let mut rows = Rows::default();
            let change = (before, changed);
            rows.change(list, &change, &uploads)?;
            rows.write(list).await?;
            changed = change.1;
        }
        Ok(ChangedRecord {
            record: changed,
            before: changed_before,
        })
    }

    fn effect(&self, _: &ChangedRecord) -> Effect {
        Effect {
            updated: 1,
            ..Effect::default()
        }
    }

    fn weight(&self) -> Option<usize> {
        Some(1)
    }

    fn trace(&self, changed: &ChangedRecord) -> Trace {
        let (before, at) = (changed.before, changed.record.updated_at);
        if before == at {
            Trace::Nothing
        } else {
            Trace::ChangedRecord(changed.record.id, Changed { before, at })
        }
    }
}

/// Checks that the list accepts the changed record beside those that have its new identifiers.
async fn check(list: &LockedList<'_>, before: &Record, changed: &Record) -> Result<(), WriteError> {
    let identified_by = list.row.unique_identifier_type;
    let mut keys = Keys::default();
    match identified_by {
        UniqueIdentifierType::Nothing => {}
        UniqueIdentifierType::PhoneNumber => {
            let present: BTreeSet<&PhoneNumber> = before.phone_numbers.iter().map(|line| &line.number).collect();
            let new: BTreeSet<&PhoneNumber> = changed.phone_numbers.iter().map(|line| &line.number).collect();
            keys.phone_numbers = new.difference(&present).copied().collect();
        }
        UniqueIdentifierType::External => {
            let new = changed
                .external
                .as_ref()
                .filter(|_| changed.external != before.external);
            keys.external_references.extend(new);
        }
    }
    let lookup = Lookup {
        list: list.id(),
        identified_by,
        keys: &keys,
    };
    let mut matches = resolve_under_lock(list.transaction(), &[lookup]).await?;
    let matches = matches.remove(&list.id()).unwrap_or_default();
    let ids: Vec<RecordId> = matches.phone_numbers.values().flatten().copied().collect();
    let others = load(list, &ids).await?;
    let others = others.into_iter().map(record).collect::<Result<Vec<_>, StoreError>>()?;
    let roster = Roster::new(identified_by, others, matches.external_references);
    Ok(roster.check(changed)?)
}
