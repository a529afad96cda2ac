use std::path::Path;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::json;

use super::{
    super::{KeyFile, Secret},
    *,
};

const SECRET: &[u8] = b"a secret of more than thirty-two bytes";
const OTHER: &[u8] = b"another secret of more than thirty-two bytes";

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(path(name)).unwrap()
}

fn path(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/keys")
        .join(name)
}

fn authenticator(secrets: &[&[u8]], public_keys: &[&str]) -> Authenticator {
    let settings = AuthSettings {
        secrets: secrets
            .iter()
            .map(|text| Secret::new(text, "test"))
            .collect(),
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
        "secret" => (Algorithm::HS256, EncodingKey::from_secret(SECRET)),
        "other" => (Algorithm::HS256, EncodingKey::from_secret(OTHER)),
        "ec.pem" => (
            Algorithm::ES256,
            EncodingKey::from_ec_pem(&fixture(name)).unwrap(),
        ),
        "ed25519.pem" => (
            Algorithm::EdDSA,
            EncodingKey::from_ed_pem(&fixture(name)).unwrap(),
        ),
        rsa => (
            Algorithm::RS256,
            EncodingKey::from_rsa_pem(&fixture(rsa)).unwrap(),
        ),
    }
}

fn token(name: &str, change: impl FnOnce(&mut Header)) -> String {
    let (algorithm, key) = key(name);
    let mut header = Header::new(algorithm);
    change(&mut header);
    encode(&header, &claims(), &key).unwrap()
}

fn with_kid(kid: &str) -> impl FnOnce(&mut Header) {
    let kid = kid.to_owned();
    move |header| header.kid = Some(kid)
}

#[test]
fn tokens_of_all_configured_keys_count() {
    let all = authenticator(&[SECRET], &["rsa.pub.pem", "ec.pub.pem", "ed25519.pub.pem"]);
    for name in ["secret", "rsa.pem", "ec.pem", "ed25519.pem"] {
        assert!(all.authenticate(&token(name, |_| {})).is_ok(), "{name}");
    }
    for name in ["other", "rsa-other.pem"] {
        let result = all.authenticate(&token(name, |_| {}));
        assert_eq!(result.err(), Some(TokenError::Invalid), "{name}");
    }
}

#[test]
fn a_key_id_chooses_and_without_one_there_must_be_no_choice() {
    let named = authenticator(&[], &["k1=rsa.pub.pem", "k2=rsa-other.pub.pem"]);
    let mixed = authenticator(&[], &["k1=rsa.pub.pem", "rsa-other.pub.pem"]);
    let single = authenticator(&[], &["rsa.pub.pem"]);
    for (authenticator, token, expected) in [
        (&named, token("rsa.pem", with_kid("k1")), true),
        (&named, token("rsa-other.pem", with_kid("k2")), true),
        (&named, token("rsa.pem", with_kid("k2")), false),
        (&named, token("rsa.pem", with_kid("k3")), false),
        (&named, token("rsa.pem", |_| {}), false),
        (&mixed, token("rsa-other.pem", with_kid("unknown")), true),
        (&mixed, token("rsa.pem", with_kid("unknown")), false),
        (&mixed, token("rsa-other.pem", |_| {}), false),
        (&single, token("rsa.pem", with_kid("unknown")), true),
        (&single, token("rsa.pem", |_| {}), true),
        (&single, token("ec.pem", |_| {}), false),
    ] {
        assert_eq!(authenticator.authenticate(&token).is_ok(), expected);
    }
}

#[test]
fn secrets_are_rotated_by_derived_key_ids() {
    use super::super::TokenIssuer;
    let issue = |secret: &[u8]| {
        let settings = AuthSettings {
            secrets: vec![Secret::new(secret, "test")],
            ..AuthSettings::default()
        };
        let account = crate::domain::AccountId::new("acme").unwrap();
        let ttl = std::time::Duration::from_secs(60);
        let issuer = TokenIssuer::new(&settings).unwrap();
        issuer
            .issue(&account, "tests", "record-lists:manage", ttl)
            .unwrap()
    };
    let both = authenticator(&[SECRET, OTHER], &[]);
    assert!(both.authenticate(&issue(SECRET)).is_ok());
    assert!(both.authenticate(&issue(OTHER)).is_ok());
    assert!(
        authenticator(&[OTHER], &[])
            .authenticate(&issue(SECRET))
            .is_err()
    );
}

#[test]
fn a_public_key_is_no_secret() {
    let rsa = authenticator(&[], &["rsa.pub.pem"]);
    let pem = EncodingKey::from_secret(&fixture("rsa.pub.pem"));
    let forged = encode(&Header::new(Algorithm::HS256), &claims(), &pem).unwrap();
    assert_eq!(rsa.authenticate(&forged).err(), Some(TokenError::Invalid));
}

/// A token with a header of any form, signed with the secret.
fn with_header(header: &Value) -> String {
    let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    let message = format!("{}.{}", part(header), part(&claims()));
    let key = EncodingKey::from_secret(SECRET);
    let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &key, Algorithm::HS256).unwrap();
    format!("{message}.{signature}")
}

#[test]
fn headers_that_ask_for_more_or_for_nothing_are_refused() {
    let hs256 = authenticator(&[SECRET], &[]);
    for (header, expected) in [
        (json!({"alg": "HS256"}), true),
        (json!({"alg": "HS256", "typ": "JWT"}), true),
        (json!({"alg": "HS256", "typ": "at+JWT"}), true),
        (json!({"alg": "HS256", "typ": "application/at+jwt"}), true),
        (json!({"alg": "HS256", "typ": "JWS"}), false),
        (json!({"alg": "HS256", "typ": 7}), false),
        (json!({"alg": "HS256", "crit": ["exp"]}), false),
        (json!({"alg": "HS256", "crit": []}), false),
        (json!({"alg": "HS256", "crit": "exp"}), false),
        (json!({"alg": "none"}), false),
        (json!({"alg": "None"}), false),
        (json!({"alg": "HS384"}), false),
        (json!({}), false),
    ] {
        let result = hs256.authenticate(&with_header(&header));
        assert_eq!(result.is_ok(), expected, "{header}");
    }
    let unsigned = with_header(&json!({"alg": "none"}));
    let unsigned = &unsigned[..=unsigned.rfind('.').unwrap()];
    for text in ["", ".", "a.b.c", "..", unsigned] {
        assert_eq!(
            hs256.authenticate(text).err(),
            Some(TokenError::Invalid),
            "{text}"
        );
    }
}

#[test]
fn a_remembered_token_ends_in_time() {
    let hs256 = authenticator(&[SECRET], &[]);
    let token = token("secret", |_| {});
    let principal = hs256.authenticate(&token).unwrap();
    let in_the_past = now() - 100.0;
    let claims = json!({"exp": in_the_past + 69.0, "account_id": "acme"});
    let settings = AuthSettings::default();
    let (_, expiry) = claims::verify(claims.as_object().unwrap(), &settings, in_the_past).unwrap();
    hs256
        .verified
        .insert(token.clone(), (Arc::clone(&principal), expiry));
    assert_eq!(hs256.authenticate(&token).err(), Some(TokenError::Expired));
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
}
