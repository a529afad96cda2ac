//! The start of a server whose keys are at a URL, readiness, and the list of keys.

use rstest::rstest;
use tempfile::tempdir;

use super::{
    super::reload::{status, wait_for_log},
    KEYS, by_ed25519, ed25519, provider, set_of, without_own_key,
};
use crate::support::{
    Claims, Database::Sqlite, IdentityProvider, TestDatabase, apply, assert_says, database_test, end_of, program,
    refusal,
};

#[apply(database_test)]
async fn a_server_without_keys_is_not_ready_until_it_has_read_some(database: TestDatabase) {
    let provider = IdentityProvider::start();
    let url = provider.url(KEYS);
    let server = without_own_key(&database, &["--jwks-url", &url]);
    server.alive().await;
    wait_for_log(&server, "404 Not Found", 1).await;
    let answer = server.as_anonymous().get("/health/ready").send().await;
    let answer = answer.assert_status(503);
    assert_eq!(answer.header("retry-after"), "1");
    assert_eq!(answer.json()["reason"], "KEYS_AWAY");
    assert!(!answer.json()["message"].to_string().contains("localhost"));
    // A token that a key of the provider may have signed is not wrong yet.
    let token = by_ed25519("e1", Claims::of("acme"));
    let caller = server.as_anonymous().authorization(&format!("Bearer {token}"));
    let answer = caller.get("/record-lists").send().await;
    assert_eq!(answer.assert_error(503, "KEYS_UNAVAILABLE").header("retry-after"), "1");
    // Others are.
    for token in [Claims::of("acme").token(), "x.y.z".to_owned()] {
        assert_eq!(status(&server, &token).await, 401);
    }
    provider.publish(KEYS, &set_of(&[ed25519("e1")]));
    server.ready().await;
    assert_eq!(status(&server, &token).await, 200);
    provider.answer(KEYS, "500 Internal Server Error", "");
    server.signal("HUP");
    wait_for_log(&server, "500 Internal Server Error", 1).await;
    // An answer may be a second old, so this one is asked for the keys alone.
    server.ready().await;
    assert_eq!(status(&server, &token).await, 200);
}

#[apply(database_test)]
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_token_that_comes_before_the_first_keys_waits_for_them(#[values(Sqlite)] database: TestDatabase) {
    let (provider, url) = provider("e1");
    provider.hold();
    let server = without_own_key(&database, &["--jwks-url", &url]);
    server.alive().await;
    let token = by_ed25519("e1", Claims::of("acme"));
    let caller = server.as_anonymous().authorization(&format!("Bearer {token}"));
    let sent = tokio::spawn(async move { caller.get("/record-lists").send().await.status.as_u16() });
    provider.wait_for_requests(1);
    provider.release();
    assert_eq!(sent.await.expect("a status"), 200);
}

#[apply(database_test)]
async fn with_another_key_a_server_is_ready_without_its_provider(#[values(Sqlite)] database: TestDatabase) {
    let provider = IdentityProvider::start();
    let url = provider.url(KEYS);
    let folder = database.folder.path();
    let server = crate::support::ServerProcess::start(folder, &database.url, &["--jwks-url", &url]);
    server.ready().await;
    assert_eq!(status(&server, &Claims::of("acme").token()).await, 200);
    assert_eq!(status(&server, &by_ed25519("e1", Claims::of("acme"))).await, 503);
}

#[rstest]
#[case::not_encrypted("--jwks-url", "http://id.example.com/marked")]
#[case::no_url("--jwks-url", "marked")]
#[case::password("--jwks-url", "https://user:marked@id.example.com/keys")]
#[case::fragment("--jwks-url", "https://id.example.com/keys#marked")]
#[case::issuer_not_encrypted("--oidc-issuer", "http://id.example.com/marked")]
#[case::issuer_with_query("--oidc-issuer", "https://id.example.com/?marked")]
fn a_url_that_anyone_could_answer_for_is_refused(#[case] flag: &str, #[case] value: &str) {
    let folder = tempdir().expect("a folder");
    let message = refusal(program(folder.path()).args(["serve", flag, value]));
    assert_says(
        &message,
        &[flag, "must be a URL with https://, or with http:// and a loopback host"],
    );
}

fn list_of_keys(arguments: &[&str]) -> (bool, String, String) {
    let folder = tempdir().expect("a folder");
    let mut command = program(folder.path());
    command
        .env("RECORD_LISTS_JWT_SECRET", crate::support::SECRET)
        .arg("keys")
        .args(arguments)
        .stdout(std::process::Stdio::piped());
    let output = end_of(&mut command);
    let text = |bytes| String::from_utf8(bytes).expect("a text");
    (output.status.success(), text(output.stdout), text(output.stderr))
}

#[test]
fn keys_at_a_url_are_listed_too() {
    let (provider, url) = provider("e1");
    let (is_well, keys, remarks) = list_of_keys(&["--jwks-url", &url]);
    assert!(is_well, "{remarks}");
    let last = keys.lines().last().expect("a key");
    assert_eq!(last, format!("e1    EdDSA  Ed25519 public key from {url}"));
    assert_eq!(
        (keys.lines().count(), remarks.as_str(), provider.requests()),
        (2, "", 1)
    );
}

#[test]
fn keys_that_cannot_be_read_make_the_list_fail() {
    let provider = IdentityProvider::start();
    let url = provider.url(KEYS);
    let (is_well, keys, message) = list_of_keys(&["--jwks-url", &url, "--oidc-issuer", &provider.url("")]);
    assert!(!is_well);
    // The others are listed all the same.
    assert_eq!(keys.lines().count(), 1);
    let lines: Vec<&str> = message.lines().collect();
    let [of_keys, of_issuer] = lines.as_slice() else {
        panic!("{message}");
    };
    assert_says(of_keys, &[&url, "404 Not Found"]);
    assert_says(
        of_issuer,
        &[&provider.url("/.well-known/openid-configuration"), "404 Not Found"],
    );
}
