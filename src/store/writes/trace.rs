//! What became of a write whose COMMIT got no answer: what it would have left behind is looked for.

use sea_orm::{ConnectionTrait, DatabaseTransaction};
use uuid::Uuid;

use super::statements::{find_any_operation, find_list, find_operation, find_record};
use crate::{
    domain::{RecordId, RecordListId},
    store::{
        engine::transact::Fate,
        error::WriteError,
        list_key::ListKey,
        once::{self, Once},
    },
};

/// What a write leaves in the database, by which it is known that it was committed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trace {
    /// An entry of the audit trail, which stays.
    Operation(Uuid),
    /// A list that it created.
    List(RecordListId),
    /// A record that it created, and that someone else may have deleted meanwhile.
    Record(RecordId),
    /// Nothing: there was nothing to do.
    Nothing,
}

/// Looks for the trace of a write that gave `output`. Whoever calls has taken the lock that the write had, so that the
/// other transaction is over.
pub(crate) async fn fate<T>(
    transaction: &DatabaseTransaction,
    scope: &ListKey,
    once: Option<&Once<T>>,
    output: &T,
    trace: Trace,
) -> Result<Fate, WriteError> {
    let backend = transaction.get_database_backend();
    let (find, absent) = match (trace, once) {
        (Trace::Operation(id), _) => (find_operation(backend, scope.id, id), Fate::NothingDone),
        (_, Some(once)) => return once::fate(transaction, scope, once, output).await,
        (Trace::List(id), None) => (find_list(backend, id), Fate::NothingDone),
        // It may have been there and be deleted again.
        (Trace::Record(id), None) => (find_record(backend, scope.id, id), Fate::Unknown),
        (Trace::Nothing, None) => return Ok(Fate::Committed),
    };
    if transaction.query_one_raw(find).await?.is_some() {
        return Ok(Fate::Committed);
    }
    if let Trace::List(id) = trace
        && let Some(_) = transaction.query_one_raw(find_any_operation(backend, id)).await?
    {
        // It was there, and is deleted already with all of its rows but those of the trail. Ids are new, but for the demo
        // list's, which is created again where it is missing.
        return Ok(Fate::Committed);
    }
    Ok(absent)
}
