//! Tokens for the demo account, which a development start gives to whoever sits at the machine.

use std::time::Duration;

use super::account;
use crate::auth::{AuthSettings, IssueError, TokenIssuer};

/// How long such a token is valid.
const LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);

/// Issues the tokens.
pub struct DemoTokens {
    issuer: TokenIssuer,
    scope: String,
}

impl DemoTokens {
    /// Signs with the development key, for the scope that operations require.
    pub fn new(settings: &AuthSettings) -> Result<Self, IssueError> {
        Ok(Self {
            issuer: TokenIssuer::new(settings)?,
            scope: settings.required_scopes.first().to_owned(),
        })
    }

    /// A token that is valid for 24 hours from now.
    pub fn issue(&self) -> Result<String, IssueError> {
        self.issuer.issue(&account(), "demo", &self.scope, LIFETIME)
    }
}
