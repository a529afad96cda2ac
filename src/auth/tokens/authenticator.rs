//! The authenticator, which verifies tokens.

use std::sync::{Arc, PoisonError, RwLock};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::{DecodingKey, crypto::verify};
use quick_cache::{Weighter, sync::Cache};
use serde_json::{Map, Value};

use super::{
    claims::{self, Validity},
    header,
    refusal::{Refusal, TokenError},
    refusal_log::RefusalLog,
};
use crate::auth::{
    keys::{KeyDescription, KeyError, KeyRemark, KeySet},
    principal::Principal,
    scope::RequiredScopes,
    settings::AuthSettings,
};

/// Size of the cache of verified tokens, in bytes.
const CACHE_BYTES: u64 = 8 * 1024 * 1024;

/// Identifies callers by their tokens.
pub struct Authenticator {
    settings: AuthSettings,
    /// Replaced as a whole when the keys are read again. The lock is held no longer than it takes to copy the pointer.
    current: RwLock<Arc<Generation>>,
    refusals: RefusalLog,
}

/// The keys and the tokens that they verified: with a key, what it verified is forgotten.
struct Generation {
    keys: KeySet,
    /// Verified tokens. The signature is checked once, the dates every time.
    verified: Cache<String, (Arc<Principal>, Validity), TokenLength>,
}

impl Generation {
    fn read(settings: &AuthSettings) -> Result<Arc<Self>, KeyError> {
        Ok(Arc::new(Self {
            keys: KeySet::read(settings)?,
            verified: Cache::with_weighter(4_096, CACHE_BYTES, TokenLength),
        }))
    }

    /// The claims, if the signature matches a key that fits and the header requires nothing unknown.
    ///
    /// The library verifies only the signature. Its `decode` would read the claims a second time for its own checks
    /// and, even with those switched off, would fail on a `sub` that is a list.
    fn signed_claims(&self, token: &str) -> Result<Map<String, Value>, Refusal> {
        let header = header::read(token)?;
        let keys = self.keys.candidates(header.kid.as_deref(), header.algorithm);
        if keys.is_empty() {
            return Err(Refusal::NoKey);
        }
        let (message, signature) = token.rsplit_once('.').ok_or(Refusal::Malformed)?;
        let verifies = |key: &DecodingKey| {
            verify(signature, message.as_bytes(), key, header.algorithm).is_ok_and(|is_its_own| is_its_own)
        };
        if !keys.into_iter().any(verifies) {
            return Err(Refusal::Signature);
        }
        let (_, payload) = message.split_once('.').ok_or(Refusal::Malformed)?;
        let json = BASE64_URL_SAFE_NO_PAD.decode(payload).map_err(|_| Refusal::Malformed)?;
        serde_json::from_slice(&json).map_err(|_| Refusal::Claims)
    }
}

#[derive(Clone)]
struct TokenLength;

impl<V> Weighter<String, V> for TokenLength {
    /// The length of the token, the same again for what is kept of its claims, and a fixed size for the entry itself.
    fn weight(&self, token: &String, _: &V) -> u64 {
        token.len() as u64 * 2 + 256
    }
}

impl Authenticator {
    /// Reads the configured keys.
    pub fn new(settings: &AuthSettings) -> Result<Self, KeyError> {
        Ok(Self {
            current: RwLock::new(Generation::read(settings)?),
            settings: settings.clone(),
            refusals: RefusalLog::default(),
        })
    }

    /// Reads the key files again and uses what they contain from now on; tokens of keys that are gone no longer count.
    /// If any file cannot be used, all keys stay as they are. Waits for the files, but no request waits for it.
    pub fn read_keys_again(&self) -> Result<(), KeyError> {
        let next = Generation::read(&self.settings)?;
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
        self.current().keys.describe()
    }

    /// The ids of the keys in use, with their algorithms, for a line in the log.
    pub fn key_ids(&self) -> String {
        let keys = self.keys();
        let ids = keys.iter().map(|key| format!("{} ({})", key.id(), key.algorithm));
        ids.collect::<Vec<_>>().join(", ")
    }

    /// What an operator should know about the keys in use.
    pub fn remarks(&self) -> Vec<KeyRemark> {
        self.current().keys.remarks().to_vec()
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
        let current = self.current();
        if let Some((principal, validity)) = current.verified.get(token) {
            return validity.check(now).map(|()| principal);
        }
        let claims = current.signed_claims(token)?;
        let (principal, validity) = claims::verify(&claims, &self.settings, now)?;
        let principal = Arc::new(principal);
        current
            .verified
            .insert(token.to_owned(), (Arc::clone(&principal), validity));
        Ok(principal)
    }

    fn current(&self) -> Arc<Generation> {
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
