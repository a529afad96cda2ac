//! The job that purges deleted lists. A deleted list disappears at once; its records are deleted in the background, if
//! necessary after a restart.

use std::{collections::VecDeque, time::Duration};

use super::runner::repeat;
use crate::{
    domain::RecordId,
    metrics::{BackgroundMetrics, Job},
    store::{
        ListKey, Store, WriteError,
        deletions::purge::{DeletedLists, PurgeList, Purged},
    },
};

/// How often to look for such lists.
const INTERVAL: Duration = Duration::from_secs(5);

/// Deletes the records of deleted lists.
pub(super) async fn purge(store: Store, metrics: BackgroundMetrics) {
    let what = "the records of a deleted list could not be deleted; trying again later";
    let mut purge = Purge::default();
    repeat(
        INTERVAL,
        what,
        |is_done| metrics.note_step(Job::DeletedLists, is_done),
        async || purge.step(&store).await,
    )
    .await;
}

/// The lists that were found, and how far the first of them has been purged.
#[derive(Default)]
struct Purge {
    lists: VecDeque<ListKey>,
    after: Option<RecordId>,
}

impl Purge {
    async fn step(&mut self, store: &Store) -> Result<bool, WriteError> {
        if self.lists.is_empty() {
            self.lists = store.read(DeletedLists).await?.into();
        }
        let Some(list) = self.lists.pop_front() else {
            return Ok(false);
        };
        let step = PurgeList {
            list: list.clone(),
            after: self.after.take(),
        };
        // A list whose step fails is left until the next search, so that it does not hold up the others.
        if let Purged::UpTo(record) = store.transact(step).await? {
            self.lists.push_front(list);
            self.after = Some(record);
            return Ok(true);
        }
        Ok(!self.lists.is_empty())
    }
}
