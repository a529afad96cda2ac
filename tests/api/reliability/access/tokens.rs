//! Tokens that must not count, each with what is wrong with it.

use std::path::PathBuf;

use base64::{Engine, prelude::BASE64_STANDARD, prelude::BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::{Value, json};

use crate::support::{Claims, SECRET, now};

pub const ISSUER: &str = "https://id.example.com/";
pub const AUDIENCE: &str = "record-lists";
pub const MANAGE: &str = "record-lists:manage";

pub fn key_file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/keys")
        .join(name)
}

pub fn key_text(name: &str) -> Vec<u8> {
    std::fs::read(key_file(name)).expect("a key")
}

pub fn claims_of(account: &str) -> Claims {
    Claims::of(account).with("iss", ISSUER).with("aud", AUDIENCE)
}

/// A token of this algorithm that names this key.
pub fn named(algorithm: Algorithm, kid: Option<&str>, key: &EncodingKey) -> String {
    let claims = claims_of("acme").header(|header| {
        header.alg = algorithm;
        header.kid = kid.map(str::to_owned);
    });
    claims.signed(key)
}

/// A token whose header is this text, with the claims and the signature of a good one.
fn with_header(header: &str, signature: Option<&str>) -> String {
    let good = claims_of("acme").token();
    let parts: Vec<&str> = good.split('.').collect();
    let header = BASE64_URL_SAFE_NO_PAD.encode(header);
    format!("{header}.{}.{}", parts[1], signature.unwrap_or(parts[2]))
}

/// The claims of one token with the signature of another.
fn spliced(claims: &Claims) -> String {
    let (changed, good) = (claims.token(), claims_of("other").token());
    let message = changed.rsplit_once('.').expect("a signature").0;
    let signature = good.rsplit_once('.').expect("a signature").1;
    format!("{message}.{signature}")
}

/// What must be 401, each with what is wrong with it.
pub fn refused_tokens() -> Vec<(&'static str, String)> {
    let good = || claims_of("acme");
    let rsa = EncodingKey::from_rsa_pem(&key_text("rsa.pem")).expect("a key");
    let other_rsa = EncodingKey::from_rsa_pem(&key_text("rsa-other.pem")).expect("a key");
    let ec = EncodingKey::from_ec_pem(&key_text("ec.pem")).expect("a key");
    let secret = EncodingKey::from_secret(SECRET.as_bytes()).expect("a key");
    let public_text = key_text("rsa.pub.pem");
    let trimmed = String::from_utf8_lossy(&public_text).trim().to_owned();
    let inner: String = trimmed.lines().filter(|line| !line.starts_with('-')).collect();
    let public_bytes = BASE64_STANDARD.decode(inner).expect("a key");
    let by_public = |key: &[u8], kid| named(Algorithm::HS256, kid, &EncodingKey::from_secret(key).expect("a key"));
    let k1 = Some("k1");
    vec![
        (
            "another secret",
            good().signed_with(b"a secret of the same length as the server's one"),
        ),
        ("another private key", named(Algorithm::RS256, k1, &other_rsa)),
        (
            "another private key, unnamed",
            named(Algorithm::RS256, None, &other_rsa),
        ),
        ("claims of another token", spliced(&good())),
        ("alg HS512 with the secret", named(Algorithm::HS512, None, &secret)),
        ("alg RS512 with the key", named(Algorithm::RS512, k1, &rsa)),
        ("alg PS256 with the key", named(Algorithm::PS256, k1, &rsa)),
        ("alg ES256 without such a key", named(Algorithm::ES256, k1, &ec)),
        (
            "alg RS256 over a signature with the secret",
            with_header(r#"{"alg":"RS256","kid":"k1"}"#, None),
        ),
        (
            "alg none without a signature",
            with_header(r#"{"alg":"none","typ":"JWT"}"#, Some("")),
        ),
        (
            "alg none with a signature",
            with_header(r#"{"alg":"none","typ":"JWT"}"#, None),
        ),
        (
            "alg NONE without a signature",
            with_header(r#"{"alg":"NONE"}"#, Some("")),
        ),
        ("no alg", with_header(r#"{"typ":"JWT"}"#, None)),
        ("no signature", with_header(r#"{"alg":"HS256"}"#, Some(""))),
        ("the public key as the secret", by_public(&public_text, k1)),
        ("the public key as the secret, unnamed", by_public(&public_text, None)),
        (
            "the public key's text, trimmed, as the secret",
            by_public(trimmed.as_bytes(), k1),
        ),
        ("the public key's bytes as the secret", by_public(&public_bytes, k1)),
        ("an unknown kid", named(Algorithm::RS256, Some("k2"), &rsa)),
        (
            "no kid that is known by its beginning",
            named(Algorithm::RS256, Some("k"), &rsa),
        ),
        (
            "the public key's kid on another secret",
            by_public(b"a secret of the same length as the server's one", k1),
        ),
        (
            "crit",
            good().header(|header| header.crit = Some(vec!["exp".into()])).token(),
        ),
        ("expired", good().with("exp", now() - 60).token()),
        ("expired long ago", good().with("exp", 0).token()),
        ("not yet valid", good().with("nbf", now() + 60).token()),
        ("no exp", good().without("exp").token()),
        ("exp as a text", good().with("exp", (now() + 600).to_string()).token()),
        ("another iss", good().with("iss", "https://id.example.org/").token()),
        ("an iss with less", good().with("iss", "https://id.example.com").token()),
        ("a list of iss", good().with("iss", json!([ISSUER])).token()),
        ("no iss", good().without("iss").token()),
        ("another aud", good().with("aud", "record-lists-admin").token()),
        (
            "other auds",
            good().with("aud", json!(["account", "Record-Lists"])).token(),
        ),
        ("no aud", good().without("aud").token()),
        (
            "a token of another typ",
            good().header(|header| header.typ = Some("id+jwt".into())).token(),
        ),
        (
            "an encrypted token's typ",
            good().header(|header| header.typ = Some("JWE".into())).token(),
        ),
        ("no account", good().without("account_id").token()),
        ("no token", "nonsense".to_owned()),
        (
            "an empty secret",
            // The library makes no key of it. HMAC fills a key up with zeros, so that one zero signs the same.
            by_public(&[0], None),
        ),
    ]
}

/// Scopes that look like the one that is needed.
pub fn refused_scopes() -> Vec<Value> {
    let mut scopes: Vec<Value> = [
        "",
        " ",
        "openid profile",
        "record-lists",
        "record-lists:",
        "record-lists:manag",
        "record-lists:manager",
        "record-lists:manage:all",
        "record-lists:*",
        "xrecord-lists:manage",
        "my.record-lists:manage",
        ":manage",
        "manage",
        "RECORD-LISTS:MANAGE",
        "record-lists:Manage",
        "record-lists:manage,openid",
        "openid,record-lists:manage",
        "record-lists:manage;openid",
        "record-lists:manage\topenid",
        "record-lists:manage\u{a0}",
        "record-lists:manage\u{0}",
        "\"record-lists:manage\"",
        "record-lists%3Amanage",
        "record_lists:manage",
        "record-lists: manage",
        "record-lists\u{ff1a}manage",
    ]
    .map(Value::from)
    .to_vec();
    scopes.extend([
        Value::Null,
        json!(true),
        json!({MANAGE: true}),
        json!([[MANAGE]]),
        json!([MANAGE, 7]),
        json!(["openid", "record-lists:manage,openid"]),
    ]);
    scopes
}
