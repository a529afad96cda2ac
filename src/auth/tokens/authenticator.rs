//! The authenticator, which verifies tokens.

use std::sync::{Arc, Mutex, PoisonError, RwLock};

use super::{
    refusal::{Refusal, TokenError},
    refusal_log::RefusalLog,
    verifier::Verifier,
};
use crate::{
    auth::{
        keys::{Issuer, KeyDescription, KeyError, KeyRemark, KeySet, Provider},
        principal::Principal,
        scope::RequiredScopes,
        settings::AuthSettings,
    },
    domain::text::visible,
};

/// The names of claims that say whose a token is.
#[derive(Clone, Copy, Debug)]
pub struct ClaimNames<'s> {
    /// The claim with the account.
    pub account: &'s str,
    /// The claims that may name the client; the first that does counts.
    pub client: &'s [String],
}

/// Identifies callers by their tokens.
pub struct Authenticator {
    pub(super) settings: AuthSettings,
    /// The providers whose keys are read from URLs, in the order of their keys.
    pub(super) providers: Vec<Provider>,
    /// Replaced as a whole when keys change. The lock is held no longer than it takes to copy the pointer.
    current: RwLock<Arc<Verifier>>,
    /// Held by who replaces the keys: of two changes none is lost.
    changing: Mutex<()>,
    refusals: RefusalLog,
}

impl Authenticator {
    /// Reads the configured keys. Those of providers are read by [`Authenticator::follow_providers`].
    pub fn new(settings: &AuthSettings) -> Result<Self, KeyError> {
        let cool_down = settings.key_cool_down;
        let of_keys = settings.jwks_url.clone().map(|url| Provider::of_keys(url, cool_down));
        let issuer = settings.oidc_issuer.clone();
        let of_issuer = issuer.map(|issuer| Provider::of_issuer(issuer, cool_down));
        let providers: Vec<Provider> = of_keys.into_iter().chain(of_issuer).collect();
        Ok(Self {
            current: RwLock::new(Arc::new(Verifier::new(KeySet::read(settings)?))),
            changing: Mutex::default(),
            settings: settings.clone(),
            providers,
            refusals: RefusalLog::default(),
        })
    }

    /// Reads the key files again and uses what they contain from now on; tokens of keys that are gone no longer count.
    /// If any file cannot be used, all keys stay as they are. Waits for the files, but no request waits for it.
    pub fn read_keys_again(&self) -> Result<(), KeyError> {
        let configured = KeySet::read(&self.settings)?;
        self.change_keys(|keys| Some(keys.with_configured(configured)));
        Ok(())
    }

    /// Replaces the keys, unless `change` returns none. Returns whether it did.
    pub(super) fn change_keys(&self, change: impl FnOnce(&KeySet) -> Option<KeySet>) -> bool {
        let _changing = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let next = change(self.current().keys()).map(Verifier::new).map(Arc::new);
        let is_changed = next.is_some();
        if let Some(next) = next {
            *self.current.write().unwrap_or_else(PoisonError::into_inner) = next;
        }
        is_changed
    }

    /// Whether there are key files that could be read again.
    pub fn has_key_files(&self) -> bool {
        self.settings.has_key_files()
    }

    /// The claims that say whose a token is.
    pub fn claim_names(&self) -> ClaimNames<'_> {
        ClaimNames {
            account: &self.settings.account_claim,
            client: &self.settings.client_claims,
        }
    }

    /// The scopes that operations require.
    pub fn required_scopes(&self) -> &RequiredScopes {
        &self.settings.required_scopes
    }

    /// The keys in use, in the order in which they are tried.
    pub fn keys(&self) -> Vec<KeyDescription> {
        self.current().keys().describe()
    }

    /// The ids of the keys in use, with their algorithms, for a line in the log.
    pub fn key_ids(&self) -> String {
        let keys = self.keys();
        let ids = keys
            .iter()
            .map(|key| format!("{} ({})", visible(key.id()), key.algorithm));
        ids.collect::<Vec<_>>().join(", ")
    }

    /// What an operator should know about the keys in use.
    pub fn remarks(&self) -> Vec<KeyRemark> {
        self.current().keys().remarks().to_vec()
    }

    /// Logs which keys are in use and what an operator should know about them.
    pub fn log_keys(&self) {
        for remark in self.remarks() {
            tracing::warn!("{remark}");
        }
        if !self.has_no_key() {
            tracing::info!(keys = self.key_ids(), "verifying tokens with these keys");
        } else if self.has_providers() {
            tracing::info!("no key has been read yet");
        }
    }

    /// Verifies a token as of now and returns its caller. The log says why a token was refused.
    pub async fn authenticate(&self, token: &str) -> Result<Arc<Principal>, TokenError> {
        let tried = self.current();
        let mut result = tried.verify(token, &self.settings, now());
        if let Err(refusal @ (Refusal::NoKey | Refusal::Signature)) = result {
            result = self.authenticate_with_new_keys(token, refusal, &tried).await;
        }
        result.map_err(|refusal| {
            self.log_refusal(refusal, Some(token));
            refusal.into()
        })
    }

    /// The same for tests that do not wait, and without the log.
    #[cfg(test)]
    pub(super) fn authenticate_now(&self, token: &str) -> Result<Arc<Principal>, TokenError> {
        Ok(self.authenticate_at(token, now())?)
    }

    /// Logs that a token was refused, as [`Authenticator::authenticate`] does.
    ///
    /// An issuer or audience that does not match is a configuration mistake that takes hours to find, so the log shows
    /// both sides.
    pub fn log_refusal(&self, refusal: Refusal, token: Option<&str>) {
        let expected = match refusal {
            Refusal::Issuer => {
                let of_keys = self.settings.oidc_issuer.as_ref().map(Issuer::name);
                let issuers = self.settings.issuers.iter().map(String::as_str).chain(of_keys);
                Some(issuers.collect::<Vec<_>>().join(", "))
            }
            Refusal::Audience => self.settings.audience.clone(),
            _ => None,
        };
        self.refusals.write(refusal, token, expected.as_deref());
    }

    /// Verifies a token as of `now`, in seconds since 1970, and returns its caller.
    pub(super) fn authenticate_at(&self, token: &str, now: f64) -> Result<Arc<Principal>, Refusal> {
        self.current().verify(token, &self.settings, now)
    }

    pub(super) fn current(&self) -> Arc<Verifier> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }
}

pub(super) fn now() -> f64 {
    crate::clock::since_1970().as_secs_f64()
}

#[cfg(test)]
#[path = "authenticator_test.rs"]
mod tests;

#[cfg(test)]
#[path = "rotation_test.rs"]
mod rotation_tests;
