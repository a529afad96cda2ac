//! Keys, and which of them verify a token (docs/contract.md section 1.16).

mod files;
mod group;
mod jwk;
mod key;
mod provider;
mod public_key;
mod remark;

use std::{collections::BTreeMap, io, path::PathBuf, sync::Arc};

use jsonwebtoken::{Algorithm, DecodingKey};
use thiserror::Error;

use self::{key::Key, public_key::PublicKey};
use super::settings::{AuthSettings, Secret};

pub(super) use self::{
    group::KeyGroup,
    key::{OWN_KID, key_of, own_kid_of, secret_kid},
    provider::Provider,
};
pub use self::{
    jwk::Unusable,
    key::KeyDescription,
    provider::{Issuer, KeyUrl, ProviderError, UrlFault},
    remark::KeyRemark,
};

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

/// A key that a token is tried with.
pub(super) struct Candidate<'k> {
    pub(super) decoding: &'k DecodingKey,
    /// Whose tokens alone it verifies; `None` if that follows from the settings.
    pub(super) issuer: Option<&'k str>,
}

/// The keys that verify tokens.
#[derive(Default)]
pub(super) struct KeySet {
    keys: Vec<Key>,
    remarks: Vec<KeyRemark>,
    /// What the set is made of: the configured keys, and those of each provider once they were read.
    configured: Arc<KeyGroup>,
    published: Vec<Option<Arc<KeyGroup>>>,
}

impl KeySet {
    /// Reads all configured keys. If one of the files cannot be used, none of them is. Keys of providers come later.
    pub(super) fn read(settings: &AuthSettings) -> Result<Self, KeyError> {
        let configured = Self::configured(settings)?;
        Ok(Self::of(configured.into(), vec![None; settings.providers()]))
    }

    /// The set with the configured keys of another one.
    pub(super) fn with_configured(&self, other: Self) -> Self {
        Self::of(other.configured, self.published.clone())
    }

    /// The set with other keys of one provider; `None` if they are the same as before.
    pub(super) fn with_published(&self, provider: usize, keys: KeyGroup) -> Option<Self> {
        let mut published = self.published.clone();
        let known = published.get_mut(provider)?;
        if known.as_ref().is_some_and(|known| known.is_same_as(&keys)) {
            return None;
        }
        *known = Some(Arc::new(keys));
        Some(Self::of(Arc::clone(&self.configured), published))
    }

    fn configured(settings: &AuthSettings) -> Result<KeyGroup, KeyError> {
        let mut set = KeyGroup::default();
        for secret in &settings.secrets {
            set.keys.push(Key::secret(secret)?);
        }
        for file in &settings.secret_files {
            let (secret, remark) = files::secret(file)?;
            set.remarks.extend(remark);
            set.keys.push(Key::secret(&secret)?);
        }
        for file in &settings.public_keys {
            set.keys.push(files::public_key(file)?);
        }
        if let Some(path) = &settings.jwks {
            let (keys, remarks) = files::key_set(path)?;
            set.remarks.extend(remarks);
            set.keys.extend(keys);
        }
        Ok(set)
    }

    fn of(configured: Arc<KeyGroup>, published: Vec<Option<Arc<KeyGroup>>>) -> Self {
        let mut set = Self::default();
        for part in [&configured].into_iter().chain(published.iter().flatten()) {
            set.remarks.extend(part.remarks.iter().cloned());
            for key in &part.keys {
                set.add(key.clone());
            }
        }
        set.count();
        Self {
            configured,
            published,
            ..set
        }
    }

    /// Whether there is no key.
    pub(super) fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Whether the keys of all providers were read.
    pub(super) fn is_complete(&self) -> bool {
        self.published.iter().all(Option::is_some)
    }

    /// Whether a key that is missing here may have signed a token with this key id and algorithm: a provider publishes
    /// keys of this kind, and none that is here has the id.
    pub(super) fn may_lack(&self, kid: Option<&str>, algorithm: Algorithm) -> bool {
        let is_published = matches!(algorithm, Algorithm::RS256 | Algorithm::ES256 | Algorithm::EdDSA);
        let is_known = |kid: &str| {
            self.keys
                .iter()
                .any(|key| key.algorithm == algorithm && key.has_id(kid))
        };
        is_published && !kid.is_some_and(is_known)
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
        if self.keys.iter().any(|other| other.is_same_as(&key)) {
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
    pub(super) fn candidates(&self, kid: Option<&str>, algorithm: Algorithm) -> Vec<Candidate<'_>> {
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
fn first_of<'k>(keys: impl Iterator<Item = &'k Key>) -> Vec<Candidate<'k>> {
    let mut chosen: Vec<&Key> = Vec::new();
    for key in keys {
        if chosen.len() == MOST_TRIED {
            break;
        }
        if !chosen.iter().any(|other| other.verifies_as(key)) {
            chosen.push(key);
        }
    }
    let candidate = |key: &'k Key| Candidate {
        decoding: &key.decoding,
        issuer: key.issuer.as_deref(),
    };
    chosen.into_iter().map(candidate).collect()
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
