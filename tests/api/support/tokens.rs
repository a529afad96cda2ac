//! Tokens of every kind, good and bad.

use std::time::{SystemTime, UNIX_EPOCH};

use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Map, Value, json};

/// The secret of the applications under test.
pub const SECRET: &str = "the secret of the applications under test";

/// The claims of a good token, to be changed by a test.
#[derive(Clone, Debug)]
pub struct Claims {
    header: Header,
    claims: Map<String, Value>,
}

impl Claims {
    /// A manager of this account.
    pub fn of(account: &str) -> Self {
        let claims = json!({
            "account_id": account,
            "client_id": "tests",
            "scope": "record-lists:manage",
            "exp": now() + 600,
        });
        let Value::Object(claims) = claims else {
            unreachable!("an object was written")
        };
        Self {
            header: Header::new(Algorithm::HS256),
            claims,
        }
    }

    /// With another claim.
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.claims.insert(name.to_owned(), value.into());
        self
    }

    /// Without a claim.
    pub fn without(mut self, name: &str) -> Self {
        self.claims.remove(name);
        self
    }

    /// With another header.
    pub fn header(mut self, change: impl FnOnce(&mut Header)) -> Self {
        change(&mut self.header);
        self
    }

    /// Signed with the applications' secret.
    pub fn token(&self) -> String {
        self.signed_with(SECRET.as_bytes())
    }

    /// Signed with another secret.
    pub fn signed_with(&self, secret: &[u8]) -> String {
        self.signed(&EncodingKey::from_secret(secret).expect("a key"))
    }

    /// Signed with any key.
    pub fn signed(&self, key: &EncodingKey) -> String {
        encode(&self.header, &self.claims, key).expect("a token")
    }
}

/// Seconds since 1970.
pub fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("a date after 1970")
        .as_secs()
}
