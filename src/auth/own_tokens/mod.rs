//! The service's own tokens: registered clients get them at the token endpoint (docs/contract.md section 1.17).
//!
//! They are signed with Ed25519 keys that are stored in the database. The private part is encrypted with a key from a
//! file, so that whoever can read the database cannot issue tokens.

mod claims;
mod client_secret;
mod scopes;
mod sealing_key;
mod signing_key;
mod tokens;

pub use self::{
    claims::TokenIdentity,
    client_secret::{ClientSecret, new_client_id},
    scopes::{InvalidScope, check_registered, granted},
    sealing_key::{DEVELOPMENT_SEALING_KEY, SealingKey, SealingKeyError, development_sealing_key},
    signing_key::{Failed, new_signing_key},
    tokens::{OwnTokens, SigningFault, own_kid, unopened},
};
