//! Keys that are read from a URL (docs/contract.md section 1.16).

mod discovery;
mod encrypted;
mod faults;
mod refresh;
mod start;

use std::{fs, path::Path, time::Duration};

use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD, Engine};
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::{Value, json};

use super::keys::fixture;
use crate::support::{Claims, IdentityProvider, ServerProcess, TestDatabase};

/// Where the providers of these tests publish their keys.
const KEYS: &str = "/keys";

/// The end of a public key in a file, so many bytes.
fn public_part(name: &str, length: usize) -> Vec<u8> {
    let pem = fs::read_to_string(fixture(name)).expect("a key");
    let body: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    let der = BASE64_STANDARD.decode(body).expect("base64");
    der[der.len() - length..].to_vec()
}

/// The Ed25519 key of the fixtures as a provider publishes it.
fn ed25519(kid: &str) -> Value {
    let x = BASE64_URL_SAFE_NO_PAD.encode(public_part("ed25519.pub.pem", 32));
    json!({"kty": "OKP", "crv": "Ed25519", "kid": kid, "x": x})
}

/// The P-256 key of the fixtures as a provider publishes it.
fn p256(kid: &str) -> Value {
    let point = public_part("ec.pub.pem", 64);
    let [x, y] = [&point[..32], &point[32..]].map(|half| BASE64_URL_SAFE_NO_PAD.encode(half));
    json!({"kty": "EC", "crv": "P-256", "kid": kid, "x": x, "y": y})
}

fn set_of(keys: &[Value]) -> String {
    json!({ "keys": keys }).to_string()
}

/// The claims, signed with the Ed25519 key.
fn by_ed25519(kid: &str, claims: Claims) -> String {
    let pem = fs::read(fixture("ed25519.pem")).expect("a key");
    signed(
        Algorithm::EdDSA,
        &EncodingKey::from_ed_pem(&pem).expect("a key"),
        kid,
        claims,
    )
}

/// The claims, signed with the P-256 key.
fn by_p256(kid: &str, claims: Claims) -> String {
    let pem = fs::read(fixture("ec.pem")).expect("a key");
    signed(
        Algorithm::ES256,
        &EncodingKey::from_ec_pem(&pem).expect("a key"),
        kid,
        claims,
    )
}

fn signed(algorithm: Algorithm, key: &EncodingKey, kid: &str, claims: Claims) -> String {
    let claims = claims.header(|header| {
        header.alg = algorithm;
        header.kid = Some(kid.to_owned());
    });
    claims.signed(key)
}

/// A provider that publishes the Ed25519 key under this id, and the URL of its key set.
fn provider(kid: &str) -> (IdentityProvider, String) {
    let provider = IdentityProvider::start();
    provider.publish(KEYS, &set_of(&[ed25519(kid)]));
    let url = provider.url(KEYS);
    (provider, url)
}

const FAILURE: &str = "keys were not read";

/// Waits for the line about a failure with this cause, in what the server logs after so many bytes.
async fn failure_after(server: &ServerProcess, bytes: usize, cause: &str) -> String {
    for _ in 0..1_200 {
        let log = server.log();
        let new = log.get(bytes..).unwrap_or_default();
        // The last line may be half written.
        let complete = new.rsplit_once('\n').map_or("", |(complete, _)| complete);
        if let Some(line) = complete
            .lines()
            .find(|line| line.contains(FAILURE) && line.contains(cause))
        {
            return line.to_owned();
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{cause:?} is not in the log: {}", server.log());
}

/// A server without keys of its own, which may not be ready.
fn without_own_key(database: &TestDatabase, arguments: &[&str]) -> ServerProcess {
    ServerProcess::start_in_shell(database, "unset RECORD_LISTS_JWT_SECRET", arguments)
}

/// A server with a secret of its own, once it knows the keys of its provider.
async fn with_own_key(folder: &Path, database_url: &str, arguments: &[&str]) -> ServerProcess {
    let server = ServerProcess::start(folder, database_url, arguments);
    server.ready().await;
    // The first line is about the secret alone.
    super::reload::wait_for_log(&server, super::reload::KEYS_LINE, 2).await;
    server
}
