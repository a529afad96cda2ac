//! The settings for tokens.

use std::{ffi::OsStr, os::unix::ffi::OsStrExt};

use super::{ConfigError, Settings};
use crate::auth::{AuthSettings, KeyFile, RequiredScopes, Secret};

/// The variable that may hold the HS256 secret itself.
pub(super) const SECRET_VARIABLE: &str = "RECORD_LISTS_JWT_SECRET";

impl Settings {
    /// Which tokens are accepted. Reads no key file.
    pub(super) fn auth(&self) -> Result<AuthSettings, ConfigError> {
        self.check_names_of_tokens()?;
        let secret = secret_of(std::env::var_os(SECRET_VARIABLE).as_deref())?;
        let files = |keys: &[String]| keys.iter().filter_map(|key| key.parse::<KeyFile>().ok()).collect();
        Ok(AuthSettings {
            secrets: secret.into_iter().collect(),
            secret_files: files(&self.jwt_secret_file),
            public_keys: files(&self.jwt_public_key),
            jwks: self.jwks.clone(),
            issuers: self.jwt_issuer.clone(),
            audience: self.jwt_audience.clone(),
            account_claim: self.jwt_account_claim.clone(),
            client_claims: self.jwt_client_claims.clone(),
            scope_claims: match self.jwt_scope_claims.as_slice() {
                // Without one, no token could do anything.
                [] => Self::default().jwt_scope_claims,
                claims => claims.to_vec(),
            },
            required_scopes: RequiredScopes::new(self.jwt_required_scope.clone())?,
        })
    }

    /// Refuses empty names. They come from variables that were set to nothing, and no token would match them.
    fn check_names_of_tokens(&self) -> Result<(), ConfigError> {
        let is_empty = |names: &[String]| names.iter().any(String::is_empty);
        for (setting, is_empty) in [
            ("--jwt-issuer", is_empty(&self.jwt_issuer)),
            ("--jwt-audience", self.jwt_audience.as_deref() == Some("")),
            ("--jwt-account-claim", self.jwt_account_claim.is_empty()),
            ("--jwt-client-claims", is_empty(&self.jwt_client_claims)),
            ("--jwt-scope-claims", is_empty(&self.jwt_scope_claims)),
            ("--jwt-required-scope", is_empty(&self.jwt_required_scope)),
        ] {
            if is_empty {
                return Err(ConfigError::Empty(setting));
            }
        }
        Ok(())
    }
}

/// The secret from the value of the variable, if that is set. A value that is not Unicode is a secret like any other.
fn secret_of(variable: Option<&OsStr>) -> Result<Option<Secret>, ConfigError> {
    match variable.map(OsStr::as_bytes) {
        None => Ok(None),
        Some([]) => Err(ConfigError::EmptySecret(SECRET_VARIABLE)),
        Some(secret) => Ok(Some(Secret::new(secret, format!("the variable {SECRET_VARIABLE}")))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_that_is_set_is_a_secret_and_never_nothing() {
        assert!(secret_of(None).unwrap().is_none());
        for text in [&b"x"[..], b" ", b"\n", b"\xff\xfe"] {
            assert!(secret_of(Some(OsStr::from_bytes(text))).unwrap().is_some(), "{text:?}");
        }
        let error = secret_of(Some(OsStr::new(""))).unwrap_err().to_string();
        assert!(
            error.starts_with("the variable RECORD_LISTS_JWT_SECRET is empty"),
            "{error}"
        );
    }

    #[test]
    fn an_empty_name_is_refused_by_the_name_of_its_setting() {
        let empty = || vec![String::new()];
        let usual = Settings::default;
        for (settings, expected) in [
            (
                Settings {
                    jwt_issuer: empty(),
                    ..usual()
                },
                "--jwt-issuer is empty: give it a value, or leave it out",
            ),
            (
                Settings {
                    jwt_audience: Some(String::new()),
                    ..usual()
                },
                "--jwt-audience is empty: give it a value, or leave it out",
            ),
            (
                Settings {
                    jwt_client_claims: vec!["cid".into(), String::new()],
                    ..usual()
                },
                "--jwt-client-claims is empty: give it a value, or leave it out",
            ),
            (
                Settings {
                    jwt_required_scope: empty(),
                    ..usual()
                },
                "--jwt-required-scope is empty: give it a value, or leave it out",
            ),
            (
                Settings {
                    jwt_required_scope: Vec::new(),
                    ..usual()
                },
                "--jwt-required-scope must name a scope",
            ),
            (
                Settings {
                    jwt_required_scope: vec!["a b".into()],
                    ..usual()
                },
                "--jwt-required-scope must name scopes of visible ASCII characters, without spaces, quotes and \
                 backslashes",
            ),
        ] {
            let error = settings.auth().unwrap_err().to_string();
            assert_eq!(error, expected);
        }
    }
}
