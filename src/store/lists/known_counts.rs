//! How many lists the accounts have, as this process knows it. To count them asks every server if they are distributed, and
//! fails if one of these is down: that is done now and then, before a list is created, and not in its transaction.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use sea_orm::DatabaseExecutor;

use super::statements::count_lists;
use crate::{
    domain::AccountId,
    store::{
        engine::{executor::Executor, read::Read},
        error::ReadError,
    },
};

/// How long a count is relied on. Meanwhile, other processes may create lists, too.
const FRESH: Duration = Duration::from_secs(10);

/// How many accounts are remembered longer than that.
const REMEMBERED: usize = 10_000;

/// Counts the account's lists.
pub(crate) struct CountLists(pub(crate) AccountId);

impl Read for CountLists {
    type Output = u64;

    fn account(&self) -> Option<&AccountId> {
        Some(&self.0)
    }

    async fn run(&self, database: &DatabaseExecutor<'_>) -> Result<u64, ReadError> {
        let rows = database.rows(count_lists(database.backend(), &self.0)).await?;
        let count: i64 = rows.first().map_or(Ok(0), |row| row.get(0))?;
        Ok(u64::try_from(count).unwrap_or(0))
    }
}

/// What is known of accounts.
#[derive(Default)]
pub(crate) struct KnownCounts(Mutex<HashMap<AccountId, Known>>);

struct Known {
    lists: u64,
    counted: Instant,
}

impl Known {
    fn take(&mut self) -> u64 {
        self.lists += 1;
        self.lists - 1
    }
}

impl KnownCounts {
    /// Takes the place of a list that is about to be created, if what is known can be relied on. Returns the number of
    /// lists before. What leaves no room must be counted again: lists may have been deleted.
    pub(crate) fn take_place(&self, account: &AccountId, limit: u64) -> Option<u64> {
        let mut all = self.all();
        let known = all.get_mut(account)?;
        let has_room = known.lists < limit && known.counted.elapsed() < FRESH;
        has_room.then(|| known.take())
    }

    /// Notes what was counted, and takes a place. If it could not be counted, what is known stays, or else nothing counts.
    /// Returns the number of lists before.
    pub(crate) fn take_place_of_counted(&self, account: &AccountId, counted: Option<u64>) -> u64 {
        let mut all = self.all();
        if all.len() >= REMEMBERED {
            all.retain(|_, known| known.counted.elapsed() < FRESH);
        }
        let last = all.get(account).map_or(0, |known| known.lists);
        let known = all.entry(account.clone()).insert_entry(Known {
            lists: counted.unwrap_or(last),
            counted: Instant::now(),
        });
        known.into_mut().take()
    }

    /// Gives back the place of a list that was not created.
    pub(crate) fn give_back(&self, account: &AccountId) {
        if let Some(known) = self.all().get_mut(account) {
            known.lists = known.lists.saturating_sub(1);
        }
    }

    fn all(&self) -> MutexGuard<'_, HashMap<AccountId, Known>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_is_relied_on_as_long_as_there_is_room() {
        let (counts, account) = (KnownCounts::default(), AccountId::new("acme").unwrap());
        assert_eq!(counts.take_place(&account, 3), None);
        assert_eq!(counts.take_place_of_counted(&account, Some(1)), 1);
        assert_eq!(counts.take_place(&account, 3), Some(2));
        assert_eq!(counts.take_place(&account, 3), None);
        counts.give_back(&account);
        assert_eq!(counts.take_place(&account, 3), Some(2));
    }

    #[test]
    fn what_cannot_be_counted_stays_as_it_is() {
        let (counts, account) = (KnownCounts::default(), AccountId::new("acme").unwrap());
        assert_eq!(counts.take_place_of_counted(&account, None), 0);
        assert_eq!(counts.take_place_of_counted(&account, None), 1);
    }
}
