//! How much of the database the saved responses of each account may occupy.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use quick_cache::sync::Cache;

use crate::domain::AccountId;

/// How long a number counts that was looked up: other processes save responses, too, and some expire.
const COUNTS_FOR: Duration = Duration::from_secs(5);

/// What a response occupies at most beside its own bytes and those of its key.
const ROW: u64 = 1_024;

/// How many accounts are known at once. Those of the others are looked up again.
const ACCOUNTS: usize = 1_000;

/// The shares of the accounts, as far as this process knows them. Clones share them.
#[derive(Clone, Debug)]
pub(crate) struct SavedResponses {
    /// How many bytes the responses of an account may occupy.
    share: u64,
    known: Arc<Cache<AccountId, Arc<Known>>>,
}

#[derive(Debug)]
struct Known {
    at: Instant,
    /// What was found then.
    found: u64,
    /// At most what was saved by this process since then.
    added: AtomicU64,
}

/// Whether an account has room for another response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It has.
    HasRoom,
    /// Its share is used up.
    IsFull,
    /// It has to be looked up how much it occupies.
    Unknown,
}

impl SavedResponses {
    /// Nothing is known yet.
    pub(crate) fn new(share: u64) -> Self {
        Self {
            share,
            known: Arc::new(Cache::new(ACCOUNTS)),
        }
    }

    /// Whether the account has room for another response. Of many that ask at once when it has to be looked up again,
    /// the first one learns that.
    pub(crate) fn verdict(&self, account: &AccountId) -> Verdict {
        let Some(known) = self.known.get(account) else {
            return Verdict::Unknown;
        };
        if known.at.elapsed() >= COUNTS_FOR {
            self.note(account, known.found, known.added.load(Ordering::Relaxed));
            return Verdict::Unknown;
        }
        let added = known.added.load(Ordering::Relaxed);
        if known.found.saturating_add(added) < self.share {
            Verdict::HasRoom
        } else if added == 0 {
            Verdict::IsFull
        } else {
            // What was added is an estimate.
            Verdict::Unknown
        }
    }

    /// Notes how many bytes the responses of the account occupy.
    pub(crate) fn note_found(&self, account: &AccountId, bytes: u64) -> Verdict {
        self.note(account, bytes, 0);
        if bytes < self.share {
            Verdict::HasRoom
        } else {
            Verdict::IsFull
        }
    }

    fn note(&self, account: &AccountId, found: u64, added: u64) {
        let known = Known {
            at: Instant::now(),
            found,
            added: AtomicU64::new(added),
        };
        self.known.insert(account.clone(), Arc::new(known));
    }

    /// Notes that a response is saved which, with its key, has so many bytes before it is compressed.
    pub(crate) fn note_added(&self, account: &AccountId, bytes: usize) {
        if let Some(known) = self.known.get(account) {
            known.added.fetch_add(bytes as u64 + ROW, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_full_once_that_was_found() {
        let saved = SavedResponses::new(10_000);
        let (one, other) = (AccountId::new("a").unwrap(), AccountId::new("b").unwrap());
        saved.note_added(&one, 5_000);
        assert_eq!(saved.verdict(&one), Verdict::Unknown);
        assert_eq!(saved.note_found(&one, 9_999), Verdict::HasRoom);
        assert_eq!(saved.verdict(&one), Verdict::HasRoom);
        saved.note_added(&one, 1);
        assert_eq!(saved.verdict(&one), Verdict::Unknown);
        assert_eq!(saved.note_found(&one, 10_000), Verdict::IsFull);
        assert_eq!(saved.verdict(&one), Verdict::IsFull);
        assert_eq!(saved.verdict(&other), Verdict::Unknown);
    }
}
