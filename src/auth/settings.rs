//! Settings for authentication: which tokens are accepted.

use std::{convert::Infallible, fmt, path::PathBuf, str::FromStr, time::Duration};

use super::{
    keys::{Issuer, KeyUrl},
    scope::RequiredScopes,
};

/// Keys, and what a token must contain.
#[derive(Clone, Debug)]
pub struct AuthSettings {
    /// HS256 secrets that do not come from key files. They come before those that do; new tokens are signed with the
    /// first of all.
    pub secrets: Vec<Secret>,
    /// Files with HS256 secrets.
    pub secret_files: Vec<KeyFile>,
    /// Files with public keys in PEM form: RSA for RS256, P-256 for ES256, Ed25519 for EdDSA.
    pub public_keys: Vec<KeyFile>,
    /// A file with a JSON Web Key Set (RFC 7517), as identity providers publish it.
    pub jwks: Option<PathBuf>,
    /// The URL of a key set.
    pub jwks_url: Option<KeyUrl>,
    /// An OpenID provider, whose keys verify its own tokens.
    pub oidc_issuer: Option<Issuer>,
    /// How long keys that were read from a URL are kept before a token with an unknown key makes them be read again, and
    /// how long a new signing key is published before it signs.
    pub key_cool_down: Duration,
    /// Accepted issuers, compared exactly. If empty, any issuer is accepted.
    pub issuers: Vec<String>,
    /// The audience that a token must be for. If `None`, any audience is accepted.
    pub audience: Option<String>,
    /// The top-level claim that contains the account id. The name is taken literally, dots included.
    pub account_claim: String,
    /// The top-level claims that may name the client. The first that does counts.
    pub client_claims: Vec<String>,
    /// The top-level claims that contain scopes.
    pub scope_claims: Vec<String>,
    /// The scopes that operations require.
    pub required_scopes: RequiredScopes,
}

#[cfg(test)]
impl Default for AuthSettings {
    fn default() -> Self {
        let settings = crate::config::Settings::default();
        Self {
            secrets: Vec::new(),
            secret_files: Vec::new(),
            public_keys: Vec::new(),
            jwks: None,
            jwks_url: None,
            oidc_issuer: None,
            key_cool_down: settings.key_cool_down,
            issuers: Vec::new(),
            audience: None,
            account_claim: settings.jwt_account_claim,
            client_claims: settings.jwt_client_claims,
            scope_claims: settings.jwt_scope_claims,
            required_scopes: RequiredScopes::default(),
        }
    }
}

impl AuthSettings {
    /// Whether no key is configured.
    pub fn has_no_key(&self) -> bool {
        self.secrets.is_empty() && !self.has_key_files() && self.providers() == 0
    }

    /// How many providers there are whose keys are read from URLs.
    pub(super) fn providers(&self) -> usize {
        usize::from(self.jwks_url.is_some()) + usize::from(self.oidc_issuer.is_some())
    }

    /// Whether there is a secret, which can sign tokens too.
    pub fn has_secret(&self) -> bool {
        !self.secrets.is_empty() || !self.secret_files.is_empty()
    }

    /// Whether the keys are those of an identity provider.
    pub fn has_provider(&self) -> bool {
        self.jwks.is_some() || self.providers() > 0
    }

    /// Whether keys come from files, which can be read again.
    pub fn has_key_files(&self) -> bool {
        !self.secret_files.is_empty() || !self.public_keys.is_empty() || self.jwks.is_some()
    }
}

/// A secret for HS256. Debug output does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret {
    /// The key id that was configured with it.
    kid: Option<String>,
    bytes: Vec<u8>,
    /// Where it comes from, for messages.
    source: String,
}

impl Secret {
    /// A secret as read from a file or variable; a trailing line break is not part of it. `source` says where the
    /// secret comes from, for messages.
    pub fn new(text: &[u8], source: impl Into<String>) -> Self {
        let text = text.strip_suffix(b"\n").unwrap_or(text);
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        Self {
            kid: None,
            bytes: text.to_vec(),
            source: source.into(),
        }
    }

    /// The same secret with this key id.
    pub fn with_kid(self, kid: Option<String>) -> Self {
        Self { kid, ..self }
    }

    pub(super) fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(super) fn source(&self) -> &str {
        &self.source
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret(from {})", self.source)
    }
}

/// A key file, and the id by which tokens name the key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyFile {
    /// The key id. Without one, the key is tried for every token of its algorithm whose key id is not known.
    pub kid: Option<String>,
    /// The file.
    pub path: PathBuf,
}

impl FromStr for KeyFile {
    type Err = Infallible;

    /// Reads `path` or `kid=path`. A text that starts with `/` or `.` is a path without key id, so that the name of a
    /// folder may contain `=`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match text.split_once('=') {
            Some((kid, path)) if !kid.is_empty() && !text.starts_with(['/', '.']) => Self {
                kid: Some(kid.to_owned()),
                path: path.into(),
            },
            _ => Self {
                kid: None,
                path: text.into(),
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_not_shown_and_has_no_line_break() {
        let secret = Secret::new(b"0123456789\r\n", "test");
        assert_eq!(secret.bytes(), b"0123456789");
        assert_eq!(format!("{secret:?}"), "Secret(from test)");
        let settings = AuthSettings {
            secrets: vec![secret],
            ..AuthSettings::default()
        };
        assert!(!format!("{settings:?}").contains("0123456789"));
        assert!(!format!("{settings:?}").contains("[48, 49"));
    }

    #[test]
    fn a_key_file_may_have_an_id() {
        for (text, kid, path) in [
            ("a/b.pem", None, "a/b.pem"),
            ("k1=a/b.pem", Some("k1"), "a/b.pem"),
            ("k1=a=b.pem", Some("k1"), "a=b.pem"),
            ("=b.pem", None, "=b.pem"),
            ("/keys/kid=1/b.pem", None, "/keys/kid=1/b.pem"),
            ("./kid=1.pem", None, "./kid=1.pem"),
        ] {
            let key: KeyFile = text.parse().unwrap();
            assert_eq!(key.kid.as_deref(), kid, "{text}");
            assert_eq!(key.path, PathBuf::from(path), "{text}");
        }
    }
}
