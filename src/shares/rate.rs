//! How many requests an account may send in a second.

use std::{
    num::NonZeroU32,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use governor::{
    Quota, RateLimiter, clock::DefaultClock, middleware::StateInformationMiddleware, state::keyed::HashMapStateStore,
};

use crate::domain::AccountId;

/// After so many requests, accounts are forgotten that have sent none for a second.
const FORGET_AFTER: usize = 10_000;

/// The rate of each account. Clones share it.
#[derive(Clone)]
pub struct Rate(Option<Arc<Limited>>);

struct Limited {
    quota: NonZeroU32,
    limiter: RateLimiter<AccountId, HashMapStateStore<AccountId>, DefaultClock, StateInformationMiddleware>,
    requests: AtomicUsize,
}

/// What an account may still send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// Requests in a second.
    pub quota: u32,
    /// Further requests now; `None` if this one was already too much.
    pub left: Option<u32>,
}

impl Rate {
    /// So many requests in a second, or any number. An account that has paused may send those of a second at once.
    pub fn new(quota: Option<NonZeroU32>) -> Self {
        Self(quota.map(|quota| {
            let limiter = RateLimiter::hashmap(Quota::per_second(quota));
            Arc::new(Limited {
                quota,
                limiter: limiter.with_middleware(),
                requests: AtomicUsize::new(0),
            })
        }))
    }

    /// Counts a request of the account; `None` if their number is not limited.
    pub fn count(&self, account: &AccountId) -> Option<Allowance> {
        let limited = self.0.as_ref()?;
        let state = limited.limiter.check_key(account);
        if limited.requests.fetch_add(1, Ordering::Relaxed) % FORGET_AFTER == FORGET_AFTER - 1 {
            limited.limiter.retain_recent();
            limited.limiter.shrink_to_fit();
        }
        Some(Allowance {
            quota: limited.quota.get(),
            left: state.ok().map(|state| state.remaining_burst_capacity()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_has_its_own_quota() {
        let rate = Rate::new(NonZeroU32::new(3));
        let (one, other) = (AccountId::new("a").unwrap(), AccountId::new("b").unwrap());
        let lefts: Vec<_> = (0..4).map(|_| rate.count(&one).unwrap().left).collect();
        assert_eq!(lefts, [Some(2), Some(1), Some(0), None]);
        assert_eq!(
            rate.count(&other),
            Some(Allowance {
                quota: 3,
                left: Some(2)
            })
        );
        assert_eq!(Rate::new(None).count(&one), None);
    }

    #[test]
    fn accounts_that_are_silent_are_forgotten() {
        let rate = Rate::new(NonZeroU32::new(u32::MAX));
        for n in 0..FORGET_AFTER * 2 {
            rate.count(&AccountId::new(n.to_string()).unwrap());
        }
        assert!(rate.0.unwrap().limiter.len() < FORGET_AFTER);
    }
}
