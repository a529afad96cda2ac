//! Keys, and which of them verifies a token (docs/contract.md section 1.16).

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

/// Why a key cannot be used. The messages name the key's source but show no part of the key.
#[derive(Debug, Error)]
pub enum KeyError {
    /// The secret is too short: brute force would break it.
    #[error("the secret from {0} has fewer than 32 bytes")]
    ShortSecret(String),
    /// The file cannot be read.
    #[error("the key file {} cannot be read: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// The file does not contain exactly one public key of a supported kind.
    #[error(
        "the key file {} must contain exactly one public key in PEM form: RSA of 2048 to 8192 bits, P-256 or Ed25519",
        .0.display()
    )]
    NoPublicKey(PathBuf),
    /// The file is not a key set.
    #[error("the key set file {} is not a JSON object with a list of keys", .0.display())]
    NoKeySet(PathBuf),
    /// Every key of the set was skipped; the log says why.
    #[error("the key set file {} contains no key that can verify RS256, ES256 or EdDSA", .0.display())]
    EmptyKeySet(PathBuf),
}

/// The keys that verify tokens.
#[derive(Default)]
pub(super) struct KeySet {
    keys: Vec<Key>,
}

struct Key {
    kid: String,
    /// Whether the id was configured with the key, not derived from it.
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

    /// Adds a key, unless another has the same id and algorithm: the second one could never be chosen. Usually it is
    /// the same key twice, which must not count as a choice of two.
    fn add(&mut self, key: Key) {
        let is_taken = |other: &Key| other.kid == key.kid && other.algorithm == key.algorithm;
        if self.keys.iter().any(is_taken) {
            tracing::warn!(kid = ?key.kid, "skipped a second key with the same id and algorithm");
        } else {
            self.keys.push(key);
        }
    }

    /// Chooses the key for a token with this key id and algorithm.
    ///
    /// If no key has the token's id, the only key of the algorithm that was configured without an id is used. If the
    /// token has no id, the only key of the algorithm is used. If there is a choice, no key is used: trying the keys in
    /// turn would accept tokens that were signed for another purpose.
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

/// Turns a secret into a key of the library. Requires 32 bytes, because the library accepts any secret that is not
/// empty.
pub(super) fn key_of<K>(secret: &Secret, make: impl FnOnce(&[u8]) -> errors::Result<K>) -> Result<K, KeyError> {
    let bytes = Some(secret.bytes()).filter(|bytes| bytes.len() >= 32);
    let key = bytes.and_then(|bytes| make(bytes).ok());
    key.ok_or_else(|| KeyError::ShortSecret(secret.source().to_owned()))
}

/// The id of a secret, which tokens issued by this service contain.
pub(super) fn secret_kid(secret: &Secret) -> String {
    derived_kid(secret.bytes())
}

/// Derives an id for a key that was configured without one. Tokens issued by this service contain it, so that several
/// secrets can be in use.
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

/// The usable keys of a key set. For each of the others, the log shows its index and id.
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
                "skipped a key of the key set"
            ),
        }
    }
    if keys.is_empty() {
        return Err(KeyError::EmptyKeySet(path.to_owned()));
    }
    Ok(keys)
}
