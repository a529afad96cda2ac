//! Keys that come while the server runs: from providers, again and again, and for tokens that no key fits.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use futures_util::future::join_all;

use super::{
    authenticator::{Authenticator, now},
    header,
    refusal::Refusal,
    verifier::Verifier,
};
use crate::{
    auth::{
        keys::{KeyGroup, Provider, ProviderError},
        principal::Principal,
    },
    metrics::BackgroundMetrics,
};

/// The pauses after failures: the first one, and the longest one. Each is twice as long as the one before.
const PAUSES: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(60));

/// How often the log repeats why keys cannot be read.
const REPEAT: Duration = Duration::from_secs(600);

impl Authenticator {
    /// Whether no token can be verified, because the keys of no provider could be read yet and there are no others.
    pub fn has_no_key(&self) -> bool {
        self.current().keys().is_empty()
    }

    /// Whether there are providers whose keys are read from URLs.
    pub fn has_providers(&self) -> bool {
        !self.providers.is_empty()
    }

    /// Reads the keys of all providers, now, from time to time and when they are needed. Never ends.
    pub async fn follow_providers(self: Arc<Self>, metrics: BackgroundMetrics) {
        let providers = self.providers.iter().enumerate();
        join_all(providers.map(|(number, provider)| self.follow(number, provider, &metrics))).await;
    }

    /// Makes [`Authenticator::follow_providers`] read all keys again, whatever the cool-down says. The log shows the
    /// outcome.
    pub fn order_published_keys(&self) {
        for provider in &self.providers {
            provider.order_watched();
        }
    }

    /// Reads the keys of all providers once; what went wrong. Keys of a provider that fails stay as they were.
    pub async fn read_published_keys(&self) -> Vec<ProviderError> {
        let read = join_all(self.providers.iter().map(Provider::read)).await;
        let mut errors = Vec::new();
        for (number, result) in read.into_iter().enumerate() {
            match result {
                Ok(keys) => drop(self.use_published(number, keys)),
                Err(error) => errors.push(error),
            }
        }
        errors
    }

    /// Tries a token again that was refused with the keys `tried`, with keys that a provider has published since. Waits
    /// until they were read.
    pub(super) async fn authenticate_with_new_keys(
        &self,
        token: &str,
        refusal: Refusal,
        tried: &Arc<Verifier>,
    ) -> Result<Arc<Principal>, Refusal> {
        let may_be_new = |token| {
            let header = header::read(token).ok()?;
            Some(self.current().keys().may_lack(header.kid.as_deref(), header.algorithm))
        };
        if !self.has_providers() {
            return Err(refusal);
        }
        if may_be_new(token) != Some(true) {
            // Unless the keys have come in between.
            return match Arc::ptr_eq(tried, &self.current()) {
                true => Err(refusal),
                false => self.authenticate_at(token, now()),
            };
        }
        let asked = join_all(self.providers.iter().map(Provider::ask)).await;
        let is_known = asked.into_iter().all(|is_known| is_known) && self.current().keys().is_complete();
        let result = self.authenticate_at(token, now());
        match result {
            Err(Refusal::NoKey | Refusal::Signature) if !is_known => Err(Refusal::KeysUnread),
            _ => result,
        }
    }

    async fn follow(&self, number: usize, provider: &Provider, metrics: &BackgroundMetrics) {
        let mut failures = Failures::default();
        let mut pause = PAUSES.0;
        loop {
            let (attempt, is_watched) = provider.begin();
            let read = provider.read().await;
            metrics.note_key_read(read.is_ok());
            let next = match read {
                Ok(keys) => {
                    if self.use_published(number, keys) || is_watched {
                        self.log_keys();
                    }
                    failures.end(provider);
                    pause = PAUSES.0;
                    provider.lifetime()
                }
                Err(error) => {
                    failures.log(&error, is_watched);
                    let next = pause;
                    pause = (2 * pause).min(PAUSES.1);
                    next
                }
            };
            provider.end(attempt);
            provider.next(next).await;
        }
    }

    /// Uses the keys of a provider in the place of its earlier ones. Returns whether there are others among them.
    fn use_published(&self, number: usize, keys: KeyGroup) -> bool {
        self.change_keys(|current| current.with_published(number, keys))
    }
}

/// The failures to read the keys of a provider, as they are logged: each once, and again after a while.
#[derive(Default)]
struct Failures {
    last: Option<(String, Instant)>,
}

impl Failures {
    fn log(&mut self, error: &ProviderError, is_watched: bool) {
        let error = error.to_string();
        let is_known = |(known, at): &(String, Instant)| *known == error && at.elapsed() < REPEAT;
        if is_watched || !self.last.as_ref().is_some_and(is_known) {
            tracing::warn!(%error, "keys were not read; retrying, and those in use stay");
            self.last = Some((error, Instant::now()));
        }
    }

    fn end(&mut self, provider: &Provider) {
        if self.last.take().is_some() {
            tracing::info!(url = %provider, "keys can be read again");
        }
    }
}
