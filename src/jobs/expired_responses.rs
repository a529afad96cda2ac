//! Saved responses hold identifiers of people: they do not outlive their purpose.

use std::time::Duration;

use chrono::Utc;

use super::runner::repeat;
use crate::store::{
    Store, WriteError,
    once::purge::{FindExpired, Purge},
};

/// How often they are looked for.
const INTERVAL: Duration = Duration::from_secs(60);

/// Deletes those that have expired.
pub(super) async fn purge(store: Store) {
    let what = "expired answers are not deleted yet";
    repeat(INTERVAL, what, async || step(&store).await).await;
}

async fn step(store: &Store) -> Result<bool, WriteError> {
    let now = Utc::now();
    let expired = store.read(FindExpired(now)).await?;
    if expired.is_empty() {
        return Ok(false);
    }
    store.transact(Purge { expired, now }).await?;
    Ok(true)
}
