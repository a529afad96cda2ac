//! Keys that cannot be read: those in use stay.

use serde_json::json;

use super::{
    super::reload::{KEYS_LINE, status, wait_for_log},
    FAILURE, KEYS, by_ed25519, by_p256, ed25519, failure_after, p256, provider, set_of, with_own_key, without_own_key,
};
use crate::support::{Claims, Database::Sqlite, TestDatabase, apply, database_test};

/// What a provider may answer in the place of a key set, and what the log says about it.
fn faults(elsewhere: &str) -> Vec<(String, &'static str)> {
    let of = |status: &str, body: &str| {
        let length = body.len();
        format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}")
    };
    let good = set_of(&[p256("p1")]);
    let large = json!({"keys": [p256("p1")], "filler": "x".repeat(1_100_000)}).to_string();
    let chunk = format!("{:x}\r\n{large}\r\n0\r\n\r\n", large.len());
    let many: Vec<_> = (0..101).map(|number| p256(&format!("p{number}"))).collect();
    let redirect = format!("302 Found\r\nLocation: {elsewhere}");
    vec![
        (of("500 Internal Server Error", &good), "500 Internal Server Error"),
        (of("404 Not Found", &good), "404 Not Found"),
        (of("201 Created", &good), "201 Created"),
        (of(&redirect, &good), "302 Found"),
        (of("200 OK", "{"), "is not a JSON object with a list of keys"),
        (of("200 OK", "[]"), "is not a JSON object with a list of keys"),
        (of("200 OK", ""), "is not a JSON object with a list of keys"),
        (
            of("200 OK", "<html></html>"),
            "is not a JSON object with a list of keys",
        ),
        (of("200 OK", r#"{"keys":[]}"#), "contains no key that can verify"),
        (
            of("200 OK", r#"{"keys":[{"kty":"oct","k":"AQAB"}]}"#),
            "contains no key that can verify",
        ),
        (of("200 OK", &set_of(&many)), "contains more than 100 keys"),
        (of("200 OK", &large), "more than 1048576 bytes"),
        (
            format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{chunk}"),
            "more than 1048576 bytes",
        ),
        (
            format!("HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n{good}"),
            "cannot be read",
        ),
        ("SSH-2.0-OpenSSH\r\n".to_owned(), "cannot be read"),
        (String::new(), "cannot be read"),
    ]
}

#[apply(database_test)]
async fn whatever_the_provider_answers_the_keys_stay(#[values(Sqlite)] database: TestDatabase) {
    let (provider, url) = provider("e1");
    let asked = format!("{url}?secret=marked");
    // The query is sent, so the provider knows this path too.
    let path = format!("{KEYS}?secret=marked");
    provider.publish(&path, &set_of(&[ed25519("e1")]));
    let arguments = ["--jwks-url", &asked, "--key-cool-down", "1h"];
    // Its whole log is searched at its end, and must not contain what is marked.
    let server = with_own_key(database.folder.path(), &database.url, &arguments).await;
    let elsewhere = provider.url("/elsewhere");
    provider.publish("/elsewhere", &set_of(&[p256("p1")]));
    let (known, new) = (by_ed25519("e1", Claims::of("acme")), by_p256("p1", Claims::of("acme")));
    for (answer, expected) in faults(&elsewhere) {
        let before = server.log().len();
        provider.answer_with(&path, answer);
        server.signal("HUP");
        let line = failure_after(&server, before, expected).await;
        assert!(line.contains(&url) && line.contains("WARN"), "{line}");
        assert_eq!(status(&server, &known).await, 200, "{expected}");
        assert_eq!(status(&server, &new).await, 401, "{expected}");
        server.ready().await;
    }
    assert_eq!(provider.requests_for("/elsewhere"), 0);
    provider.publish(&path, &set_of(&[p256("p1")]));
    server.signal("HUP");
    wait_for_log(&server, "keys can be read again", 1).await;
    assert_eq!((status(&server, &known).await, status(&server, &new).await), (401, 200));
}

#[apply(database_test)]
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_provider_that_does_not_answer_is_given_up_after_five_seconds(#[values(Sqlite)] database: TestDatabase) {
    let (provider, url) = provider("e1");
    let arguments = ["--jwks-url", &url, "--key-cool-down", "1h"];
    let server = with_own_key(database.folder.path(), &database.url, &arguments).await;
    provider.hold();
    let unknown = by_p256("p1", Claims::of("acme"));
    let sent = std::time::Instant::now();
    assert_eq!(status(&server, &unknown).await, 401);
    let took = sent.elapsed();
    assert!(took.as_secs() >= 4, "{took:?}");
    wait_for_log(&server, "was not read within 5 s", 1).await;
    assert_eq!(status(&server, &by_ed25519("e1", Claims::of("acme"))).await, 200);
    server.ready().await;
    provider.publish(KEYS, &set_of(&[p256("p1")]));
    provider.release();
    wait_for_log(&server, KEYS_LINE, 3).await;
    assert_eq!(status(&server, &unknown).await, 200);
}

#[apply(database_test)]
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_cause_that_lasts_is_logged_once(#[values(Sqlite)] database: TestDatabase) {
    let (provider, url) = provider("e1");
    provider.answer(KEYS, "500 Internal Server Error", "");
    let server = without_own_key(&database, &["--jwks-url", &url]);
    // At once, and after pauses of one and two seconds.
    provider.wait_for_requests(3);
    assert_eq!(server.log().matches(FAILURE).count(), 1);
    provider.publish(KEYS, &set_of(&[ed25519("e1")]));
    wait_for_log(&server, "keys can be read again", 1).await;
    assert_eq!(server.log().matches(FAILURE).count(), 1);
}

/// One key that cannot be used does not keep the others from being used.
#[apply(database_test)]
async fn keys_are_skipped_one_by_one(#[values(Sqlite)] database: TestDatabase) {
    let (provider, url) = provider("e1");
    let secret = json!({"kty": "oct", "kid": "s1", "k": "AQAB"});
    provider.publish(KEYS, &set_of(&[secret, json!("x"), ed25519("e1")]));
    let server = with_own_key(database.folder.path(), &database.url, &["--jwks-url", &url]).await;
    assert_eq!(status(&server, &by_ed25519("e1", Claims::of("acme"))).await, 200);
    let expected = format!("of the key set {url}: it is a secret");
    assert!(server.log().contains(&expected), "{}", server.log());
}
