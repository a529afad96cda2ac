//! Makes tokens, with the first configured secret.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Map, Value};
use thiserror::Error;

use super::{
    AuthSettings, KeyError,
    keys::{check_length, derived_kid},
};
use crate::domain::AccountId;

/// Why a token cannot be made.
#[derive(Debug, Error)]
pub enum IssueError {
    /// Tokens of public keys are made by whoever has the private ones.
    #[error("no secret is configured to sign tokens with; give --jwt-secret-file")]
    NoSecret,
    /// The secret cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The library failed.
    #[error("the token could not be signed")]
    Signing,
}

/// Makes access tokens.
pub struct TokenIssuer {
    settings: AuthSettings,
    header: Header,
    key: EncodingKey,
}

impl TokenIssuer {
    /// An issuer whose tokens an [`Authenticator`](super::Authenticator) with the same settings accepts.
    pub fn new(settings: &AuthSettings) -> Result<Self, IssueError> {
        let secret = settings.secrets.first().ok_or(IssueError::NoSecret)?;
        check_length(secret)?;
        let mut header = Header::new(Algorithm::HS256);
        header.kid = Some(derived_kid(secret.bytes()));
        Ok(Self {
            settings: settings.clone(),
            header,
            key: EncodingKey::from_secret(secret.bytes()),
        })
    }

    /// A token for a client of the account with these blank-separated scopes, good for `ttl` from now.
    pub fn issue(
        &self,
        account: &AccountId,
        client: &str,
        scope: &str,
        ttl: Duration,
    ) -> Result<String, IssueError> {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_secs());
        let mut claims = Map::new();
        let mut claim = |name: &str, value: Value| claims.insert(name.to_owned(), value);
        claim("iat", now.into());
        claim("exp", now.saturating_add(ttl.as_secs()).into());
        claim("client_id", client.into());
        claim("scope", scope.into());
        if let Some(issuer) = self.settings.issuers.first() {
            claim("iss", issuer.as_str().into());
        }
        if let Some(audience) = &self.settings.audience {
            claim("aud", audience.as_str().into());
        }
        claim(&self.settings.account_claim, account.as_str().into());
        encode(&self.header, &claims, &self.key).map_err(|_| IssueError::Signing)
    }
}
