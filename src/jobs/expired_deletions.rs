//! The job that purges expired entries of the audit trail, if they are not kept for good.

use std::{collections::VecDeque, time::Duration};

use uuid::Uuid;

use super::runner::repeat;
use crate::{
    clock,
    store::{
        ListKey, Store, WriteError,
        deletions::retention::{ExpiredPurged, ListsWithExpired, PurgeExpired},
    },
};

/// How often to look for such entries.
const INTERVAL: Duration = Duration::from_secs(600);

/// How often to try to lock a list before it is left until the next search.
const ATTEMPTS: u32 = 20;

/// Deletes the entries that are older than `retention`.
pub(super) async fn purge(store: Store, retention: Duration) {
    let what = "expired entries of the audit trail could not be deleted; trying again later";
    let mut purge = Purge {
        retention,
        after: Uuid::nil(),
        due: VecDeque::new(),
    };
    repeat(INTERVAL, what, async || purge.step(&store).await).await;
}

/// A walk through all lists.
struct Purge {
    retention: Duration,
    /// The last list that was looked at.
    after: Uuid,
    /// The lists that have expired entries.
    due: VecDeque<Due>,
}

struct Due {
    list: ListKey,
    /// The last entry that was deleted.
    after: Uuid,
    attempts: u32,
}

impl Purge {
    async fn step(&mut self, store: &Store) -> Result<bool, WriteError> {
        // The id of an entry says when it was created.
        let before = clock::first_id_since(clock::since_1970().saturating_sub(self.retention));
        let Some(mut due) = self.due.pop_front() else {
            return self.look(store, before).await;
        };
        let step = PurgeExpired {
            list: due.list.clone(),
            after: due.after,
            before,
        };
        // A list whose step fails is left until the next search, so that it does not hold up the others.
        match store.transact(step).await? {
            ExpiredPurged::UpTo(entry) => {
                due.after = entry;
                self.due.push_front(due);
            }
            ExpiredPurged::Skipped if due.attempts < ATTEMPTS => {
                due.attempts += 1;
                self.due.push_back(due);
            }
            ExpiredPurged::Skipped | ExpiredPurged::Done => {}
        }
        Ok(true)
    }

    /// Looks at the next lists. After the last of them, the walk is over.
    async fn look(&mut self, store: &Store, before: Uuid) -> Result<bool, WriteError> {
        let after = self.after;
        let looked_at = store.read(ListsWithExpired { after, before }).await?;
        self.after = looked_at.last.unwrap_or_default();
        let due = looked_at.due.into_iter().map(|list| Due {
            list,
            after: Uuid::nil(),
            attempts: 0,
        });
        self.due = due.collect();
        Ok(looked_at.last.is_some())
    }
}
