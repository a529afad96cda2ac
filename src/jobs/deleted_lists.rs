//! A deleted list is gone at once; its rows go when there is time for it, also after a restart.

use std::{collections::VecDeque, time::Duration};

use super::runner::repeat;
use crate::{
    domain::RecordId,
    store::{
        ListKey, Store, WriteError,
        deletions::purge::{DeletedLists, PurgeList, Purged},
    },
};

/// How often such lists are looked for.
const INTERVAL: Duration = Duration::from_secs(5);

/// Deletes the rows of deleted lists.
pub(super) async fn purge(store: Store) {
    let what = "the rows of a deleted list are not deleted yet";
    let mut purge = Purge::default();
    repeat(INTERVAL, what, async || purge.step(&store).await).await;
}

/// The lists that were found, and how far the first one is purged.
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
        // One that fails is left to the next look, so that it keeps nothing of the others from being deleted.
        if let Purged::UpTo(record) = store.transact(step).await? {
            self.lists.push_front(list);
            self.after = Some(record);
            return Ok(true);
        }
        Ok(!self.lists.is_empty())
    }
}
