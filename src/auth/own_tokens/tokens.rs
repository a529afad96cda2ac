//! The signing and the verification of own tokens, with the keys of one moment.

use std::{collections::HashMap, sync::Arc, time::Duration};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};
use thiserror::Error;

use super::{claims, claims::TokenIdentity, sealing_key::SealingKey};
use crate::{
    auth::{
        keys::{KeySet, OWN_KID},
        principal::Principal,
        settings::AuthSettings,
        tokens::{Refusal, Verifier, kid_of},
    },
    domain::{Client, SigningKeys},
};

/// The key id of a token that says that it is one of the service's own; `None` for any other text.
pub fn own_kid(token: &str) -> Option<String> {
    kid_of(token).filter(|kid| kid.starts_with(OWN_KID))
}

/// The ids of the keys that the sealing key does not open.
pub fn unopened(keys: &SigningKeys, sealing: &SealingKey) -> Vec<String> {
    let unopened = keys
        .all()
        .iter()
        .filter(|key| sealing.open(&key.kid, &key.sealed).is_none());
    unopened.map(|key| key.kid.clone()).collect()
}

/// Why a token cannot be signed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SigningFault {
    /// There is no key.
    #[error("there is no signing key")]
    NoKey,
    /// The key was encrypted with another file.
    #[error("the signing key {0} was encrypted with another signing key file")]
    Unopened(String),
    /// The library failed.
    #[error("signing with the key {0} failed")]
    Failed(String),
}

/// Signs and verifies tokens.
pub struct OwnTokens {
    identity: TokenIdentity,
    settings: AuthSettings,
    keys: SigningKeys,
    /// The private parts of those keys that the sealing key opens, by key id.
    private: HashMap<String, EncodingKey>,
    verifier: Verifier,
}

impl OwnTokens {
    /// Takes the keys. Those that the sealing key does not open verify tokens, but sign none.
    pub fn new(keys: SigningKeys, sealing: &SealingKey, identity: TokenIdentity) -> Self {
        let private = keys.all().iter().filter_map(|key| {
            let pkcs8 = sealing.open(&key.kid, &key.sealed)?;
            Some((key.kid.clone(), EncodingKey::from_ed_der(&pkcs8)))
        });
        let public = keys
            .all()
            .iter()
            .map(|key| (key.kid.as_str(), key.public_key.as_slice()));
        Self {
            private: private.collect(),
            verifier: Verifier::new(KeySet::of_own(public)),
            settings: claims::settings(),
            identity,
            keys,
        }
    }

    /// Signs a token of the client with this scope, valid for `lifetime` from `now`.
    pub fn issue(
        &self,
        client: &Client,
        scope: &str,
        now: DateTime<Utc>,
        lifetime: Duration,
    ) -> Result<String, SigningFault> {
        let kid = &self.keys.signer(now).ok_or(SigningFault::NoKey)?.kid;
        let private = self
            .private
            .get(kid)
            .ok_or_else(|| SigningFault::Unopened(kid.clone()))?;
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some("at+jwt".to_owned());
        header.kid = Some(kid.clone());
        let seconds = u64::try_from(now.timestamp()).unwrap_or(0);
        let claims = self.identity.claims(client, scope, seconds, lifetime);
        encode(&header, &claims, private).map_err(|_| SigningFault::Failed(kid.clone()))
    }

    /// Verifies a token as of `now`. `kid` is the id that [`own_kid`] found in it. [`Refusal::NoKey`] means that no key has
    /// the id; only then another key may verify the token.
    pub fn verify(&self, token: &str, kid: &str, now: DateTime<Utc>) -> Result<Arc<Principal>, Refusal> {
        if self.keys.find_published(kid, now).is_none() {
            return Err(Refusal::NoKey);
        }
        let seconds = now.timestamp_micros() as f64 / 1e6;
        let verified = self.verifier.verify(token, &self.settings, seconds);
        verified.map_err(|refusal| match refusal {
            Refusal::NoKey => Refusal::Algorithm,
            refusal => refusal,
        })
    }

    /// The public keys at `now` as a JSON Web Key Set (RFC 7517).
    pub fn key_set(&self, now: DateTime<Utc>) -> Value {
        let keys = self.keys.published(now).map(|key| {
            json!({
                "kty": "OKP",
                "crv": "Ed25519",
                "alg": "EdDSA",
                "use": "sig",
                "kid": key.kid,
                "x": BASE64_URL_SAFE_NO_PAD.encode(&key.public_key),
            })
        });
        json!({ "keys": keys.collect::<Vec<_>>() })
    }
}

#[cfg(test)]
#[path = "tokens_test.rs"]
mod tests;
