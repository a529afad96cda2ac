//! The verifier: keys, and the tokens that they verified.

use std::sync::Arc;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::crypto::verify;
use quick_cache::{Weighter, sync::Cache};
use serde_json::{Map, Value};

use super::{
    claims::{self, Validity},
    header,
    refusal::Refusal,
};
use crate::auth::{
    keys::{Candidate, KeySet},
    principal::Principal,
    settings::AuthSettings,
};

/// Size of the cache of verified tokens, in bytes.
pub(super) const CACHE_BYTES: u64 = 8 * 1024 * 1024;

/// Verifies tokens with these keys. It is replaced as a whole when the keys change: with a key, what it verified is
/// forgotten.
pub(in crate::auth) struct Verifier {
    keys: KeySet,
    /// Verified tokens. The signature is checked once, the dates every time.
    verified: Cache<String, (Arc<Principal>, Validity), TokenLength>,
}

impl Verifier {
    pub(in crate::auth) fn new(keys: KeySet) -> Self {
        Self {
            keys,
            verified: Cache::with_weighter(4_096, CACHE_BYTES, TokenLength),
        }
    }

    #[cfg(test)]
    pub(super) fn verified(&self) -> &Cache<String, (Arc<Principal>, Validity), TokenLength> {
        &self.verified
    }

    pub(super) fn keys(&self) -> &KeySet {
        &self.keys
    }

    /// Verifies a token as of `now`, in seconds since 1970, and returns its caller.
    pub(in crate::auth) fn verify(
        &self,
        token: &str,
        settings: &AuthSettings,
        now: f64,
    ) -> Result<Arc<Principal>, Refusal> {
        if let Some((principal, validity)) = self.verified.get(token) {
            return validity.check(now).map(|()| principal);
        }
        let SignedClaims { claims, issuers } = self.signed_claims(token)?;
        let mut results = issuers
            .into_iter()
            .map(|issuer| claims::verify(&claims, settings, issuer, now));
        let first = results.next().unwrap_or(Err(Refusal::Signature));
        let (principal, validity) = results.fold(first, Result::or)?;
        let principal = Arc::new(principal);
        self.verified
            .insert(token.to_owned(), (Arc::clone(&principal), validity));
        Ok(principal)
    }

    /// The claims, if the signature matches a key that fits and the header requires nothing unknown.
    ///
    /// The library verifies only the signature. Its `decode` would read the claims a second time for its own checks
    /// and, even with those switched off, would fail on a `sub` that is a list.
    fn signed_claims(&self, token: &str) -> Result<SignedClaims<'_>, Refusal> {
        let header = header::read(token)?;
        let keys = self.keys.candidates(header.kid.as_deref(), header.algorithm);
        if keys.is_empty() {
            return Err(Refusal::NoKey);
        }
        let (message, signature) = token.rsplit_once('.').ok_or(Refusal::Malformed)?;
        let verifies = |key: &Candidate<'_>| {
            verify(signature, message.as_bytes(), key.decoding, header.algorithm).is_ok_and(|is_its_own| is_its_own)
        };
        let issuers: Vec<_> = keys.into_iter().filter(verifies).map(|key| key.issuer).collect();
        if issuers.is_empty() {
            return Err(Refusal::Signature);
        }
        let (_, payload) = message.split_once('.').ok_or(Refusal::Malformed)?;
        let json = BASE64_URL_SAFE_NO_PAD.decode(payload).map_err(|_| Refusal::Malformed)?;
        let claims = serde_json::from_slice(&json).map_err(|_| Refusal::Claims)?;
        Ok(SignedClaims { claims, issuers })
    }
}

/// What a token says whose signature is good.
struct SignedClaims<'k> {
    claims: Map<String, Value>,
    /// Of each key that verifies it, the issuer whose tokens alone the key is for, if there is one. A key may come from two
    /// sources.
    issuers: Vec<Option<&'k str>>,
}

#[derive(Clone)]
pub(super) struct TokenLength;

impl<V> Weighter<String, V> for TokenLength {
    /// The length of the token, the same again for what is kept of its claims, and a fixed size for the entry itself.
    fn weight(&self, token: &String, _: &V) -> u64 {
        token.len() as u64 * 2 + 256
    }
}
