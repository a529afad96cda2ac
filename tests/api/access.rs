//! Who is let in (docs/contract.md sections 1.6 and 1.16).

use std::{path::PathBuf, time::Duration};

use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use crate::support::{Claims, Database::Sqlite, TestApp, TestDatabase, TestResponse, apply, database_test, now};

const PATH: &str = "/record-lists/8858c834-481d-4a02-8176-cffc02c50350";

/// Asks for a list that is not there: 404 for whoever is let in.
async fn ask(app: &TestApp, token: &str) -> TestResponse {
    app.with_token(token).get(PATH).send().await
}

fn assert_let_in(answer: TestResponse) {
    answer.assert_error(404, "RECORD_LIST_NOT_FOUND");
}

#[track_caller]
fn assert_refused(answer: TestResponse) {
    let answer = answer.assert_error(401, "TOKEN_INVALID");
    assert_eq!(answer.header("www-authenticate"), "Bearer error=\"invalid_token\"");
}

#[track_caller]
fn assert_without_scope(answer: TestResponse) {
    let answer = answer.assert_error(403, "INSUFFICIENT_SCOPE");
    let challenge = "Bearer error=\"insufficient_scope\", scope=\"record-lists:manage\"";
    assert_eq!(answer.header("www-authenticate"), challenge);
}

#[apply(database_test)]
async fn the_bearer_header_is_read_as_it_comes(app: TestApp) {
    let token = Claims::of("acme").token();
    let anonymous = app.as_anonymous();
    for scheme in ["bearer ", "BEARER ", "Bearer  "] {
        let caller = anonymous.clone().authorization(&format!("{scheme}{token}"));
        assert_let_in(caller.get(PATH).send().await);
    }
    let trailing = anonymous.clone().authorization(&format!("Bearer {token} "));
    assert_let_in(trailing.get(PATH).send().await);
    for value in [
        "Bearer".to_owned(),
        "Bearer ".to_owned(),
        format!("Token {token}"),
        token.clone(),
    ] {
        let caller = anonymous.clone().authorization(&value);
        let answer = caller.get(PATH).send().await;
        let description = answer.json()["description"].to_string();
        assert!(
            description.contains("Authorization: Bearer <access token>"),
            "{value}: {description}"
        );
        assert_refused(answer);
    }
    for value in ["Bearer Bearer", "Bearer  bearer ", "bearer BEARER"] {
        let caller = anonymous.clone().authorization(&format!("{value} {token}"));
        let answer = caller.get(PATH).send().await;
        let description = answer.json()["description"].to_string();
        assert!(
            description.contains("The word Bearer is there twice"),
            "{value}: {description}"
        );
        assert_refused(answer);
    }
    let twice = app
        .as_manager()
        .get(PATH)
        .header("authorization", &format!("Bearer {token}"));
    assert_refused(twice.send().await);
    let in_query = anonymous.get(&format!("{PATH}?access_token={token}")).send().await;
    let nothing = in_query.assert_error(401, "UNAUTHENTICATED");
    assert_eq!(nothing.header("www-authenticate"), "Bearer");
}

#[apply(database_test)]
async fn forged_and_foreign_tokens_are_refused(app: TestApp) {
    let good = Claims::of("acme");
    let mut parts = good.token().split('.').map(str::to_owned).collect::<Vec<_>>();
    parts[0] = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0".to_owned();
    let unsigned = format!("{}.{}.", parts[0], parts[1]);
    let none_with_signature = parts.join(".");
    for token in [
        unsigned,
        none_with_signature,
        good.signed_with(b"another secret of the same length......"),
        good.clone()
            .header(|header| header.crit = Some(vec!["exp".into()]))
            .token(),
        good.clone().header(|header| header.typ = Some("JWE".into())).token(),
        good.clone().with("exp", now() - 40).without("exp").token(),
        good.clone().with("exp", "never").token(),
        good.clone().with("nbf", now() + 90).token(),
        good.clone().with("account_id", 7).token(),
        good.clone().with("account_id", "").token(),
        good.clone().with("account_id", json!(["acme"])).token(),
        good.clone().without("account_id").token(),
        "a.b.c".to_owned(),
    ] {
        assert_refused(ask(&app, &token).await);
    }
    let expired = ask(&app, &good.clone().with("exp", now() - 40).token()).await;
    assert!(
        expired.json()["description"]
            .as_str()
            .is_some_and(|text| text.contains("expired"))
    );
    assert_refused(expired);
    for token in [
        good.clone().with("exp", now() - 20).token(),
        good.clone().with("exp", now() as f64 + 100.5).token(),
        good.clone().with("nbf", now() + 20).token(),
        good.clone().with("iat", now() + 300).token(),
        good.clone().header(|header| header.typ = None).token(),
        good.clone().header(|header| header.typ = Some("AT+jwt".into())).token(),
        good.clone().with("aud", "anything").token(),
    ] {
        assert_let_in(ask(&app, &token).await);
    }
}

#[apply(database_test)]
async fn scopes_are_whole_words_in_any_usual_claim(app: TestApp) {
    let with = |scope: Value, scp: Value| {
        let mut claims = Claims::of("acme").without("scope");
        if !scope.is_null() {
            claims = claims.with("scope", scope);
        }
        if !scp.is_null() {
            claims = claims.with("scp", scp);
        }
        claims.token()
    };
    let manage = "record-lists:manage";
    for (scope, scp) in [
        (json!([manage]), Value::Null),
        (Value::Null, json!(format!("openid {manage}"))),
        (Value::Null, json!([manage])),
        (json!("openid"), json!([manage])),
    ] {
        assert_let_in(ask(&app, &with(scope, scp)).await);
    }
    for scope in [
        Value::Null,
        json!(""),
        json!("record-lists:managed"),
        json!("record-lists:manage,openid"),
        json!("RECORD-LISTS:MANAGE"),
        json!("record-lists:write"),
        json!({"a": 1}),
        json!([manage, 7]),
    ] {
        assert_without_scope(ask(&app, &with(scope, Value::Null)).await);
    }
    let roles = Claims::of("acme")
        .without("scope")
        .with("roles", json!([manage]))
        .token();
    assert_without_scope(ask(&app, &roles).await);
    // What an identity provider sends before its claims are configured: no scope and no account that we know.
    let entra = Claims::of("acme")
        .without("scope")
        .without("account_id")
        .with("roles", json!([manage]))
        .with("tid", "t-1");
    assert_without_scope(ask(&app, &entra.token()).await);
    // Records may be read with the scope that the vendor prints there.
    let reader = with(json!("tod.records-list.manage"), Value::Null);
    let records = app.with_token(&reader).get(&format!("{PATH}/records")).send().await;
    records.assert_error(404, "RECORD_LIST_NOT_FOUND");
    assert_without_scope(ask(&app, &reader).await);
}

#[apply(database_test)]
async fn audience_issuer_and_claims_are_as_configured(database: TestDatabase) {
    let app = TestApp::on(database, |settings| {
        settings.jwt_audience = Some("record-lists".into());
        settings.jwt_issuer = vec!["https://id.example.com/".into(), "https://old.example.com".into()];
        settings.jwt_account_claim = "https://dial.example.com/account_id".into();
        settings.jwt_scope_claims = vec!["roles".into()];
    })
    .await;
    let good = Claims::of("ignored")
        .with("aud", json!(["account", "record-lists"]))
        .with("iss", "https://id.example.com/")
        .with("https://dial.example.com/account_id", "acme")
        .with("roles", json!(["record-lists:manage"]));
    assert_let_in(ask(&app, &good.token()).await);
    assert_let_in(ask(&app, &good.clone().with("aud", "record-lists").token()).await);
    assert_let_in(ask(&app, &good.clone().with("iss", "https://old.example.com").token()).await);
    for (claim, wrong) in [
        ("aud", json!("account")),
        ("aud", json!([])),
        ("aud", json!({"a": 1})),
        ("aud", json!([1, "record-lists"])),
        ("aud", json!("record-lists-admin")),
        ("iss", json!("https://id.example.com")),
        ("iss", json!("HTTPS://id.example.com/")),
        ("iss", json!("https://id.example.com/.")),
        ("iss", json!(["https://id.example.com/"])),
        ("https://dial.example.com/account_id", json!(7)),
    ] {
        assert_refused(ask(&app, &good.clone().with(claim, wrong).token()).await);
    }
    assert_refused(ask(&app, &good.clone().without("aud").token()).await);
    assert_refused(ask(&app, &good.clone().without("iss").token()).await);
    let unnamed = good
        .clone()
        .without("roles")
        .with("scope", "record-lists:manage")
        .token();
    assert_without_scope(ask(&app, &unnamed).await);
}

#[apply(database_test)]
async fn keys_of_every_kind_count_at_once(database: TestDatabase) {
    let keys = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/keys");
    let read = |name: &str| std::fs::read(keys.join(name)).expect("a key");
    let configured = |name: &str| keys.join(name).display().to_string();
    let app = TestApp::on(database, |settings| {
        settings.jwt_public_key = vec![
            format!("k1={}", configured("rsa.pub.pem")),
            configured("ec.pub.pem"),
            configured("ed25519.pub.pem"),
        ];
    })
    .await;
    let rsa = EncodingKey::from_rsa_pem(&read("rsa.pem")).expect("a key");
    let other = EncodingKey::from_rsa_pem(&read("rsa-other.pem")).expect("a key");
    let ec = EncodingKey::from_ec_pem(&read("ec.pem")).expect("a key");
    let ed = EncodingKey::from_ed_pem(&read("ed25519.pem")).expect("a key");
    let token = |algorithm, kid: Option<&str>, key: &EncodingKey| {
        let claims = Claims::of("acme").header(|header| {
            header.alg = algorithm;
            header.kid = kid.map(str::to_owned);
        });
        claims.signed(key)
    };
    assert_let_in(ask(&app, &Claims::of("acme").token()).await);
    assert_let_in(ask(&app, &token(Algorithm::RS256, Some("k1"), &rsa)).await);
    assert_let_in(ask(&app, &token(Algorithm::RS256, None, &rsa)).await);
    assert_let_in(ask(&app, &token(Algorithm::ES256, None, &ec)).await);
    assert_let_in(ask(&app, &token(Algorithm::EdDSA, None, &ed)).await);
    assert_refused(ask(&app, &token(Algorithm::RS256, Some("k2"), &rsa)).await);
    assert_refused(ask(&app, &token(Algorithm::RS256, Some("k1"), &other)).await);
    assert_refused(ask(&app, &token(Algorithm::PS256, Some("k1"), &rsa)).await);
    let public_key_as_secret = EncodingKey::from_secret(&read("rsa.pub.pem")).expect("a key");
    assert_refused(ask(&app, &token(Algorithm::HS256, Some("k1"), &public_key_as_secret)).await);
}

/// A client that keeps its connections pays for a refusal with the answer alone.
#[apply(database_test)]
#[case::without_a_token("", "401")]
#[case::without_the_scope("record-lists:manager", "403")]
async fn a_refused_request_that_came_whole_leaves_its_connection_open(
    #[values(Sqlite)] app: TestApp,
    #[case] scope: &str,
    #[case] status: &str,
) {
    let token = Claims::of("acme").with("scope", scope).token();
    let authorization = match scope {
        "" => String::new(),
        _ => format!("Authorization: Bearer {token}\r\n"),
    };
    let body = r#"[{"id":"x"}]"#;
    let refused = format!(
        "DELETE /record-lists/{}/records/bulks HTTP/1.1\r\nHost: a\r\n{authorization}\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        uuid::Uuid::nil(),
        body.len()
    );
    let mut connection = TcpStream::connect(app.address).await.expect("a connection");
    for _ in 0..2 {
        let sent = connection.write_all(refused.as_bytes()).await;
        sent.expect("a request is taken");
        let mut answer = vec![0; 2_048];
        let read = timeout(Duration::from_secs(60), connection.read(&mut answer)).await;
        let length = read.expect("an answer in time").expect("an answer");
        let answer = String::from_utf8_lossy(&answer[..length]);
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
    }
}
