//! The job that purges expired saved responses. They contain personal identifiers, so they are not kept longer than
//! needed.

use std::time::Duration;

use super::runner::repeat;
use crate::metrics::{BackgroundMetrics, Job};
use crate::store::{
    Store, WriteError,
    once::purge::{FindCounted, FindExpired, Purge, PurgeCounted},
};

/// How often to look for them.
const INTERVAL: Duration = Duration::from_secs(60);

/// Deletes the saved responses that have expired, and then what was counted of them.
pub(super) async fn purge(store: Store, metrics: BackgroundMetrics) {
    let what = "expired saved responses could not be deleted; trying again later";
    repeat(
        INTERVAL,
        what,
        |is_done| metrics.note_step(Job::SavedResponses, is_done),
        async || step(&store).await,
    )
    .await;
}

async fn step(store: &Store) -> Result<bool, WriteError> {
    let now = crate::clock::now();
    let expired = store.read(FindExpired(now)).await?;
    if !expired.is_empty() {
        store.transact(Purge { expired, now }).await?;
        return Ok(true);
    }
    let lists = store.read(FindCounted(now)).await?;
    if lists.is_empty() {
        return Ok(false);
    }
    store.transact(PurgeCounted { lists, now }).await?;
    Ok(true)
}
