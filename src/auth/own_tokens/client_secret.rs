//! Ids and secrets of clients. Both consist of digits and the letters a to f, so that no client has to encode them.

use std::{fmt, io};

use aws_lc_rs::constant_time::verify_slices_are_equal;
use sha2::{Digest, Sha256};

use crate::{
    auth::random::random_hex,
    domain::{ClientId, SecretHash},
};

/// A new id: 80 random bits.
pub fn new_client_id() -> io::Result<ClientId> {
    random_hex::<10>().map(ClientId)
}

/// A secret as a client sends it. Debug output does not show it.
pub struct ClientSecret(String);

impl fmt::Debug for ClientSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientSecret(***)")
    }
}

impl ClientSecret {
    /// A new secret: 256 random bits.
    pub fn random() -> io::Result<Self> {
        random_hex::<32>().map(Self)
    }

    /// The secret that a client has sent.
    pub fn sent(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text, to be shown once.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What is kept of it.
    pub fn hash(&self) -> SecretHash {
        SecretHash(Sha256::digest(self.0.as_bytes()).into())
    }

    /// Whether this is the secret that was kept; `None` stands for a client that does not exist. Takes the same time in
    /// every case.
    pub fn is(&self, kept: Option<SecretHash>) -> bool {
        let nobody = SecretHash([0; 32]);
        let is_equal = verify_slices_are_equal(&self.hash().0, &kept.unwrap_or(nobody).0).is_ok();
        is_equal & kept.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_secret_itself_counts() {
        let (secret, other) = (ClientSecret::random().unwrap(), ClientSecret::random().unwrap());
        assert!(secret.is(Some(secret.hash())));
        assert!(!other.is(Some(secret.hash())));
        assert!(!secret.is(None));
        assert!(!ClientSecret::sent("").is(Some(secret.hash())));
        let text = secret.as_str();
        assert!(text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        assert!(!format!("{secret:?}{:?}", secret.hash()).contains(text));
    }
}
