//! What the service's own tokens say. Their claims do not depend on the settings for tokens of others.

use std::time::Duration;

use serde_json::{Map, Value};

use crate::{
    auth::{scope::RequiredScopes, settings::AuthSettings},
    clock,
    domain::Client,
};

const ACCOUNT: &str = "account_id";
const CLIENT: &str = "client_id";
const SCOPE: &str = "scope";

/// How tokens name whoever issues them, and for whom.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TokenIdentity {
    /// `iss`: the URL of the service, if one is configured.
    pub issuer: Option<String>,
    /// `aud`: the audience that tokens must have, if one is configured.
    pub audience: Option<String>,
}

impl TokenIdentity {
    /// The claims of a token (RFC 9068 section 2.2).
    pub(super) fn claims(&self, client: &Client, scope: &str, now: u64, lifetime: Duration) -> Map<String, Value> {
        let texts = [
            ("iss", self.issuer.as_deref()),
            ("aud", self.audience.as_deref()),
            ("sub", Some(client.id.0.as_str())),
            (CLIENT, Some(client.id.0.as_str())),
            (ACCOUNT, Some(client.account.as_str())),
            (SCOPE, Some(scope)),
        ];
        let texts = texts
            .into_iter()
            .filter_map(|(name, text)| Some((name.to_owned(), text?.into())));
        let mut claims: Map<String, Value> = texts.collect();
        claims.insert("iat".to_owned(), now.into());
        claims.insert("exp".to_owned(), now.saturating_add(lifetime.as_secs()).into());
        claims.insert("jti".to_owned(), clock::new_id().to_string().into());
        claims
    }
}

/// The settings by which these claims are read. The key is proof enough of who issued a token, and for whom: processes
/// that share the keys may be configured with different URLs.
pub(super) fn settings() -> AuthSettings {
    AuthSettings {
        secrets: Vec::new(),
        secret_files: Vec::new(),
        public_keys: Vec::new(),
        jwks: None,
        jwks_url: None,
        oidc_issuer: None,
        key_cool_down: Duration::ZERO,
        issuers: Vec::new(),
        audience: None,
        account_claim: ACCOUNT.to_owned(),
        client_claims: vec![CLIENT.to_owned()],
        scope_claims: vec![SCOPE.to_owned()],
        required_scopes: RequiredScopes::default(),
    }
}
