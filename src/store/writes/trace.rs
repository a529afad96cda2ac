//! Traces: what a write leaves in the database. If a COMMIT was not confirmed, the trace shows what became of the
//! write.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::statements::{find_list, find_operation, find_record, last_change_of_list, last_change_of_record};
use crate::{
    domain::{RecordId, RecordListId},
    store::{
        engine::{transact::Fate, transaction::Transaction},
        error::WriteError,
        list_key::ListKey,
        once::{self, Claimed},
    },
};

/// What a write leaves in the database. It proves that the write was committed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trace {
    /// A deletion in the audit trail, which stays there.
    Operation(Uuid),
    /// A list that it created.
    List(RecordListId),
    /// A list that it changed.
    ChangedList(Changed),
    /// A record that it changed.
    ChangedRecord(RecordId, Changed),
    /// A record that it created. Someone else may have deleted it since.
    Record(RecordId),
    /// Nothing: there was nothing to do.
    Nothing,
}

/// When a row was changed, which tells one change of it from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Changed {
    /// When it was last changed before.
    pub before: DateTime<Utc>,
    /// When the write changed it.
    pub at: DateTime<Utc>,
}

impl Changed {
    /// What became of the change if the row was last changed at this time, or is gone. Another write may have changed it
    /// since.
    fn fate(self, last: Option<DateTime<Utc>>) -> Fate {
        match last {
            Some(last) if last == self.at => Fate::Committed,
            Some(last) if last == self.before => Fate::NothingDone,
            _ => Fate::Unknown,
        }
    }
}

/// Looks for the trace of a write, and for the response that it saved, if it had a key. The caller must have taken the
/// lock that the write had, so that the write's transaction is certainly over.
pub(crate) async fn fate(
    transaction: &Transaction,
    scope: &ListKey,
    saved: Option<(Claimed<'_>, String)>,
    trace: Trace,
) -> Result<Fate, WriteError> {
    let backend = transaction.backend();
    let change = match trace {
        Trace::ChangedList(changed) => Some((changed, last_change_of_list(backend, scope.id))),
        Trace::ChangedRecord(id, changed) => Some((changed, last_change_of_record(backend, scope.id, id))),
        _ => None,
    };
    if let Some((changed, last_change)) = change {
        let row = transaction.row(last_change).await?;
        let fate = changed.fate(row.map(|row| row.get(0)).transpose()?);
        // The response says when, but only by the second: another process may have sent the same.
        return match saved {
            Some((claimed, response)) if fate == Fate::Unknown => {
                once::fate(transaction, scope, claimed, &response).await
            }
            _ => Ok(fate),
        };
    }
    let (find, absent) = match (trace, saved) {
        (Trace::Operation(id), _) => (find_operation(backend, scope.id, id), Fate::NothingDone),
        (_, Some((claimed, response))) => return once::fate(transaction, scope, claimed, &response).await,
        // The row of a list that was deleted and purged in the meantime stays. Ids are new each time, except for the demo
        // list's: that list is created again whenever it is missing.
        (Trace::List(id), None) => (find_list(backend, id), Fate::NothingDone),
        // The record may have been created and deleted again.
        (Trace::Record(id), None) => (find_record(backend, scope.id, id), Fate::Unknown),
        (Trace::Nothing | Trace::ChangedList(_) | Trace::ChangedRecord(..), None) => return Ok(Fate::Committed),
    };
    if transaction.row(find).await?.is_some() {
        return Ok(Fate::Committed);
    }
    Ok(absent)
}
