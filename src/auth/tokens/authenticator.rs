//! The authenticator, which verifies tokens.

use std::sync::Arc;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::crypto::verify;
use quick_cache::{Weighter, sync::Cache};
use serde_json::{Map, Value};
use thiserror::Error;

use super::{
    claims::{self, ClaimError, Validity},
    header,
};
use crate::auth::{
    keys::{KeyError, KeySet},
    principal::Principal,
    settings::AuthSettings,
};

/// Why a token is rejected. Callers learn no more than this.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum TokenError {
    /// It was valid once.
    #[error("the token has expired")]
    Expired,
    /// It is valid, but has neither scopes nor an account, so nothing can be done with it.
    #[error("the token grants nothing")]
    GrantsNothing,
    /// It was never valid.
    #[error("the token is not valid")]
    Invalid,
}

/// Size of the cache of verified tokens, in bytes.
const CACHE_BYTES: u64 = 8 * 1024 * 1024;

/// Identifies callers by their tokens.
pub struct Authenticator {
    keys: KeySet,
    settings: AuthSettings,
    /// Verified tokens. The signature is checked once, the dates every time.
    verified: Cache<String, (Arc<Principal>, Validity), TokenLength>,
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
            keys: KeySet::new(settings)?,
            settings: settings.clone(),
            verified: Cache::with_weighter(4_096, CACHE_BYTES, TokenLength),
        })
    }

    /// Verifies a token as of now and returns its caller.
    pub fn authenticate(&self, token: &str) -> Result<Arc<Principal>, TokenError> {
        self.authenticate_at(token, now())
    }

    /// Verifies a token as of `now`, in seconds since 1970, and returns its caller.
    pub(super) fn authenticate_at(&self, token: &str, now: f64) -> Result<Arc<Principal>, TokenError> {
        if let Some((principal, validity)) = self.verified.get(token) {
            return match validity.check(now) {
                Ok(()) => Ok(principal),
                Err(error) => Err(self.refuse(error)),
            };
        }
        let claims = self.signed_claims(token).ok_or(TokenError::Invalid)?;
        let (principal, validity) = claims::verify(&claims, &self.settings, now).map_err(|error| self.refuse(error))?;
        let principal = Arc::new(principal);
        self.verified
            .insert(token.to_owned(), (Arc::clone(&principal), validity));
        Ok(principal)
    }

    /// The error for the caller. An issuer that does not match is a configuration mistake that takes hours to find, so
    /// the log shows both sides. They are quoted, because a token could contain line breaks.
    fn refuse(&self, error: ClaimError) -> TokenError {
        match error {
            ClaimError::Expired => TokenError::Expired,
            ClaimError::GrantsNothing => TokenError::GrantsNothing,
            ClaimError::Invalid => TokenError::Invalid,
            ClaimError::Issuer(issuer) => {
                tracing::warn!(
                    ?issuer,
                    accepted = ?self.settings.issuers,
                    "rejected a token from an issuer that is not configured"
                );
                TokenError::Invalid
            }
        }
    }

    /// The claims, if the signature matches one of the keys and the header requires nothing unknown.
    ///
    /// The library verifies only the signature. Its `decode` would read the claims a second time for its own checks
    /// and, even with those switched off, would fail on a `sub` that is a list.
    fn signed_claims(&self, token: &str) -> Option<Map<String, Value>> {
        let header = header::read(token)?;
        let key = self.keys.choose(header.kid.as_deref(), header.algorithm)?;
        let (message, signature) = token.rsplit_once('.')?;
        let is_ours = verify(signature, message.as_bytes(), key, header.algorithm).ok()?;
        let (_, payload) = message.split_once('.').filter(|_| is_ours)?;
        let json = BASE64_URL_SAFE_NO_PAD.decode(payload).ok()?;
        serde_json::from_slice(&json).ok()
    }
}

fn now() -> f64 {
    crate::clock::since_1970().as_secs_f64()
}

#[cfg(test)]
#[path = "authenticator_test.rs"]
mod tests;
