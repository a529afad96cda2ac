//! Clients: programs that get tokens with an id and a secret.

use std::fmt;

use chrono::{DateTime, Utc};

use crate::domain::AccountId;

/// The id of a client: letters and digits.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClientId(pub String);

impl fmt::Display for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What is kept of a secret: its SHA-256 digest. A secret has 256 random bits, so a fast hash is enough: nobody can try them all.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SecretHash(pub [u8; 32]);

impl fmt::Debug for SecretHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretHash(***)")
    }
}

/// A client as it is registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// Its id.
    pub id: ClientId,
    /// The account whose lists its tokens give access to.
    pub account: AccountId,
    /// What an operator calls it; empty if it has no name.
    pub name: String,
    /// What its tokens may allow: scopes separated by single spaces.
    pub scope: String,
    /// The hash of its secret.
    pub secret_hash: SecretHash,
    /// When it was registered.
    pub created_at: DateTime<Utc>,
    /// Since when it gets no tokens and those that it has do not count.
    pub revoked_at: Option<DateTime<Utc>>,
}
