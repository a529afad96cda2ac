//! The job that deletes expired entries of the audit trail, if they are not kept for good.

use std::{collections::VecDeque, time::Duration};

use uuid::Uuid;

use super::runner::{Failures, repeat};
use crate::{
    clock,
    metrics::{BackgroundMetrics, Job},
    store::{
        ListKey, Store, WriteError,
        deletions::retention::{ExpireEntries, Expired, ListsWithExpired},
        writes::statements::IfLocked,
    },
};

/// How often to look for such entries.
const INTERVAL: Duration = Duration::from_secs(600);

/// How often to try a list that is locked before the job waits for the lock.
const ATTEMPTS: u32 = 20;

/// What is logged, of the search and of a single list.
const FAILED: &str = "expired entries of the audit trail could not be deleted; trying again later";

/// Deletes the entries that are older than `retention`.
pub(super) async fn expire(store: Store, retention: Duration, metrics: BackgroundMetrics) {
    let mut walk = Walk {
        retention,
        after: Uuid::nil(),
        due: VecDeque::new(),
        failures: Failures::new(FAILED),
        has_failed: false,
    };
    repeat(
        INTERVAL,
        FAILED,
        |is_done| metrics.note_step(Job::AuditTrail, is_done),
        async || walk.step(&store).await,
    )
    .await;
}

/// A walk through all lists.
struct Walk {
    retention: Duration,
    /// The last list that was looked at.
    after: Uuid,
    /// The lists that have expired entries.
    due: VecDeque<Due>,
    /// The lists whose steps failed.
    failures: Failures,
    /// Whether there are any in this walk.
    has_failed: bool,
}

struct Due {
    list: ListKey,
    /// The last entry that was deleted.
    after: Uuid,
    /// How often the list was locked since then.
    attempts: u32,
}

impl Walk {
    async fn step(&mut self, store: &Store) -> Result<bool, WriteError> {
        // The id of an entry says when it was created.
        let before = clock::first_id_since(clock::since_1970().saturating_sub(self.retention));
        let Some(mut due) = self.due.pop_front() else {
            return self.look(store, before).await;
        };
        let step = ExpireEntries {
            list: due.list.clone(),
            after: due.after,
            before,
            // A list that is never idle would otherwise keep its entries.
            if_locked: match due.attempts {
                ATTEMPTS.. => IfLocked::Wait,
                _ => IfLocked::Skip,
            },
        };
        match store.transact(step).await {
            Ok(Expired::UpTo(entry)) => {
                due.after = entry;
                due.attempts = 0;
                self.due.push_front(due);
            }
            Ok(Expired::Skipped) if due.attempts < ATTEMPTS => {
                due.attempts += 1;
                self.due.push_back(due);
            }
            Ok(Expired::Skipped | Expired::Done) => {}
            // The list is left until the next walk, and holds up no other.
            Err(error) => {
                self.failures.log(error);
                self.has_failed = true;
            }
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
        let goes_on = looked_at.last.is_some();
        if !goes_on && !std::mem::take(&mut self.has_failed) {
            self.failures.end();
        }
        Ok(goes_on)
    }
}
