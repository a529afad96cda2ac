//! The log line of a refused token.

use std::time::{Duration, Instant};

use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::{Value, json};

use super::keys::fixture;
use crate::support::{Claims, Database::Sqlite, ServerProcess, TestDatabase, apply, database_test, now};

const MESSAGE: &str = "refused a token";

fn server(database: &TestDatabase, format: &str) -> ServerProcess {
    let arguments = [
        "--jwt-issuer",
        "https://id.example.com/",
        "--jwt-audience",
        "record-lists",
        "--log-format",
        format,
    ];
    ServerProcess::start(database.folder.path(), &database.url, &arguments)
}

fn good() -> Claims {
    let claims = Claims::of("acme").with("iss", "https://id.example.com/");
    claims.with("aud", "record-lists").with("sub", "marked")
}

/// Sends a token, with the id of the request.
async fn send(server: &ServerProcess, authorization: &str, id: &str) -> u16 {
    let caller = server.as_anonymous().authorization(authorization);
    let request = caller.get("/record-lists").header("x-request-id", id);
    request.send().await.status.as_u16()
}

/// The lines about refused tokens, of a log in JSON.
fn lines(log: &str) -> Vec<Value> {
    let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    lines.filter(|line| line["fields"]["message"] == MESSAGE).collect()
}

/// Claims that are wrong in one way each, with what the line says.
fn refused() -> Vec<(&'static str, String, Value)> {
    let rsa = EncodingKey::from_rsa_pem(&std::fs::read(fixture("rsa.pem")).expect("a key")).expect("a key");
    let other = b"a secret of the same length as the server's one";
    let with_kid = |kid: &str| good().header(|header| header.kid = Some(kid.to_owned()));
    let usual = json!({"alg": "HS256", "iss": "https://id.example.com/", "aud": "record-lists"});
    let but = |name: &str, value: Value| {
        let mut line = usual.clone();
        line[name] = value;
        line
    };
    let rs256 = good().header(|header| header.alg = Algorithm::RS256);
    vec![
        (
            "no key that fits its alg and kid verifies its signature",
            with_kid("k9").signed_with(other),
            but("kid", json!("k9")),
        ),
        (
            "no key fits its alg and kid",
            rs256.signed(&rsa),
            but("alg", json!("RS256")),
        ),
        ("it has expired", good().with("exp", now() - 60).token(), usual.clone()),
        (
            "its nbf has not come yet",
            good().with("nbf", now() + 60).token(),
            usual.clone(),
        ),
        (
            "its aud is not the configured one",
            good().with("aud", json!(["a", "b"])).token(),
            {
                let mut line = but("aud", json!("a, b"));
                line["expected"] = json!("record-lists");
                line
            },
        ),
        (
            "its iss is not configured",
            good().with("iss", "i".repeat(30_000)).token(),
            {
                let mut line = but("iss", json!("i".repeat(64)));
                line["expected"] = json!("https://id.example.com/");
                line
            },
        ),
        (
            "it does not have the scope that the operation needs",
            good().with("scope", "marked").token(),
            usual.clone(),
        ),
        (
            "it has neither an account nor scopes in the configured claims",
            good().without("scope").without("account_id").token(),
            usual,
        ),
        ("it is not a signed JWT", "nonsense".to_owned(), json!({})),
    ]
}

#[apply(database_test)]
async fn each_refused_token_makes_one_line_with_the_reason(database: TestDatabase) {
    let mut server = server(&database, "json");
    server.ready().await;
    let mut expected = Vec::new();
    for (number, (reason, token, line)) in refused().into_iter().enumerate() {
        let id = format!("request-{number}");
        let status = send(&server, &format!("Bearer {token}"), &id).await;
        assert!(matches!(status, 401 | 403), "{reason}: {status}");
        let mut fields = line;
        fields["reason"] = json!(reason);
        fields["message"] = json!(MESSAGE);
        expected.push((id, fields));
        // Neither the token nor its last part.
        let signature = token.rsplit('.').next().unwrap_or_default();
        let log = server.log();
        assert!(!log.contains(&token) && !log.contains(signature), "{reason}");
    }
    // Nothing is said of a token that is let in, and nothing where there is none.
    assert_eq!(send(&server, &format!("Bearer {}", good().token()), "good").await, 200);
    server
        .as_anonymous()
        .get("/record-lists")
        .send()
        .await
        .assert_status(401);
    server.terminate();
    let found = lines(&server.log());
    let found: Vec<_> = found
        .iter()
        .map(|line| {
            let id = line["span"]["request_id"].as_str().unwrap_or_default();
            assert_eq!(line["level"], "INFO");
            (id.to_owned(), line["fields"].clone())
        })
        .collect();
    assert_eq!(found, expected);
}

#[apply(database_test)]
async fn a_header_that_is_no_token_makes_a_line_without_what_it_holds(#[values(Sqlite)] database: TestDatabase) {
    let mut server = server(&database, "json");
    server.ready().await;
    let token = good().token();
    for (authorization, reason) in [
        (token.clone(), "the Authorization header has no bearer token"),
        (
            "Basic marked".to_owned(),
            "the Authorization header has no bearer token",
        ),
        (
            format!("Bearer Bearer {token}"),
            "the Authorization header names its scheme twice",
        ),
    ] {
        assert_eq!(send(&server, &authorization, "a").await, 401);
        let log = server.log();
        let fields = lines(&log).pop().map(|line| line["fields"].clone());
        assert_eq!(fields, Some(json!({"reason": reason, "message": MESSAGE})));
    }
    server.terminate();
}

/// Parts of a token cannot end the line, look like other fields, or colour a terminal.
#[apply(database_test)]
async fn a_part_of_a_token_stays_within_its_field(#[values(Sqlite)] database: TestDatabase) {
    let mut server = server(&database, "pretty");
    server.ready().await;
    let kid = "k\n2026-01-01 ERROR forged\u{1b}[31m\r\" aud=\"x\u{202e}";
    let token = good().header(|header| header.kid = Some(kid.to_owned()));
    let token = token.signed_with(b"a secret of the same length as the server's one");
    assert_eq!(send(&server, &format!("Bearer {token}"), "a").await, 401);
    server.terminate();
    let log = server.log();
    let line: Vec<&str> = log.lines().filter(|line| line.contains("forged")).collect();
    let [line] = line.as_slice() else {
        panic!("{line:?}");
    };
    assert!(line.contains(MESSAGE) && line.contains("id=a"), "{line}");
    let expected = "kid=\"k\u{fffd}2026-01-01 ERROR forged\u{fffd}[31m\u{fffd}\\\" aud=\\\"x\\u{202e}\"";
    assert!(line.contains(expected), "{line}");
}

#[apply(database_test)]
async fn many_refused_tokens_make_few_lines_which_count_the_others(#[values(Sqlite)] database: TestDatabase) {
    let mut server = server(&database, "json");
    server.ready().await;
    let token = format!("Bearer {}", good().with("exp", 1).token());
    let started = Instant::now();
    let count = 400;
    for _ in 0..count {
        assert_eq!(send(&server, &token, "a").await, 401);
    }
    // A line of the next second says how many were left out before it.
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    assert_eq!(send(&server, &token, "a").await, 401);
    let seconds = started.elapsed().as_secs() as usize + 2;
    server.terminate();
    let lines = lines(&server.log());
    assert!(lines.len() <= 10 * seconds, "{} lines in {seconds} s", lines.len());
    let left_out = lines.iter().filter_map(|line| line["fields"]["left_out"].as_u64());
    assert_eq!(lines.len() as u64 + left_out.sum::<u64>(), count + 1);
}
