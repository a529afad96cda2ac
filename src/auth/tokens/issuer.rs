//! The token issuer, which signs tokens with the first configured secret.

use std::time::Duration;

use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Map, Value};
use thiserror::Error;

use crate::{
    auth::{
        keys::{KeyError, key_of, secret_kid, signing_secret},
        settings::AuthSettings,
    },
    clock,
    domain::AccountId,
};

/// Why a token cannot be issued.
#[derive(Debug, Error)]
pub enum IssueError {
    /// There is no secret. Tokens for public keys can only be issued by whoever has the private keys.
    #[error("no secret is configured to sign tokens with; set --jwt-secret-file")]
    NoSecret,
    /// The secret cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The library failed.
    #[error("the token could not be signed")]
    Signing,
}

/// Issues access tokens.
pub struct TokenIssuer {
    settings: AuthSettings,
    /// The claim to write the client to.
    client_claim: String,
    /// The claim to write the scopes to.
    scope_claim: String,
    header: Header,
    key: EncodingKey,
}

impl TokenIssuer {
    /// Creates an issuer. An [`Authenticator`](super::Authenticator) with the same settings accepts its tokens.
    pub fn new(settings: &AuthSettings) -> Result<Self, IssueError> {
        let secret = signing_secret(settings)?.ok_or(IssueError::NoSecret)?;
        let key = key_of(&secret, EncodingKey::from_secret)?;
        let mut header = Header::new(Algorithm::HS256);
        header.kid = Some(secret_kid(&secret));
        Ok(Self {
            settings: settings.clone(),
            client_claim: usual_or_first("client_id", &settings.client_claims),
            scope_claim: usual_or_first("scope", &settings.scope_claims),
            header,
            key,
        })
    }

    /// Issues a token for a client of the account with these scopes, separated by spaces. The token is valid for `ttl`
    /// from now.
    pub fn issue(&self, account: &AccountId, client: &str, scope: &str, ttl: Duration) -> Result<String, IssueError> {
        let now = clock::since_1970().as_secs();
        let mut claims = Map::new();
        let mut claim = |name: &str, value: Value| claims.insert(name.to_owned(), value);
        claim("iat", now.into());
        claim("exp", now.saturating_add(ttl.as_secs()).into());
        claim(&self.client_claim, client.into());
        claim(&self.scope_claim, scope.into());
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

/// The claim to write to: the usual one if it is among the configured ones or there are none, otherwise the first.
fn usual_or_first(usual: &str, configured: &[String]) -> String {
    let known = configured.iter().find(|name| *name == usual);
    known
        .or(configured.first())
        .map_or_else(|| usual.to_owned(), String::clone)
}

#[cfg(test)]
mod tests {
    use jsonwebtoken::{dangerous::insecure_decode, decode_header};
    use serde_json::json;

    use super::*;
    use crate::auth::{Authenticator, MANAGE, Manage, Refusal, Secret};

    fn settings() -> AuthSettings {
        let secret = Secret::new(b"a secret of more than thirty-two bytes", "test");
        AuthSettings {
            secrets: vec![secret],
            ..AuthSettings::default()
        }
    }

    fn issue(settings: &AuthSettings, ttl: u64) -> String {
        let issuer = TokenIssuer::new(settings).unwrap();
        let account = AccountId::new("acme").unwrap();
        let ttl = Duration::from_secs(ttl);
        issuer.issue(&account, "dialer", MANAGE, ttl).unwrap()
    }

    #[test]
    fn a_token_says_what_is_configured() {
        let settings = AuthSettings {
            issuers: vec!["https://a.example".into(), "https://b.example".into()],
            audience: Some("record-lists".into()),
            account_claim: "tid".into(),
            client_claims: vec!["cid".into(), "azp".into()],
            scope_claims: vec!["roles".into()],
            ..settings()
        };
        let token = issue(&settings, 600);
        let mut claims = insecure_decode::<Map<String, Value>>(&token).unwrap().claims;
        let date = |claim: Option<Value>| claim.and_then(|date| date.as_u64()).unwrap();
        let (issued, expires) = (date(claims.remove("iat")), date(claims.remove("exp")));
        assert_eq!(expires - issued, 600);
        let expected = json!({
            "tid": "acme", "cid": "dialer", "roles": "record-lists:manage",
            "iss": "https://a.example", "aud": "record-lists",
        });
        assert_eq!(Value::Object(claims), expected);
        let header = decode_header(&token).unwrap();
        assert_eq!(header.typ.as_deref(), Some("JWT"));
        assert_eq!(header.kid, Some(secret_kid(&settings.secrets[0])));
        let principal = Authenticator::new(&settings).unwrap().authenticate_now(&token).unwrap();
        assert!(principal.satisfies::<Manage>(&settings.required_scopes));
        assert_eq!(principal.client, "dialer");
    }

    #[test]
    fn a_token_of_no_duration_counts_for_the_leeway_alone() {
        let settings = settings();
        let authenticator = Authenticator::new(&settings).unwrap();
        let token = issue(&settings, 0);
        assert!(authenticator.authenticate_now(&token).is_ok());
        let later = insecure_decode::<Map<String, Value>>(&token).unwrap().claims["exp"]
            .as_f64()
            .unwrap()
            + 30.0;
        let result = authenticator.authenticate_at(&token, later);
        assert_eq!(result.err(), Some(Refusal::Expired));
    }

    #[test]
    fn public_keys_sign_nothing() {
        let settings = AuthSettings {
            public_keys: vec!["k1=public.pem".parse().unwrap()],
            ..AuthSettings::default()
        };
        let error = TokenIssuer::new(&settings).err().unwrap().to_string();
        assert!(error.starts_with("no secret is configured to sign tokens with"));
    }
}
