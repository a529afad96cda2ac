//! A key that verifies tokens: its id, its algorithm and where it comes from.

use std::sync::Arc;

use jsonwebtoken::{Algorithm, DecodingKey, errors};
use sha2::{Digest, Sha256};

use super::{KeyError, public_key::PublicKey};
use crate::auth::settings::Secret;

/// A key, and the only algorithm that it is used with.
#[derive(Clone)]
pub(super) struct Key {
    /// The id that was configured or published with it.
    pub(super) kid: Option<String>,
    /// The id that is derived from it.
    derived_kid: String,
    /// Distinguishes its material from that of others.
    pub(super) fingerprint: [u8; 32],
    pub(super) algorithm: Algorithm,
    pub(super) decoding: DecodingKey,
    /// Whose tokens alone it verifies; `None` if that follows from the settings.
    pub(super) issuer: Option<Arc<str>>,
    /// Where it comes from, for messages.
    source: String,
}

impl Key {
    pub(super) fn secret(secret: &Secret) -> Result<Self, KeyError> {
        let fingerprint = fingerprint(secret.bytes());
        Ok(Self {
            kid: secret.kid().map(str::to_owned),
            derived_kid: derived_kid(&fingerprint),
            fingerprint,
            algorithm: Algorithm::HS256,
            decoding: key_of(secret, DecodingKey::from_secret)?,
            issuer: None,
            source: secret.source().to_owned(),
        })
    }

    pub(super) fn public(kid: Option<String>, key: PublicKey, source: String) -> Self {
        let fingerprint = fingerprint(&key.material);
        Self {
            kid,
            derived_kid: derived_kid(&fingerprint),
            fingerprint,
            algorithm: key.algorithm,
            decoding: key.decoding,
            issuer: None,
            source,
        }
    }

    /// Whether a token with this key id is meant for the key. The derived id also counts for a key with an id of its own:
    /// tokens may have been issued before it was given one.
    pub(super) fn has_id(&self, kid: &str) -> bool {
        self.kid.as_deref() == Some(kid) || self.derived_kid == kid
    }

    /// Whether the other is the same key with the same id, for the same tokens, wherever it comes from.
    pub(super) fn is_same_as(&self, other: &Self) -> bool {
        self.kid == other.kid && self.algorithm == other.algorithm && self.verifies_as(other)
    }

    /// Whether the other has the same material, and is for the same tokens.
    pub(super) fn verifies_as(&self, other: &Self) -> bool {
        self.fingerprint == other.fingerprint && self.issuer == other.issuer
    }

    pub(super) fn describe(&self) -> KeyDescription {
        KeyDescription {
            kid: self.kid.clone(),
            derived_kid: self.derived_kid.clone(),
            algorithm: format!("{:?}", self.algorithm),
            kind: match self.algorithm {
                Algorithm::HS256 => KeyDescription::SECRET,
                Algorithm::ES256 => "P-256 public key",
                Algorithm::EdDSA => "Ed25519 public key",
                _ => "RSA public key",
            },
            source: self.source.clone(),
        }
    }
}

/// A key as an operator knows it. Contains no part of a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyDescription {
    /// The id that was configured or published with it.
    pub kid: Option<String>,
    /// The id that is derived from the key, which tokens issued here have if there is no other.
    pub derived_kid: String,
    /// The name of its algorithm.
    pub algorithm: String,
    /// What kind of key it is.
    pub kind: &'static str,
    /// Where it comes from.
    pub source: String,
}

impl KeyDescription {
    /// The kind of a secret, the only one that signs tokens too.
    pub const SECRET: &str = "secret";

    /// The id that tokens name it by.
    pub fn id(&self) -> &str {
        self.kid.as_deref().unwrap_or(&self.derived_kid)
    }
}

/// Turns a secret into a key of the library. Requires 32 bytes, because the library accepts any secret that is not
/// empty.
pub(in crate::auth) fn key_of<K>(
    secret: &Secret,
    make: impl FnOnce(&[u8]) -> errors::Result<K>,
) -> Result<K, KeyError> {
    let bytes = Some(secret.bytes()).filter(|bytes| bytes.len() >= 32);
    let key = bytes.and_then(|bytes| make(bytes).ok());
    key.ok_or_else(|| KeyError::ShortSecret(secret.source().to_owned()))
}

/// The id of a secret, which tokens issued by this service contain.
pub(in crate::auth) fn secret_kid(secret: &Secret) -> String {
    let derived = || derived_kid(&fingerprint(secret.bytes()));
    secret.kid().map_or_else(derived, str::to_owned)
}

/// What the id of an own signing key begins with. Those of other services of this kind begin with it, too.
pub(in crate::auth) const OWN_KID: &str = "record-lists-";

/// The id of an own signing key, from its public part.
pub(in crate::auth) fn own_kid_of(public_key: &[u8]) -> String {
    format!("{OWN_KID}{}", derived_kid(&fingerprint(public_key)))
}

fn fingerprint(material: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(b"record-lists key id\0");
    hash.update(material);
    hash.finalize().into()
}

/// An id for a key that was configured without one. Tokens issued by this service contain it, so that several secrets
/// can be in use.
fn derived_kid(fingerprint: &[u8; 32]) -> String {
    fingerprint[..8].iter().map(|byte| format!("{byte:02x}")).collect()
}
