//! Keys, and which of them verify a token (docs/contract.md section 1.16).

mod files;
mod jwk;
mod key;
mod public_key;
mod remark;

use std::{collections::BTreeMap, io, path::PathBuf};

use jsonwebtoken::{Algorithm, DecodingKey};
use thiserror::Error;

use self::{key::Key, public_key::PublicKey};
use super::settings::{AuthSettings, Secret};

pub(super) use self::key::{OWN_KID, key_of, own_kid_of, secret_kid};
pub use self::{jwk::Unusable, key::KeyDescription, remark::KeyRemark};

/// How many keys one token is tried with at most. A refused token costs so many checks of a signature.
const MOST_TRIED: usize = 8;

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
    /// Every key of the set was skipped.
    #[error("the key set file {} contains no key that can verify RS256, ES256 or EdDSA", .0.display())]
    EmptyKeySet(PathBuf),
}

/// The keys that verify tokens.
#[derive(Default)]
pub(super) struct KeySet {
    keys: Vec<Key>,
    remarks: Vec<KeyRemark>,
}

impl KeySet {
    /// Reads all configured keys. If one of the files cannot be used, none of them is.
    pub(super) fn read(settings: &AuthSettings) -> Result<Self, KeyError> {
        let mut set = Self::default();
        for secret in &settings.secrets {
            set.add(Key::secret(secret)?);
        }
        for file in &settings.secret_files {
            let (secret, remark) = files::secret(file)?;
            set.remarks.extend(remark);
            set.add(Key::secret(&secret)?);
        }
        for file in &settings.public_keys {
            set.add(files::public_key(file)?);
        }
        if let Some(path) = &settings.jwks {
            let (keys, remarks) = files::key_set(path)?;
            set.remarks.extend(remarks);
            for key in keys {
                set.add(key);
            }
        }
        set.count();
        Ok(set)
    }

    /// Keys of the service's own, from their ids and their 32 bytes each.
    pub(super) fn of_own<'k>(keys: impl Iterator<Item = (&'k str, &'k [u8])>) -> Self {
        let mut set = Self::default();
        for (kid, bytes) in keys {
            if let Some(key) = PublicKey::ed25519(bytes) {
                set.add(Key::public(Some(kid.to_owned()), key, "the database".to_owned()));
            }
        }
        set
    }

    /// Adds a key, unless it is there already with the same id.
    fn add(&mut self, key: Key) {
        let is_same = |other: &Key| {
            (&other.kid, other.algorithm, other.fingerprint) == (&key.kid, key.algorithm, key.fingerprint)
        };
        if self.keys.iter().any(is_same) {
            self.remarks.push(KeyRemark::Twice {
                source_of_second: key.describe().source,
            });
        } else {
            self.keys.push(key);
        }
    }

    /// Notes where there are more keys than a token is tried with.
    fn count(&mut self) {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for key in &self.keys {
            *counts.entry(format!("{:?}", key.algorithm)).or_default() += 1;
        }
        let many = counts.into_iter().filter(|(_, count)| *count > MOST_TRIED);
        self.remarks.extend(many.map(|(algorithm, count)| KeyRemark::Many {
            algorithm,
            count,
            tried: MOST_TRIED,
        }));
    }

    /// The keys to try for a token with this key id and algorithm, in the order in which they are configured.
    ///
    /// A key id chooses the keys that have it. If no key has it, those that were configured without an id are tried,
    /// because providers name their keys and operators need not repeat the names. Without an id, every key is tried.
    /// The algorithm of a key follows from its kind alone, so a public key is never taken for a secret.
    pub(super) fn candidates(&self, kid: Option<&str>, algorithm: Algorithm) -> Vec<&DecodingKey> {
        let fitting = || self.keys.iter().filter(move |key| key.algorithm == algorithm);
        match kid {
            None => first_of(fitting()),
            Some(kid) => {
                let named = first_of(fitting().filter(|key| key.has_id(kid)));
                if named.is_empty() {
                    first_of(fitting().filter(|key| key.kid.is_none()))
                } else {
                    named
                }
            }
        }
    }

    /// The keys as an operator knows them.
    pub(super) fn describe(&self) -> Vec<KeyDescription> {
        self.keys.iter().map(Key::describe).collect()
    }

    /// What an operator should know about them.
    pub(super) fn remarks(&self) -> &[KeyRemark] {
        &self.remarks
    }
}

/// The first keys, each of them once even if it has several ids.
fn first_of<'k>(keys: impl Iterator<Item = &'k Key>) -> Vec<&'k DecodingKey> {
    let mut chosen: Vec<&Key> = Vec::new();
    for key in keys {
        if chosen.len() == MOST_TRIED {
            break;
        }
        if chosen.iter().all(|other| other.fingerprint != key.fingerprint) {
            chosen.push(key);
        }
    }
    chosen.into_iter().map(|key| &key.decoding).collect()
}

/// The secret that signs new tokens: the first one.
pub(super) fn signing_secret(settings: &AuthSettings) -> Result<Option<Secret>, KeyError> {
    if let Some(secret) = settings.secrets.first() {
        return Ok(Some(secret.clone()));
    }
    let file = settings.secret_files.first();
    file.map(|file| files::secret(file).map(|(secret, _)| secret))
        .transpose()
}

#[cfg(test)]
#[path = "key_set_test.rs"]
mod tests;
