//! When the keys of a provider are read: whoever needs them orders it, and one task carries it out.

use std::{
    fmt,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::{
    sync::{Semaphore, watch},
    time::{timeout, timeout_at},
};

use super::{
    address::{Issuer, KeyUrl},
    read::{self, ProviderError},
};
use crate::auth::keys::group::KeyGroup;

/// How long it may take to read the keys, with all that belongs to it.
pub(super) const READ_LIMIT: Duration = Duration::from_secs(5);

/// How long a token waits for keys: a little longer than reading them takes.
const PATIENCE: Duration = Duration::from_secs(6);

/// How many tokens may wait for the keys of a provider. Anyone can send such tokens, and each holds a connection.
const MOST_WAITING: usize = 256;

/// How long keys are used, in cool-downs, and at least.
const LIFETIME: u32 = 10;
const SHORTEST_LIFETIME: Duration = Duration::from_secs(1);

/// Where keys are published.
enum Place {
    Keys(KeyUrl),
    Issuer(Issuer),
}

/// A provider, and what is going on with its keys.
///
/// A token does not read keys itself: its request may be given up at any time, and the others that wait for the same
/// keys must not notice.
pub(in crate::auth) struct Provider {
    place: Place,
    cool_down: Duration,
    /// When a token last made the keys be read.
    asked: Mutex<Option<Instant>>,
    /// How often the keys should have been read so far, and how often they were or could not be.
    ordered: watch::Sender<u64>,
    done: watch::Sender<u64>,
    /// One permit for each token that may wait.
    waiting: Semaphore,
    /// Whether an operator waits for the outcome.
    is_watched: AtomicBool,
}

impl Provider {
    pub(in crate::auth) fn of_keys(url: KeyUrl, cool_down: Duration) -> Self {
        Self::at(Place::Keys(url), cool_down)
    }

    pub(in crate::auth) fn of_issuer(issuer: Issuer, cool_down: Duration) -> Self {
        Self::at(Place::Issuer(issuer), cool_down)
    }

    fn at(place: Place, cool_down: Duration) -> Self {
        Self {
            place,
            cool_down,
            asked: Mutex::default(),
            ordered: watch::Sender::new(0),
            done: watch::Sender::new(0),
            waiting: Semaphore::new(MOST_WAITING),
            is_watched: AtomicBool::default(),
        }
    }

    /// Reads the keys once, now.
    pub(in crate::auth) async fn read(&self) -> Result<KeyGroup, ProviderError> {
        let (url, read) = match &self.place {
            Place::Keys(url) => (url, timeout(READ_LIMIT, read::key_set(url)).await),
            Place::Issuer(issuer) => {
                let read = timeout(READ_LIMIT, read::discovered(issuer)).await;
                (issuer.discovery(), read)
            }
        };
        read.unwrap_or_else(|_| Err(ProviderError::TooSlow { url: url.clone() }))
    }

    /// How long keys are used before they are read again without being asked for, so that those that the provider has
    /// removed end.
    pub(in crate::auth) fn lifetime(&self) -> Duration {
        (LIFETIME * self.cool_down).max(SHORTEST_LIFETIME)
    }

    /// Waits until the keys were read or could not be, if that is going on, or if a token has not asked for it within
    /// the cool-down. Returns at once otherwise. Returns false if many wait already, so that nothing is known of the keys.
    pub(in crate::auth) async fn ask(&self) -> bool {
        let Some(wanted) = self.wanted() else {
            return true;
        };
        let Ok(_permit) = self.waiting.try_acquire() else {
            return false;
        };
        let mut done = self.done.subscribe();
        // Its result does not matter: the token is tried again with the keys that there are.
        let _ = timeout(PATIENCE, done.wait_for(|done| *done >= wanted)).await;
        true
    }

    /// The attempt to wait for.
    fn wanted(&self) -> Option<u64> {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let ordered = *self.ordered.borrow();
        if ordered > *self.done.borrow() {
            return Some(ordered);
        }
        if asked.is_some_and(|at| at.elapsed() < self.cool_down) {
            return None;
        }
        *asked = Some(Instant::now());
        Some(self.order())
    }

    /// Makes the keys be read, whatever the cool-down says, and the outcome be logged.
    pub(in crate::auth) fn order_watched(&self) {
        self.is_watched.store(true, Ordering::Release);
        self.order();
    }

    fn order(&self) -> u64 {
        let mut number = 0;
        self.ordered.send_modify(|ordered| {
            *ordered += 1;
            number = *ordered;
        });
        number
    }

    /// Begins an attempt, ordered or not: its number, and whether an operator waits for it.
    pub(in crate::auth) fn begin(&self) -> (u64, bool) {
        let done = *self.done.borrow();
        let mut number = 0;
        self.ordered.send_modify(|ordered| {
            // All that is ordered is carried out at once.
            *ordered = (*ordered).max(done + 1);
            number = *ordered;
        });
        (number, self.is_watched.swap(false, Ordering::AcqRel))
    }

    /// Ends an attempt.
    pub(in crate::auth) fn end(&self, number: u64) {
        self.done.send_replace(number);
    }

    /// Waits for the next order, but not longer than this.
    pub(in crate::auth) async fn next(&self, pause: Duration) {
        let done = *self.done.borrow();
        let mut ordered = self.ordered.subscribe();
        let until = tokio::time::Instant::now() + pause;
        let _ = timeout_at(until, ordered.wait_for(|ordered| *ordered > done)).await;
    }
}

impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Place::Keys(url) => url.fmt(f),
            Place::Issuer(issuer) => issuer.discovery().fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    fn provider(cool_down: Duration) -> Provider {
        Provider::of_keys("http://127.0.0.1:1/keys".parse().unwrap(), cool_down)
    }

    #[test]
    fn one_attempt_is_ordered_within_the_cool_down() {
        let provider = provider(Duration::from_secs(3_600));
        assert_eq!(provider.wanted(), Some(1));
        // It is going on: others wait for the same.
        assert_eq!(provider.wanted(), Some(1));
        assert_eq!(provider.begin(), (1, false));
        assert_eq!(provider.wanted(), Some(1));
        provider.end(1);
        assert_eq!(provider.wanted(), None);
        // Who reads without being asked is waited for, and the cool-down goes on.
        assert_eq!(provider.begin(), (2, false));
        assert_eq!(provider.wanted(), Some(2));
        provider.end(2);
        assert_eq!(provider.wanted(), None);
    }

    #[test]
    fn after_the_cool_down_a_token_may_ask_again() {
        let provider = provider(Duration::ZERO);
        for number in 1..4 {
            assert_eq!(provider.wanted(), Some(number));
            assert_eq!(provider.begin(), (number, false));
            provider.end(number);
        }
    }

    /// Others wait for the same keys.
    #[tokio::test]
    async fn an_order_outlives_the_request_that_gave_it() {
        let provider = provider(Duration::from_secs(3_600));
        assert!(provider.ask().now_or_never().is_none());
        assert_eq!(provider.wanted(), Some(1));
        assert!(provider.next(Duration::from_secs(3_600)).now_or_never().is_some());
        let (number, _) = provider.begin();
        provider.end(number);
        assert!(provider.ask().now_or_never().is_some());
        assert!(provider.next(Duration::from_secs(3_600)).now_or_never().is_none());
    }

    #[tokio::test]
    async fn a_limited_number_of_tokens_wait() {
        let provider = provider(Duration::from_secs(3_600));
        let mut waiting: Vec<_> = (0..MOST_WAITING).map(|_| Box::pin(provider.ask())).collect();
        for ask in &mut waiting {
            assert!(ask.now_or_never().is_none());
        }
        assert!(provider.ask().now_or_never().is_some());
        drop(waiting);
        assert!(provider.ask().now_or_never().is_none());
    }

    #[test]
    fn an_order_that_comes_while_keys_are_read_makes_them_be_read_again() {
        let provider = provider(Duration::from_secs(3_600));
        let (first, _) = provider.begin();
        provider.order_watched();
        provider.end(first);
        assert_eq!(provider.begin(), (2, true));
        provider.end(2);
        assert_eq!(provider.begin(), (3, false));
    }
}
