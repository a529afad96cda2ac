//! Places: how many may be somewhere at once, for each account.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::domain::AccountId;

/// The same number of places for each account. Clones share them.
#[derive(Clone)]
pub(crate) struct Places {
    of_account: usize,
    taken: Arc<Mutex<HashMap<AccountId, usize>>>,
}

/// A place of an account. It is free again when this is dropped.
pub(crate) struct Place {
    places: Places,
    account: AccountId,
}

impl Places {
    /// So many places for each account.
    pub(crate) fn new(of_account: usize) -> Self {
        Self {
            of_account,
            taken: Arc::default(),
        }
    }

    /// Takes a place, if the account has one left.
    pub(crate) fn take(&self, account: &AccountId) -> Option<Place> {
        let mut taken = self.taken();
        let of_account = taken.entry(account.clone()).or_default();
        if *of_account >= self.of_account {
            return None;
        }
        *of_account += 1;
        Some(Place {
            places: self.clone(),
            account: account.clone(),
        })
    }

    fn taken(&self) -> MutexGuard<'_, HashMap<AccountId, usize>> {
        // Nothing panics while it is held, so the numbers agree.
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.taken();
        if let Some(of_account) = taken.get_mut(&self.account) {
            *of_account -= 1;
            if *of_account == 0 {
                taken.remove(&self.account);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_account_has_its_places() {
        let places = Places::new(2);
        let (one, other) = (AccountId::new("a").unwrap(), AccountId::new("b").unwrap());
        let both = [places.take(&one), places.take(&one)];
        assert!(both.iter().all(Option::is_some) && places.take(&one).is_none());
        assert!(places.take(&other).is_some());
        drop(both);
        assert!(places.taken().is_empty());
        assert!(places.take(&one).is_some());
    }
}
