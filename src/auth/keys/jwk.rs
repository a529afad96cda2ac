//! JSON Web Key Sets (RFC 7517), as identity providers publish them.
//!
//! Such a set may contain keys that are not meant for this service, such as keys for encryption or of kinds that do not
//! exist yet. Each key is therefore judged on its own: one that cannot be used is ignored, and the others still apply.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Map, Value};
use thiserror::Error;

use super::{key::Key, public_key::PublicKey, remark::KeyRemark};
use crate::domain::text::visible;

/// A key of the set, or the reason why it is skipped.
pub(super) struct Entry {
    pub(super) kid: Option<String>,
    pub(super) key: Result<PublicKey, Unusable>,
}

/// Why a key is skipped. Contains no part of the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Unusable {
    /// A member is missing or has the wrong type.
    #[error("it is malformed")]
    Malformed,
    /// It is for encryption, or for something else.
    #[error("it is not for verifying signatures")]
    OtherUse,
    /// Its kind is `oct`.
    #[error("it is a secret, which does not belong in a key set")]
    Secret,
    /// Its kind or curve is not supported.
    #[error("its kind is not supported")]
    OtherKind,
    /// It names an algorithm that its kind is not used with here.
    #[error("its algorithm is not supported")]
    OtherAlgorithm,
}

/// Reads the keys of a set, in order; `None` if the text is not a key set.
pub(super) fn read_set(text: &[u8]) -> Option<Vec<Entry>> {
    let set: Map<String, Value> = serde_json::from_slice(text).ok()?;
    let keys = set.get("keys")?.as_array()?;
    Some(keys.iter().map(entry).collect())
}

/// The keys of a set that can be used, and what was skipped. `source` says where a key comes from, `set` names the set.
pub(super) fn usable(entries: Vec<Entry>, source: &str, set: &str) -> (Vec<Key>, Vec<KeyRemark>) {
    let mut keys = Vec::new();
    let mut remarks = Vec::new();
    for (index, entry) in entries.into_iter().enumerate() {
        match entry.key {
            Ok(key) => keys.push(Key::public(entry.kid, key, source.to_owned())),
            Err(reason) => remarks.push(KeyRemark::Skipped {
                set: set.to_owned(),
                number: index + 1,
                kid: entry.kid.as_deref().map(visible).unwrap_or_default(),
                reason,
            }),
        }
    }
    (keys, remarks)
}

fn entry(key: &Value) -> Entry {
    Entry {
        kid: key.get("kid").and_then(Value::as_str).map(str::to_owned),
        key: key.as_object().ok_or(Unusable::Malformed).and_then(read),
    }
}

fn read(key: &Map<String, Value>) -> Result<PublicKey, Unusable> {
    let algorithm = text(key, "alg")?;
    // Rejects a key whose id cannot be read: without its id, the key would be available for tokens with any key id.
    text(key, "kid")?;
    if text(key, "use")?.is_some_and(|usage| usage != "sig") || !may_verify(key)? {
        return Err(Unusable::OtherUse);
    }
    let curve = text(key, "crv")?.unwrap_or_default();
    let kind = text(key, "kty")?.ok_or(Unusable::Malformed)?;
    // If `alg` is absent, as with Entra and others, the algorithm follows from the kind of key.
    let (is_usual, usable) = match (kind, curve) {
        ("oct", _) => return Err(Unusable::Secret),
        ("RSA", _) => (
            algorithm.is_none_or(|name| name == "RS256"),
            PublicKey::rsa(&bytes(key, "n")?, &bytes(key, "e")?),
        ),
        ("EC", "P-256") => (
            algorithm.is_none_or(|name| name == "ES256"),
            PublicKey::p256(&bytes(key, "x")?, &bytes(key, "y")?),
        ),
        ("OKP", "Ed25519") => (
            algorithm.is_none_or(|name| name == "EdDSA" || name == "Ed25519"),
            PublicKey::ed25519(&bytes(key, "x")?),
        ),
        _ => return Err(Unusable::OtherKind),
    };
    if is_usual {
        usable.ok_or(Unusable::Malformed)
    } else {
        Err(Unusable::OtherAlgorithm)
    }
}

/// Whether the key may verify signatures: `key_ops`, if present, must contain `verify`.
fn may_verify(key: &Map<String, Value>) -> Result<bool, Unusable> {
    match key.get("key_ops") {
        None => Ok(true),
        Some(Value::Array(operations)) => Ok(operations.iter().any(|name| name == "verify")),
        Some(_) => Err(Unusable::Malformed),
    }
}

/// Reads a string member; `None` if absent.
fn text<'k>(key: &'k Map<String, Value>, name: &str) -> Result<Option<&'k str>, Unusable> {
    match key.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(Unusable::Malformed),
    }
}

/// Reads a required member that contains bytes in base64url.
fn bytes(key: &Map<String, Value>, name: &str) -> Result<Vec<u8>, Unusable> {
    text(key, name)?
        .and_then(|text| BASE64_URL_SAFE_NO_PAD.decode(text).ok())
        .ok_or(Unusable::Malformed)
}

#[cfg(test)]
mod tests {
    use jsonwebtoken::Algorithm;
    use serde_json::json;

    use super::*;

    /// A key of this kind with some members replaced; null removes a member.
    fn key(kind: &str, changes: Value) -> Value {
        let encoded = |bytes: Vec<u8>| BASE64_URL_SAFE_NO_PAD.encode(bytes);
        let half = encoded(vec![7; 32]);
        let mut key = match kind {
            "RSA" => json!({"kty": "RSA", "n": encoded(vec![0xff; 256]), "e": "AQAB"}),
            "EC" => json!({"kty": "EC", "crv": "P-256", "x": half, "y": half}),
            _ => json!({"kty": "OKP", "crv": "Ed25519", "x": half}),
        };
        for (name, value) in changes.as_object().unwrap() {
            key[name] = value.clone();
        }
        let members = key.as_object_mut().unwrap();
        members.retain(|_, value| !value.is_null());
        key
    }

    #[test]
    fn each_key_stands_for_itself() {
        use Unusable::{Malformed, OtherAlgorithm, OtherKind, OtherUse, Secret};
        for (key, expected) in [
            (key("RSA", json!({})), Ok(Algorithm::RS256)),
            (key("RSA", json!({"use": "sig"})), Ok(Algorithm::RS256)),
            (key("RSA", json!({"alg": "RS256"})), Ok(Algorithm::RS256)),
            (key("RSA", json!({"d": "AQAB"})), Ok(Algorithm::RS256)),
            (key("RSA", json!({"key_ops": ["verify"]})), Ok(Algorithm::RS256)),
            (key("EC", json!({})), Ok(Algorithm::ES256)),
            (key("EC", json!({"alg": "ES256"})), Ok(Algorithm::ES256)),
            (key("OKP", json!({})), Ok(Algorithm::EdDSA)),
            (key("OKP", json!({"alg": "EdDSA"})), Ok(Algorithm::EdDSA)),
            (key("OKP", json!({"alg": "Ed25519"})), Ok(Algorithm::EdDSA)),
            (key("RSA", json!({"use": "enc", "alg": "RSA-OAEP"})), Err(OtherUse)),
            (key("RSA", json!({"use": 7})), Err(Malformed)),
            (key("RSA", json!({"key_ops": ["encrypt"]})), Err(OtherUse)),
            (key("RSA", json!({"key_ops": "verify"})), Err(Malformed)),
            (key("RSA", json!({"alg": "RSA-OAEP"})), Err(OtherAlgorithm)),
            (key("RSA", json!({"alg": "HS256"})), Err(OtherAlgorithm)),
            (key("RSA", json!({"alg": "ES256"})), Err(OtherAlgorithm)),
            (key("RSA", json!({"alg": 7})), Err(Malformed)),
            (key("RSA", json!({"kid": 7})), Err(Malformed)),
            (key("RSA", json!({"n": "AQAB"})), Err(Malformed)),
            (key("RSA", json!({"n": "+/=="})), Err(Malformed)),
            (key("RSA", json!({"e": null})), Err(Malformed)),
            (key("EC", json!({"y": null})), Err(Malformed)),
            (key("EC", json!({"y": "AQAB"})), Err(Malformed)),
            (key("EC", json!({"crv": "P-384"})), Err(OtherKind)),
            (key("EC", json!({"crv": null})), Err(OtherKind)),
            (key("OKP", json!({"crv": "X25519"})), Err(OtherKind)),
            (key("OKP", json!({"x": "AQAB"})), Err(Malformed)),
            (json!({"kty": "oct", "k": "AQAB"}), Err(Secret)),
            (json!({"kty": "AKP", "alg": "ML-DSA-65"}), Err(OtherKind)),
            (json!({}), Err(Malformed)),
            (json!("x"), Err(Malformed)),
            (json!(null), Err(Malformed)),
        ] {
            let algorithm = entry(&key).key.map(|key| key.algorithm);
            assert_eq!(algorithm, expected, "{key}");
        }
    }

    #[test]
    fn a_key_set_has_a_list_of_keys() {
        for (text, expected) in [
            (r#"{"keys":[]}"#, Some(0)),
            (r#"{"keys":["x",{"kid":"k"}]}"#, Some(2)),
            (r#"{"keys":{}}"#, None),
            (r#"{"issuer":"x"}"#, None),
            ("[]", None),
            ("", None),
        ] {
            let keys = read_set(text.as_bytes()).map(|keys| keys.len());
            assert_eq!(keys, expected, "{text}");
        }
    }
}
