//! How many wrong secrets a client may send. The right one is never refused: whoever sends wrong ones in a client's name
//! must not keep it out.

use std::{
    hash::{BuildHasher, RandomState},
    net::IpAddr,
    num::NonZeroU32,
    sync::atomic::{AtomicUsize, Ordering},
};

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

/// Wrong secrets in a second, for each client id and peer.
const PER_SECOND: NonZeroU32 = NonZeroU32::new(5).expect("5 is not 0");

/// After so many wrong secrets, those are forgotten that were sent more than a second ago.
const FORGET_AFTER: usize = 10_000;

/// Counts wrong secrets.
pub(super) struct Attempts {
    limiter: DefaultKeyedRateLimiter<(u64, Option<IpAddr>)>,
    /// Makes a short key of an id, which may be long, that nobody can guess.
    hasher: RandomState,
    count: AtomicUsize,
}

impl Default for Attempts {
    fn default() -> Self {
        Self::of(PER_SECOND)
    }
}

impl Attempts {
    fn of(per_second: NonZeroU32) -> Self {
        Self {
            limiter: RateLimiter::keyed(Quota::per_second(per_second)),
            hasher: RandomState::new(),
            count: AtomicUsize::new(0),
        }
    }

    /// Counts a wrong secret, for a client id as it was sent. Returns false if there were too many.
    pub(super) fn may_fail_again(&self, id: &str, peer: Option<IpAddr>) -> bool {
        let key = (self.hasher.hash_one(id), peer.map(|peer| peer.to_canonical()));
        let is_allowed = self.limiter.check_key(&key).is_ok();
        if self.count.fetch_add(1, Ordering::Relaxed) % FORGET_AFTER == FORGET_AFTER - 1 {
            self.limiter.retain_recent();
            self.limiter.shrink_to_fit();
        }
        is_allowed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_client_and_peer_may_fail_five_times() {
        let attempts = Attempts::default();
        let peers = [Some("192.0.2.1".parse().unwrap()), Some("::1".parse().unwrap()), None];
        for (id, peer) in [("a", peers[0]), ("b", peers[0]), ("a", peers[1]), ("a", peers[2])] {
            let allowed = (0..8).filter(|_| attempts.may_fail_again(id, peer)).count();
            assert!((5..8).contains(&allowed), "{allowed}");
        }
        let mapped = Some("::ffff:192.0.2.1".parse().unwrap());
        assert!((0..3).any(|_| !attempts.may_fail_again("a", mapped)));
    }

    #[test]
    fn old_failures_are_forgotten() {
        let attempts = Attempts::of(NonZeroU32::MAX);
        for n in 0..FORGET_AFTER * 2 {
            attempts.may_fail_again(&n.to_string(), None);
        }
        assert!(attempts.limiter.len() < FORGET_AFTER);
    }
}
