//! Reading what a provider publishes: its key set, and the discovery document that says where that is.

use std::sync::Arc;

use serde::Deserialize;
use thiserror::Error;

use super::{
    address::{Issuer, KeyUrl, UrlFault},
    following::READ_LIMIT,
};
use crate::{
    auth::keys::{group::KeyGroup, jwk},
    domain::text::visible,
    fetch::{self, HttpFault},
};

/// The largest document that is read, in bytes.
const LARGEST: usize = 1024 * 1024;

/// The most keys of a set. Providers publish fewer than ten.
const MOST_KEYS: usize = 100;

/// Why the keys of a provider were not read. The messages show URLs without their queries.
#[derive(Debug, Error)]
pub enum ProviderError {
    /// A document cannot be read.
    #[error("{url} cannot be read: {fault}")]
    Unreadable {
        /// The document.
        url: KeyUrl,
        /// The cause.
        fault: HttpFault,
    },
    /// Everything together took too long.
    #[error("{url} was not read within {} s", READ_LIMIT.as_secs())]
    TooSlow {
        /// The key set or discovery document that is read first.
        url: KeyUrl,
    },
    /// The response is something else than a key set.
    #[error("{0} is not a JSON object with a list of keys")]
    NoKeySet(KeyUrl),
    /// Every key of the set was skipped.
    #[error("{0} contains no key that can verify RS256, ES256 or EdDSA")]
    EmptyKeySet(KeyUrl),
    /// The set is too large.
    #[error("{0} contains more than {MOST_KEYS} keys")]
    TooManyKeys(KeyUrl),
    /// The response is something else than a discovery document.
    #[error("{0} is not a JSON object with the texts issuer and jwks_uri")]
    NoDocument(KeyUrl),
    /// The document describes another provider.
    #[error("{url} is the document of the issuer {found:?}, which is not the configured one")]
    OtherIssuer {
        /// The document.
        url: KeyUrl,
        /// Whom it describes, cut short.
        found: String,
    },
    /// The document names a URL from which keys are not read.
    #[error("the jwks_uri in {url} {fault}")]
    OtherKeyUrl {
        /// The document.
        url: KeyUrl,
        /// The cause.
        fault: UrlFault,
    },
}

/// The members of a discovery document that are of use.
#[derive(Deserialize)]
struct Document {
    issuer: String,
    jwks_uri: String,
}

/// Reads the keys of an issuer, which are for its own tokens alone.
pub(super) async fn discovered(issuer: &Issuer) -> Result<KeyGroup, ProviderError> {
    let url = issuer.discovery();
    let text = get(url).await?;
    let document = serde_json::from_slice(&text);
    let document: Document = document.map_err(|_| ProviderError::NoDocument(url.clone()))?;
    if document.issuer != issuer.name() {
        return Err(ProviderError::OtherIssuer {
            url: url.clone(),
            found: visible(&document.issuer),
        });
    }
    let keys = document.jwks_uri.parse().map_err(|fault| ProviderError::OtherKeyUrl {
        url: url.clone(),
        fault,
    })?;
    let mut group = key_set(&keys).await?;
    let issuer: Arc<str> = issuer.name().into();
    for key in &mut group.keys {
        key.issuer = Some(Arc::clone(&issuer));
    }
    Ok(group)
}

/// Reads a key set. A key that cannot be used is skipped.
pub(super) async fn key_set(url: &KeyUrl) -> Result<KeyGroup, ProviderError> {
    let text = get(url).await?;
    let entries = jwk::read_set(&text).ok_or_else(|| ProviderError::NoKeySet(url.clone()))?;
    if entries.len() > MOST_KEYS {
        return Err(ProviderError::TooManyKeys(url.clone()));
    }
    let (keys, remarks) = jwk::usable(entries, &url.to_string(), &format!("the key set {url}"));
    if keys.is_empty() {
        return Err(ProviderError::EmptyKeySet(url.clone()));
    }
    Ok(KeyGroup { keys, remarks })
}

async fn get(url: &KeyUrl) -> Result<Vec<u8>, ProviderError> {
    let document = async { fetch::get(url.as_url()).await?.ok()?.body(LARGEST).await };
    document.await.map_err(|fault| ProviderError::Unreadable {
        url: url.clone(),
        fault,
    })
}
