//! Requests for tokens, and what becomes of them.

use std::time::Duration;

use thiserror::Error;

use crate::{
    auth::{InvalidScope, SigningFault},
    domain::Client,
    store::ReadError,
};

/// A request by client credentials (RFC 6749 section 4.4).
pub struct TokenRequest {
    /// The client's id and secret, in each way in which they may have been meant.
    pub credentials: Vec<(String, String)>,
    /// The requested scopes; `None` for all that are registered.
    pub scope: Option<String>,
    /// How long the token is to be valid at most.
    pub lifetime: Option<Duration>,
}

/// A token that was issued.
pub struct IssuedToken {
    /// The token.
    pub token: String,
    /// How long it is valid.
    pub lifetime: Duration,
    /// Whose it is.
    pub client: Client,
    /// Its scopes, separated by spaces.
    pub scope: String,
}

/// Why no token is issued.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TokenFault {
    /// There is no such client, its secret is another one, or it is revoked.
    #[error("the id or the secret of the client is wrong")]
    WrongCredentials,
    /// The same, once more than is allowed.
    #[error("too many wrong secrets")]
    TooManyAttempts,
    /// It would have no scope.
    #[error(transparent)]
    Scope(#[from] InvalidScope),
    /// Clients and keys cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// It cannot be signed.
    #[error(transparent)]
    Signing(#[from] SigningFault),
}
