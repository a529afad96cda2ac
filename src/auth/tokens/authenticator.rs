//! The authenticator, which verifies tokens.

use std::sync::{Arc, PoisonError, RwLock};

use super::{
    refusal::{Refusal, TokenError},
    refusal_log::RefusalLog,
    verifier::Verifier,
};
use crate::auth::{
    keys::{KeyDescription, KeyError, KeyRemark, KeySet},
    principal::Principal,
    scope::RequiredScopes,
    settings::AuthSettings,
};

/// Identifies callers by their tokens.
pub struct Authenticator {
    settings: AuthSettings,
    /// Replaced as a whole when the keys are read again. The lock is held no longer than it takes to copy the pointer.
    current: RwLock<Arc<Verifier>>,
    refusals: RefusalLog,
}

impl Authenticator {
    /// Reads the configured keys.
    pub fn new(settings: &AuthSettings) -> Result<Self, KeyError> {
        Ok(Self {
            current: RwLock::new(read(settings)?),
            settings: settings.clone(),
            refusals: RefusalLog::default(),
        })
    }

    /// Reads the key files again and uses what they contain from now on; tokens of keys that are gone no longer count.
    /// If any file cannot be used, all keys stay as they are. Waits for the files, but no request waits for it.
    pub fn read_keys_again(&self) -> Result<(), KeyError> {
        let next = read(&self.settings)?;
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = next;
        Ok(())
    }

    /// Whether there are key files that could be read again.
    pub fn has_key_files(&self) -> bool {
        self.settings.has_key_files()
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
        let ids = keys.iter().map(|key| format!("{} ({})", key.id(), key.algorithm));
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
        tracing::info!(keys = self.key_ids(), "verifying tokens with these keys");
    }

    /// Verifies a token as of now and returns its caller. The log says why a token was refused.
    pub async fn authenticate(&self, token: &str) -> Result<Arc<Principal>, TokenError> {
        self.authenticate_at(token, now()).map_err(|refusal| {
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
            Refusal::Issuer => Some(self.settings.issuers.join(", ")),
            Refusal::Audience => self.settings.audience.clone(),
            _ => None,
        };
        self.refusals.write(refusal, token, expected.as_deref());
    }

    /// Verifies a token as of `now`, in seconds since 1970, and returns its caller.
    pub(super) fn authenticate_at(&self, token: &str, now: f64) -> Result<Arc<Principal>, Refusal> {
        self.current().verify(token, &self.settings, now)
    }

    fn current(&self) -> Arc<Verifier> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }
}

fn read(settings: &AuthSettings) -> Result<Arc<Verifier>, KeyError> {
    Ok(Arc::new(Verifier::new(KeySet::read(settings)?)))
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
