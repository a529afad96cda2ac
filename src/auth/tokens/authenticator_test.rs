use std::path::Path;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};

use super::*;
use crate::auth::{
    settings::{KeyFile, Secret},
    tokens::verifier::CACHE_BYTES,
};

pub(super) const SECRET: &[u8] = b"a secret of more than thirty-two bytes";
pub(super) const OTHER: &[u8] = b"another secret of more than thirty-two bytes";

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(path(name)).unwrap()
}

fn path(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/keys")
        .join(name)
}

pub(super) fn authenticator(secrets: &[&[u8]], public_keys: &[&str]) -> Authenticator {
    let settings = AuthSettings {
        secrets: secrets.iter().map(|text| Secret::new(text, "test")).collect(),
        public_keys: public_keys
            .iter()
            .map(|key| match key.split_once('=') {
                Some((kid, file)) => KeyFile {
                    kid: Some(kid.into()),
                    path: path(file),
                },
                None => KeyFile {
                    kid: None,
                    path: path(key),
                },
            })
            .collect(),
        ..AuthSettings::default()
    };
    Authenticator::new(&settings).unwrap()
}

fn claims() -> Value {
    json!({"exp": now() + 600.0, "account_id": "acme", "scope": "record-lists:manage"})
}

fn key(name: &str) -> (Algorithm, EncodingKey) {
    match name {
        "secret" => (Algorithm::HS256, EncodingKey::from_secret(SECRET).unwrap()),
        "other" => (Algorithm::HS256, EncodingKey::from_secret(OTHER).unwrap()),
        "ec.pem" => (Algorithm::ES256, EncodingKey::from_ec_pem(&fixture(name)).unwrap()),
        "ed25519.pem" => (Algorithm::EdDSA, EncodingKey::from_ed_pem(&fixture(name)).unwrap()),
        rsa => (Algorithm::RS256, EncodingKey::from_rsa_pem(&fixture(rsa)).unwrap()),
    }
}

pub(super) fn token(name: &str, change: impl FnOnce(&mut Header)) -> String {
    let (algorithm, key) = key(name);
    let mut header = Header::new(algorithm);
    change(&mut header);
    encode(&header, &claims(), &key).unwrap()
}

pub(super) fn with_kid(kid: &str) -> impl FnOnce(&mut Header) {
    let kid = kid.to_owned();
    move |header| header.kid = Some(kid)
}

#[test]
fn tokens_of_all_configured_keys_count() {
    let all = authenticator(&[SECRET], &["rsa.pub.pem", "ec.pub.pem", "ed25519.pub.pem"]);
    for name in ["secret", "rsa.pem", "ec.pem", "ed25519.pem"] {
        assert!(all.authenticate_now(&token(name, |_| {})).is_ok(), "{name}");
    }
    for name in ["other", "rsa-other.pem"] {
        let result = all.authenticate_now(&token(name, |_| {}));
        assert_eq!(result.err(), Some(TokenError::Invalid), "{name}");
    }
}

/// Each claim that is wrong, and each part, has a reason of its own in the log.
#[test]
fn every_refusal_has_its_reason() {
    let settings = AuthSettings {
        secrets: vec![Secret::new(SECRET, "test")],
        issuers: vec!["https://id.example.com/".into()],
        audience: Some("record-lists".into()),
        ..AuthSettings::default()
    };
    let strict = Authenticator::new(&settings).unwrap();
    let good = json!({"exp": now() + 600.0, "account_id": "acme", "scope": "record-lists:manage",
        "iss": "https://id.example.com/", "aud": "record-lists"});
    let signed = |claims: &Value| encode(&Header::default(), claims, &key("secret").1).unwrap();
    let changed = |name: &str, value: Value| {
        let mut claims = good.clone();
        claims[name] = value;
        signed(&claims)
    };
    for (token, expected) in [
        (signed(&good), None),
        (changed("iss", json!("https://id.example.com")), Some(Refusal::Issuer)),
        (changed("aud", json!("other")), Some(Refusal::Audience)),
        (changed("exp", json!(1)), Some(Refusal::Expired)),
        (changed("exp", json!("never")), Some(Refusal::Dates)),
        (changed("nbf", json!(now() + 90.0)), Some(Refusal::NotYetValid)),
        (changed("account_id", json!("")), Some(Refusal::Account)),
        (signed(&json!([])), Some(Refusal::Claims)),
        (token("other", |_| {}), Some(Refusal::Signature)),
        (token("rsa.pem", |_| {}), Some(Refusal::NoKey)),
        ("nonsense".to_owned(), Some(Refusal::Malformed)),
    ] {
        assert_eq!(strict.authenticate_at(&token, now()).err(), expected, "{expected:?}");
    }
}

#[test]
fn a_public_key_is_no_secret() {
    let rsa = authenticator(&[], &["rsa.pub.pem"]);
    let pem = EncodingKey::from_secret(&fixture("rsa.pub.pem")).unwrap();
    let forged = encode(&Header::new(Algorithm::HS256), &claims(), &pem).unwrap();
    assert_eq!(rsa.authenticate_now(&forged).err(), Some(TokenError::Invalid));
}

/// A key from the fixtures as a member of a key set.
fn jwk(name: &str, changes: Value) -> Value {
    let (algorithm, key) = key(name);
    let jwk = jsonwebtoken::jwk::Jwk::from_encoding_key(&key, algorithm).unwrap();
    let mut jwk = serde_json::to_value(jwk).unwrap();
    jwk.as_object_mut().unwrap().remove("alg");
    for (name, value) in changes.as_object().unwrap() {
        jwk[name] = value.clone();
    }
    jwk
}

fn with_key_set(keys: Value) -> Result<Authenticator, KeyError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("jwks.json");
    std::fs::write(&path, json!({ "keys": keys }).to_string()).unwrap();
    Authenticator::new(&AuthSettings {
        jwks: Some(path),
        ..AuthSettings::default()
    })
}

#[test]
fn the_algorithm_of_a_key_in_a_set_follows_from_its_kind() {
    for name in ["rsa.pem", "ec.pem", "ed25519.pem"] {
        let changes = json!({"use": "sig", "kid": "k1"});
        let set = with_key_set(json!([jwk(name, changes)])).unwrap();
        let good = token(name, with_kid("k1"));
        assert!(set.authenticate_now(&good).is_ok(), "{name}");
        assert!(set.authenticate_now(&token(name, |_| {})).is_ok(), "{name}");
        assert!(set.authenticate_now(&token(name, with_kid("k2"))).is_err(), "{name}");
        let public = fixture(&name.replace(".pem", ".pub.pem"));
        let mut header = Header::new(Algorithm::HS256);
        header.kid = Some("k1".into());
        let pem = EncodingKey::from_secret(&public).unwrap();
        let forged = encode(&header, &claims(), &pem).unwrap();
        assert!(set.authenticate_now(&forged).is_err(), "{name}");
    }
}

#[test]
fn keys_of_a_set_that_are_not_for_us_are_passed_over() {
    let secret = BASE64_URL_SAFE_NO_PAD.encode(SECRET);
    let mut broken = jwk("ec.pem", json!({}));
    broken.as_object_mut().unwrap().remove("y");
    let for_encryption = json!({"use": "enc", "alg": "RSA-OAEP", "kid": "e1"});
    let mut keys = vec![
        jwk("rsa-other.pem", for_encryption),
        json!({"kty": "AKP", "alg": "ML-DSA-65", "pub": "AQAB"}),
        broken,
        json!({"kty": "oct", "k": secret}),
        json!("x"),
    ];
    let none_left = with_key_set(json!(keys)).err().unwrap();
    assert!(matches!(none_left, KeyError::EmptyKeySet(_)), "{none_left}");
    keys.push(jwk("rsa.pem", json!({"use": "sig", "kid": "k1"})));
    let set = with_key_set(json!(keys)).unwrap();
    for (token, expected) in [
        (token("rsa.pem", with_kid("k1")), true),
        (token("rsa.pem", |_| {}), true),
        (token("rsa-other.pem", with_kid("e1")), false),
        (token("rsa-other.pem", with_kid("k1")), false),
        (token("secret", |_| {}), false),
        (token("ec.pem", |_| {}), false),
    ] {
        assert_eq!(set.authenticate_now(&token).is_ok(), expected);
    }
}

#[test]
fn a_key_that_is_configured_twice_is_one_key() {
    let twice = authenticator(&[SECRET, SECRET], &["rsa.pub.pem", "rsa.pub.pem"]);
    for name in ["secret", "rsa.pem"] {
        assert!(twice.authenticate_now(&token(name, |_| {})).is_ok(), "{name}");
    }
}

/// A token with an arbitrary header, signed with the secret.
fn with_header(header: &Value) -> String {
    let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    let message = format!("{}.{}", part(header), part(&claims()));
    let key = EncodingKey::from_secret(SECRET).unwrap();
    let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &key, Algorithm::HS256).unwrap();
    format!("{message}.{signature}")
}

#[test]
fn only_the_algorithms_of_configured_keys_count() {
    let hs256 = authenticator(&[SECRET], &[]);
    for (header, expected) in [
        (json!({"alg": "HS256"}), true),
        (json!({"alg": "HS256", "typ": "application/at+jwt"}), true),
        (json!({"alg": "HS256", "typ": "JWS"}), false),
        (json!({"alg": "HS256", "crit": ["exp"]}), false),
        (json!({"alg": "none"}), false),
        (json!({"alg": "HS384"}), false),
        (json!({}), false),
    ] {
        let result = hs256.authenticate_now(&with_header(&header));
        assert_eq!(result.is_ok(), expected, "{header}");
    }
    let unsigned = with_header(&json!({"alg": "none"}));
    let unsigned = &unsigned[..=unsigned.rfind('.').unwrap()];
    for text in ["", ".", "a.b.c", "..", unsigned] {
        assert_eq!(hs256.authenticate_now(text).err(), Some(TokenError::Invalid), "{text}");
    }
}

#[test]
fn a_remembered_token_keeps_its_dates() {
    let hs256 = authenticator(&[SECRET], &[]);
    let start = 1_800_000_000.0;
    let claims = json!({"nbf": start, "exp": start + 600.5, "account_id": "acme"});
    let token = encode(&Header::default(), &claims, &key("secret").1).unwrap();
    // The first accepted case verifies the signature; the later ones find the token in the cache.
    for (time, expected) in [
        (start - 31.0, Some(Refusal::NotYetValid)),
        (start - 30.0, None),
        (start - 31.0, Some(Refusal::NotYetValid)),
        (start + 630.0, None),
        (start + 630.5, Some(Refusal::Expired)),
        (start + 631.5, Some(Refusal::Expired)),
    ] {
        let result = hs256.authenticate_at(&token, time);
        assert_eq!(result.err(), expected, "{time}");
    }
    assert_eq!(hs256.current().verified().len(), 1);
}

#[test]
fn only_good_tokens_are_remembered_and_their_number_is_bounded() {
    let hs256 = authenticator(&[SECRET], &[]);
    for name in ["other", "rsa.pem"] {
        assert!(hs256.authenticate_now(&token(name, |_| {})).is_err());
    }
    assert!(hs256.current().verified().is_empty());
    for number in 0..300 {
        let claims = json!({"exp": now() + 600.0, "account_id": "acme", "number": number,
            "padding": "x".repeat(40_000)});
        let token = encode(&Header::default(), &claims, &key("secret").1).unwrap();
        assert!(hs256.authenticate_now(&token).is_ok());
    }
    assert!(hs256.current().verified().weight() <= CACHE_BYTES);
}

#[test]
fn a_token_that_was_changed_does_not_count() {
    let hs256 = authenticator(&[SECRET], &[]);
    let good = token("secret", |_| {});
    assert!(hs256.authenticate_now(&good).is_ok());
    let parts: Vec<&str> = good.split('.').collect();
    let other = BASE64_URL_SAFE_NO_PAD.encode(json!({"exp": 9e9, "account_id": "b"}).to_string());
    for changed in [
        format!("{}.{other}.{}", parts[0], parts[2]),
        format!("{}.{}.", parts[0], parts[1]),
        format!("{}.{}", parts[0], parts[1]),
        format!("{good}."),
        format!("{good}.{}", parts[2]),
        format!(".{good}"),
        format!("{good}="),
        good.replace('.', ".."),
    ] {
        assert_eq!(
            hs256.authenticate_now(&changed).err(),
            Some(TokenError::Invalid),
            "{changed}"
        );
    }
}

#[test]
fn wrong_types_of_unchecked_claims_do_no_harm() {
    let hs256 = authenticator(&[SECRET], &[]);
    for (name, value) in [
        ("aud", json!({"a": 1})),
        ("aud", json!([1, "x"])),
        ("iss", json!(7)),
        ("iss", json!({"a": 1})),
        ("iat", json!("x")),
        ("sub", json!([1])),
        ("jti", json!(null)),
    ] {
        let mut claims = claims();
        claims[name] = value.clone();
        let token = encode(&Header::default(), &claims, &key("secret").1).unwrap();
        assert!(hs256.authenticate_now(&token).is_ok(), "{name} {value}");
    }
}

#[test]
fn unusable_keys_say_where_they_are() {
    let short = AuthSettings {
        secrets: vec![Secret::new(b"short", "the file x")],
        ..AuthSettings::default()
    };
    let error = Authenticator::new(&short).err().unwrap().to_string();
    assert_eq!(error, "the secret from the file x has fewer than 32 bytes");
    for file in ["rsa.pem", "ec.pem", "README.md", "absent.pem"] {
        let settings = AuthSettings {
            public_keys: vec![KeyFile {
                kid: None,
                path: path(file),
            }],
            ..AuthSettings::default()
        };
        let error = Authenticator::new(&settings).err().unwrap().to_string();
        assert!(error.contains(file), "{error}");
    }
    let settings = AuthSettings {
        jwks: Some(path("README.md")),
        ..AuthSettings::default()
    };
    let error = Authenticator::new(&settings).err().unwrap().to_string();
    assert!(error.contains("README.md"), "{error}");
}
