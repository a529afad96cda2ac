//! Verifies tokens.

use std::{
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use jsonwebtoken::{Validation, decode, decode_header};
use quick_cache::{Weighter, sync::Cache};
use serde_json::{Map, Value};
use thiserror::Error;

use super::{
    AuthSettings, KeyError, Principal,
    claims::{self, ClaimError, Expiry},
    keys::KeySet,
};

/// Why a token does not count. A caller is told no more than this.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum TokenError {
    /// It was good once.
    #[error("the token has expired")]
    Expired,
    /// It never was.
    #[error("the token is not valid")]
    Invalid,
}

/// Bytes of tokens that are remembered.
const CACHE_BYTES: u64 = 8 * 1024 * 1024;

/// Tells callers by their tokens.
pub struct Authenticator {
    keys: KeySet,
    settings: AuthSettings,
    /// Verified tokens: a signature is checked once, the expiry every time.
    verified: Cache<String, (Arc<Principal>, Expiry), TokenLength>,
}

#[derive(Clone)]
struct TokenLength;

impl<V> Weighter<String, V> for TokenLength {
    fn weight(&self, token: &String, _: &V) -> u64 {
        token.len() as u64 + 256
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

    /// The caller that the token speaks for, now.
    pub fn authenticate(&self, token: &str) -> Result<Arc<Principal>, TokenError> {
        let now = now();
        if let Some((principal, expiry)) = self.verified.get(token) {
            return if expiry.has_passed(now) {
                Err(TokenError::Expired)
            } else {
                Ok(principal)
            };
        }
        let claims = self.signed_claims(token).ok_or(TokenError::Invalid)?;
        let (principal, expiry) =
            claims::verify(&claims, &self.settings, now).map_err(|error| match error {
                ClaimError::Expired => TokenError::Expired,
                ClaimError::Invalid => TokenError::Invalid,
                ClaimError::Issuer(issuer) => {
                    tracing::warn!(
                        %issuer,
                        accepted = ?self.settings.issuers,
                        "a token of an issuer that is not configured"
                    );
                    TokenError::Invalid
                }
            })?;
        let principal = Arc::new(principal);
        self.verified
            .insert(token.to_owned(), (Arc::clone(&principal), expiry));
        Ok(principal)
    }

    /// The claims, if one of our keys signed them and the header asks for nothing that we do not know.
    fn signed_claims(&self, token: &str) -> Option<Map<String, Value>> {
        let header = decode_header(token).ok()?;
        if header.crit.is_some() || !header.typ.as_deref().is_none_or(is_access_token_type) {
            return None;
        }
        let key = self.keys.choose(header.kid.as_deref(), header.alg)?;
        let mut signature_only = Validation::new(header.alg);
        signature_only.set_required_spec_claims::<&str>(&[]);
        signature_only.validate_exp = false;
        signature_only.validate_aud = false;
        decode(token, key, &signature_only)
            .ok()
            .map(|token| token.claims)
    }
}

fn is_access_token_type(typ: &str) -> bool {
    ["jwt", "at+jwt", "application/at+jwt"]
        .iter()
        .any(|known| known.eq_ignore_ascii_case(typ))
}

fn now() -> f64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0.0, |since| since.as_secs_f64())
}

#[cfg(test)]
#[path = "authenticator_test.rs"]
mod tests;
