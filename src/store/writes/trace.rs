//! Traces: what a write leaves in the database. If a COMMIT was not confirmed, the trace shows what became of the
//! write.

use uuid::Uuid;

use super::statements::{find_list, find_operation, find_record};
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
    /// A record that it created. Someone else may have deleted it since.
    Record(RecordId),
    /// Nothing: there was nothing to do.
    Nothing,
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
    let (find, absent) = match (trace, saved) {
        (Trace::Operation(id), _) => (find_operation(backend, scope.id, id), Fate::NothingDone),
        (_, Some((claimed, response))) => return once::fate(transaction, scope, claimed, &response).await,
        // The row of a list that was deleted and purged in the meantime stays. Ids are new each time, except for the demo
        // list's: that list is created again whenever it is missing.
        (Trace::List(id), None) => (find_list(backend, id), Fate::NothingDone),
        // The record may have been created and deleted again.
        (Trace::Record(id), None) => (find_record(backend, scope.id, id), Fate::Unknown),
        (Trace::Nothing, None) => return Ok(Fate::Committed),
    };
    if transaction.row(find).await?.is_some() {
        return Ok(Fate::Committed);
    }
    Ok(absent)
}
