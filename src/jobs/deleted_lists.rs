//! A deleted list is gone at once; its rows go when there is time for it, also after a restart.

use std::time::Duration;

use super::runner::repeat;
use crate::store::{
    Store, WriteError,
    lists::purge::{HasDeletedLists, PurgeList},
};

/// How often such lists are looked for.
const INTERVAL: Duration = Duration::from_secs(5);

/// Deletes the rows of deleted lists.
pub(super) async fn purge(store: Store) {
    let what = "the rows of a deleted list are not deleted yet";
    repeat(store, INTERVAL, what, step).await;
}

async fn step(store: &Store) -> Result<bool, WriteError> {
    // A look first: a transaction that finds nothing would still wait for the writer.
    if store.read(HasDeletedLists).await? {
        store.transact(PurgeList(None)).await
    } else {
        Ok(false)
    }
}
