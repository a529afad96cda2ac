//! Which key verifies a token (api.md section 1, "Tokens from identity providers").

use std::{io, path::PathBuf};

use jsonwebtoken::{Algorithm, DecodingKey};
use sha2::{Digest, Sha256};
use thiserror::Error;

use super::settings::{AuthSettings, KeyFile, Secret};

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
        "the key file {} holds no public key in PEM form that is RSA, P-256 or Ed25519",
        .0.display()
    )]
    NoPublicKey(PathBuf),
}

/// The keys that tokens may be signed with.
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

impl KeySet {
    pub(super) fn new(settings: &AuthSettings) -> Result<Self, KeyError> {
        let mut keys = Vec::new();
        for secret in &settings.secrets {
            check_length(secret)?;
            keys.push(Key {
                kid: derived_kid(secret.bytes()),
                is_named: false,
                algorithm: Algorithm::HS256,
                decoding: DecodingKey::from_secret(secret.bytes()),
            });
        }
        for file in &settings.public_keys {
            keys.push(public_key(file)?);
        }
        Ok(Self { keys })
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

pub(super) fn check_length(secret: &Secret) -> Result<(), KeyError> {
    if secret.bytes().len() < 32 {
        return Err(KeyError::ShortSecret(secret.source().to_owned()));
    }
    Ok(())
}

/// The id of a key that was given none: tokens made here name it, so that several keys can be in use.
pub(super) fn derived_kid(key: &[u8]) -> String {
    let mut hash = Sha256::new();
    hash.update(b"record-lists key id\0");
    hash.update(key);
    let digest = hash.finalize();
    digest[..8]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn public_key(file: &KeyFile) -> Result<Key, KeyError> {
    let pem = std::fs::read(&file.path).map_err(|source| KeyError::Unreadable {
        path: file.path.clone(),
        source,
    })?;
    let is_public = pem
        .windows(b"PUBLIC KEY-----".len())
        .any(|window| window == b"PUBLIC KEY-----");
    let (algorithm, decoding) = DecodingKey::from_rsa_pem(&pem)
        .map(|key| (Algorithm::RS256, key))
        .or_else(|_| DecodingKey::from_ec_pem(&pem).map(|key| (Algorithm::ES256, key)))
        .or_else(|_| DecodingKey::from_ed_pem(&pem).map(|key| (Algorithm::EdDSA, key)))
        .ok()
        .filter(|_| is_public)
        .ok_or_else(|| KeyError::NoPublicKey(file.path.clone()))?;
    Ok(Key {
        kid: file.kid.clone().unwrap_or_else(|| derived_kid(&pem)),
        is_named: file.kid.is_some(),
        algorithm,
        decoding,
    })
}
