//! Clients of the token endpoint, and the keys that it signs with (docs/contract.md section 1.17).

mod client;
mod signing_keys;

pub use client::{Client, ClientId, SecretHash};
pub use signing_keys::{KEPT_AFTER, NewSigningKey, SigningKey, SigningKeys, TOKEN_LIFETIME};

/// Clients and keys as they were at one moment.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// What tells whether they have changed since: a number that every change replaces.
    pub version: i64,
    /// The clients that are not revoked.
    pub clients: Vec<Client>,
    /// The keys.
    pub keys: SigningKeys,
}
