//! New signing keys.

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use thiserror::Error;

use super::sealing_key::SealingKey;
use crate::{auth::keys::own_kid_of, domain::NewSigningKey};

/// The system has no random numbers, or cannot encrypt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("no key can be created on this system")]
pub struct Failed;

/// A new Ed25519 key.
pub fn new_signing_key(sealing: &SealingKey) -> Result<NewSigningKey, Failed> {
    let private = Ed25519KeyPair::generate().map_err(|_| Failed)?;
    let public_key = private.public_key().as_ref().to_vec();
    let kid = own_kid_of(&public_key);
    let pkcs8 = private.to_pkcs8().map_err(|_| Failed)?;
    Ok(NewSigningKey {
        sealed: sealing.seal(&kid, pkcs8.as_ref())?,
        kid,
        public_key,
    })
}
