//! Several keys at once, and the list of them.

use std::{fs, os::unix::fs::PermissionsExt, path::Path, process::Command};

use jsonwebtoken::decode_header;
use serde_json::json;
use tempfile::tempdir;

use crate::support::{Claims, SECRET, TestApp, TestDatabase, apply, database_test, program};

pub const OLD: &str = "the old secret, which was in use before";
pub const NEW: &str = "the new secret, which is in use from now";

/// Writes a file that its owner alone can read.
pub fn write(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    fs::write(&path, text).expect("a file");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("a mode");
    path.display().to_string()
}

/// A key set with the Ed25519 key of the fixtures, and keys that are of no use here.
pub fn key_set(kid: &str) -> String {
    let keys = json!({"keys": [
        {"kty": "RSA", "use": "enc", "kid": "for-encryption", "n": "AQAB", "e": "AQAB"},
        {"kty": "OKP", "crv": "Ed25519", "kid": kid, "x": public_part()},
        {"kty": "oct", "k": "AQAB"},
    ]});
    keys.to_string()
}

/// The `x` of the Ed25519 key: the last 32 bytes of its file.
fn public_part() -> String {
    use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD, Engine};
    let pem = fs::read_to_string(fixture("ed25519.pub.pem")).expect("a key");
    let body: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    let der = BASE64_STANDARD.decode(body).expect("base64");
    BASE64_URL_SAFE_NO_PAD.encode(&der[der.len() - 32..])
}

pub fn fixture(name: &str) -> String {
    format!("{}/tests/fixtures/keys/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// A token that names this key.
pub fn named(kid: Option<&str>, secret: &str) -> String {
    let claims = Claims::of("acme").header(|header| header.kid = kid.map(str::to_owned));
    claims.signed_with(secret.as_bytes())
}

#[apply(database_test)]
async fn a_second_secret_breaks_no_token(database: TestDatabase) {
    let folder = database.folder.path().to_owned();
    let app = TestApp::on(database, |settings| {
        settings.jwt_secret_file = vec![write(&folder, "new", NEW), write(&folder, "old", OLD)];
    })
    .await;
    for secret in [OLD, NEW] {
        for kid in [None, Some("made-elsewhere")] {
            let caller = app.with_token(&named(kid, secret));
            caller.get("/record-lists").send().await.assert_status(200);
        }
    }
    let caller = app.with_token(&named(None, SECRET));
    caller
        .get("/record-lists")
        .send()
        .await
        .assert_error(401, "TOKEN_INVALID");
}

#[apply(database_test)]
async fn a_secret_with_an_id_is_for_tokens_that_name_it_or_none(database: TestDatabase) {
    let folder = database.folder.path().to_owned();
    let app = TestApp::on(database, |settings| {
        let new = write(&folder, "new", NEW);
        settings.jwt_secret_file = vec![format!("n1={new}"), format!("o1={}", write(&folder, "old", OLD))];
    })
    .await;
    for (kid, secret, status) in [
        (Some("n1"), NEW, 200),
        (Some("o1"), OLD, 200),
        (None, NEW, 200),
        (None, OLD, 200),
        (Some("o1"), NEW, 401),
        (Some("n1"), OLD, 401),
        (Some("other"), NEW, 401),
    ] {
        let caller = app.with_token(&named(kid, secret));
        caller.get("/record-lists").send().await.assert_status(status);
    }
}

/// The list of keys of a server with one of every kind.
fn list_of_keys(folder: &Path) -> Command {
    let mut command = program(folder);
    command
        .env("RECORD_LISTS_JWT_SECRET", SECRET)
        .arg("keys")
        .args(["--jwt-secret-file", &format!("o1={}", write(folder, "old", OLD))])
        .args(["--jwt-public-key", &format!("k1={}", fixture("rsa.pub.pem"))])
        .args(["--jwks", &write(folder, "jwks.json", &key_set("a b"))]);
    command
}

fn output(command: &mut Command) -> (String, String) {
    let output = command.output().expect("the program runs");
    assert!(output.status.success(), "{output:?}");
    let text = |bytes| String::from_utf8(bytes).expect("a text");
    (text(output.stdout), text(output.stderr))
}

#[test]
fn keys_are_listed_by_id_algorithm_and_source() {
    let folder = tempdir().expect("a folder");
    let mut command = list_of_keys(folder.path());
    let (keys, remarks) = output(command.args(["--bind", "0.0.0.0:0"]));
    let lines: Vec<&str> = keys.lines().collect();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let [of_variable, others @ ..] = lines.as_slice() else {
        panic!("no keys");
    };
    let start = "none  HS256  secret from the variable RECORD_LISTS_JWT_SECRET; in tokens issued here: ";
    assert!(of_variable.starts_with(start), "{keys}");
    let expected = [
        format!("o1    HS256  secret from the file {}", path("old")),
        format!("k1    RS256  RSA public key from the file {}", fixture("rsa.pub.pem")),
        format!("a b   EdDSA  Ed25519 public key from the file {}", path("jwks.json")),
    ];
    assert_eq!(others, expected);
    assert!(
        remarks.contains("skipped key 1, with the id \"for-encryption\""),
        "{remarks}"
    );
    assert!(remarks.contains("skipped key 3"), "{remarks}");
    for text in [&keys, &remarks] {
        assert!(!text.contains(SECRET) && !text.contains(OLD), "{text}");
    }
}

#[test]
fn the_development_key_is_listed_too() {
    let folder = tempdir().expect("a folder");
    let (keys, remarks) = output(program(folder.path()).arg("keys"));
    let start = "none  HS256  secret from the file data/development-jwt-secret; in tokens issued here: ";
    assert!(keys.starts_with(start) && keys.lines().count() == 1, "{keys}");
    assert_eq!(remarks, "");
    let secret = fs::read_to_string(folder.path().join("data/development-jwt-secret")).expect("a secret");
    assert!(!keys.contains(&secret));
    // It is the id that tokens have.
    let (token, _) = output(program(folder.path()).args(["token", "--account", "demo"]));
    let kid = decode_header(token.trim()).expect("a token").kid.expect("an id");
    assert!(keys.trim().ends_with(&kid), "{keys} {kid}");
}

#[test]
fn a_token_names_the_secret_that_signed_it() {
    let folder = tempdir().expect("a folder");
    let new = write(folder.path(), "new", NEW);
    let old = write(folder.path(), "old", OLD);
    let files = format!("n1={new},o1={old}");
    let arguments = ["token", "--account", "acme", "--jwt-secret-file", &files];
    let (token, remarks) = output(program(folder.path()).args(arguments));
    assert_eq!(decode_header(token.trim()).expect("a token").kid.as_deref(), Some("n1"));
    assert_eq!(remarks, "");
}

#[test]
fn a_token_has_the_scope_and_the_client_where_the_server_looks_for_them() {
    let folder = tempdir().expect("a folder");
    let mut command = program(folder.path());
    command
        .args(["token", "--account", "acme", "--client", "nightly"])
        .args([
            "--jwt-required-scope",
            "dial.all,dial.lists",
            "--jwt-client-claims",
            "cid,azp",
        ]);
    let (token, _) = output(&mut command);
    let claims = jsonwebtoken::dangerous::insecure_decode::<serde_json::Value>(token.trim());
    let claims = claims.expect("a token").claims;
    assert_eq!(claims["scope"], "dial.all");
    assert_eq!(claims["cid"], "nightly");
    assert!(claims["client_id"].is_null());
}
