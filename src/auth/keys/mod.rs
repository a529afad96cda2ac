//! Which key verifies a token (docs/contract.md section 1.16).

mod development;
mod jwk;
mod public_key;

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use jsonwebtoken::{Algorithm, DecodingKey, errors};
use sha2::{Digest, Sha256};
use thiserror::Error;

use self::public_key::PublicKey;
use super::settings::{AuthSettings, Secret};

pub use self::development::development_secret;

/// A key that cannot be used. The messages name its source and show nothing of it.
#[derive(Debug, Error)]
pub enum KeyError {
    /// HS256 with a short secret can be broken by trying.
    #[error("the secret from {0} has fewer than 32 bytes")]
    ShortSecret(String),
    /// The file cannot be read.
    #[error("the key file {} cannot be read: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file holds something else.
    #[error(
        "the key file {} does not hold one public key in PEM form that is RSA with at least 2048 bits, P-256 or Ed25519",
        .0.display()
    )]
    NoPublicKey(PathBuf),
    /// The file holds something else.
    #[error("the key set file {} is not a JSON object with a list of keys", .0.display())]
    NoKeySet(PathBuf),
    /// Every key of the set was passed over; the log says why.
    #[error("the key set file {} holds no key that verifies RS256, ES256 or EdDSA", .0.display())]
    EmptyKeySet(PathBuf),
}

/// The keys that tokens may be signed with.
#[derive(Default)]
pub(super) struct KeySet {
    keys: Vec<Key>,
}

struct Key {
    kid: String,
    /// Whether the id was given by whoever configured the key.
    is_named: bool,
    algorithm: Algorithm,
    decoding: DecodingKey,
}

impl Key {
    fn public(kid: Option<String>, key: PublicKey) -> Self {
        Self {
            is_named: kid.is_some(),
            kid: kid.unwrap_or_else(|| derived_kid(&key.material)),
            algorithm: key.algorithm,
            decoding: key.decoding,
        }
    }
}

impl KeySet {
    pub(super) fn new(settings: &AuthSettings) -> Result<Self, KeyError> {
        let mut set = Self::default();
        for secret in &settings.secrets {
            set.add(Key {
                kid: secret_kid(secret),
                is_named: false,
                algorithm: Algorithm::HS256,
                decoding: key_of(secret, DecodingKey::from_secret)?,
            });
        }
        for file in &settings.public_keys {
            let key = PublicKey::from_pem(&read(&file.path)?);
            let key = key.ok_or_else(|| KeyError::NoPublicKey(file.path.clone()))?;
            set.add(Key::public(file.kid.clone(), key));
        }
        if let Some(path) = &settings.jwks {
            for key in keys_of_set(path)? {
                set.add(key);
            }
        }
        Ok(set)
    }

    /// A second key with the id and algorithm of another could never be chosen. Most often it is the same key twice,
    /// which must not look like a choice of two.
    fn add(&mut self, key: Key) {
        let is_taken = |other: &Key| other.kid == key.kid && other.algorithm == key.algorithm;
        if self.keys.iter().any(is_taken) {
            tracing::warn!(kid = ?key.kid, "a second key with this id is passed over");
        } else {
            self.keys.push(key);
        }
    }

    /// The key for a token that names this key id and algorithm.
    ///
    /// A named id must be that of a key. An id that is unknown here, and a token without one, are served only where
    /// there is no choice: trying keys in turn would let a token pass that was signed for another purpose.
    pub(super) fn choose(&self, kid: Option<&str>, algorithm: Algorithm) -> Option<&DecodingKey> {
        let fitting = || self.keys.iter().filter(|key| key.algorithm == algorithm);
        let Some(kid) = kid else {
            return only(fitting()).map(|key| &key.decoding);
        };
        fitting()
            .find(|key| key.kid == kid)
            .or_else(|| only(fitting().filter(|key| !key.is_named)))
            .map(|key| &key.decoding)
    }
}

fn only<'k>(mut keys: impl Iterator<Item = &'k Key>) -> Option<&'k Key> {
    keys.next().filter(|_| keys.next().is_none())
}

/// The key that the library makes of a secret. It takes any but an empty one.
pub(super) fn key_of<K>(secret: &Secret, make: impl FnOnce(&[u8]) -> errors::Result<K>) -> Result<K, KeyError> {
    let bytes = Some(secret.bytes()).filter(|bytes| bytes.len() >= 32);
    let key = bytes.and_then(|bytes| make(bytes).ok());
    key.ok_or_else(|| KeyError::ShortSecret(secret.source().to_owned()))
}

/// The id of a secret, which tokens made here name.
pub(super) fn secret_kid(secret: &Secret) -> String {
    derived_kid(secret.bytes())
}

/// The id of a key that was given none: tokens made here name it, so that several keys can be in use.
fn derived_kid(key: &[u8]) -> String {
    let mut hash = Sha256::new();
    hash.update(b"record-lists key id\0");
    hash.update(key);
    let digest = hash.finalize();
    digest[..8].iter().map(|byte| format!("{byte:02x}")).collect()
}

fn read(path: &Path) -> Result<Vec<u8>, KeyError> {
    fs::read(path).map_err(|source| KeyError::Unreadable {
        path: path.to_owned(),
        source,
    })
}

/// The keys of a key set that can be used. Of the others the log names the place and the id.
fn keys_of_set(path: &Path) -> Result<Vec<Key>, KeyError> {
    let entries = jwk::read_set(&read(path)?).ok_or_else(|| KeyError::NoKeySet(path.to_owned()))?;
    let mut keys = Vec::new();
    for (index, entry) in entries.into_iter().enumerate() {
        match entry.key {
            Ok(key) => keys.push(Key::public(entry.kid, key)),
            Err(reason) => tracing::warn!(
                index,
                kid = ?entry.kid,
                %reason,
                "a key of the key set is passed over"
            ),
        }
    }
    if keys.is_empty() {
        return Err(KeyError::EmptyKeySet(path.to_owned()));
    }
    Ok(keys)
}
