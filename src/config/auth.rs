//! The settings for tokens, and the keys of a development start.

use std::{ffi::OsStr, os::unix::ffi::OsStrExt, path::PathBuf};

use super::{ConfigError, Settings};
use crate::{
    auth::{AuthSettings, KeyFile, RequiredScopes, Secret, development_sealing_key, development_secret},
    store::DatabaseUrl,
};

/// The variable that may hold the HS256 secret itself.
pub(super) const SECRET_VARIABLE: &str = "RECORD_LISTS_JWT_SECRET";

impl Settings {
    /// Which tokens are accepted. Reads no key file.
    pub(super) fn auth(&self) -> Result<AuthSettings, ConfigError> {
        let secret = secret_of(std::env::var_os(SECRET_VARIABLE).as_deref())?;
        let files = |keys: &[String]| keys.iter().filter_map(|key| key.parse::<KeyFile>().ok()).collect();
        Ok(AuthSettings {
            secrets: secret.into_iter().collect(),
            secret_files: files(&self.jwt_secret_file),
            public_keys: files(&self.jwt_public_key),
            jwks: self.jwks.clone(),
            jwks_url: self.jwks_url.clone(),
            oidc_issuer: self.oidc_issuer.clone(),
            key_cool_down: self.key_cool_down,
            issuers: self.jwt_issuer.clone(),
            audience: self.jwt_audience.clone(),
            account_claim: self.jwt_account_claim.clone(),
            client_claims: self.jwt_client_claims.clone(),
            scope_claims: match self.jwt_scope_claims.as_slice() {
                // Without one, no token could do anything.
                [] => return Err(ConfigError::NoScopeClaims),
                claims => claims.to_vec(),
            },
            required_scopes: RequiredScopes::new(self.jwt_required_scope.clone())?,
        })
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

/// The development keys are stored beside the database file: a secret, and the file that encrypts signing keys.
pub(super) fn development_keys(database_url: &DatabaseUrl) -> Result<(Secret, PathBuf), ConfigError> {
    let folder = development_folder(database_url)?;
    let keys = || Ok((development_secret(&folder)?, development_sealing_key(&folder)?));
    keys().map_err(|source| ConfigError::DevelopmentKey { folder, source })
}

pub(super) fn development_folder(database_url: &DatabaseUrl) -> Result<PathBuf, ConfigError> {
    let folder = match database_url {
        DatabaseUrl::Sqlite(file) => {
            // A start that fails for want of the file leaves nothing behind.
            file.check()?;
            file.path.parent().map(PathBuf::from).unwrap_or_default()
        }
        DatabaseUrl::Postgres(_) => PathBuf::from("data"),
    };
    Ok(if folder.as_os_str().is_empty() {
        PathBuf::from(".")
    } else {
        folder
    })
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
    fn a_scope_that_cannot_be_required_is_refused() {
        for (scopes, expected) in [
            (vec![], "--jwt-required-scope must name a scope"),
            (
                vec!["a b".to_owned()],
                "--jwt-required-scope must name scopes of visible ASCII characters, without spaces, quotes and \
                 backslashes",
            ),
        ] {
            let settings = Settings {
                jwt_required_scope: scopes,
                ..Settings::default()
            };
            assert_eq!(settings.auth().unwrap_err().to_string(), expected);
        }
    }
}
