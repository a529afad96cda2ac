//! Requests for tokens that are refused.

use reqwest::Method;
use serde_json::json;

use super::{Client, FORM, MANAGE, TOKEN, app_on, assert_refused, post};
use crate::support::{Relay, TestApp, TestDatabase, apply, database_test, exchange, redirect};

#[apply(database_test)]
async fn a_request_that_breaks_a_rule_is_refused(database: TestDatabase) {
    let app = app_on(database).await;
    let client = Client::add(&app.database, "acme", MANAGE);
    let caller = app.as_anonymous().authorization(&client.basic());
    for (form, status, error) in [
        ("", 400, "invalid_request"),
        ("scope=record-lists:manage", 400, "invalid_request"),
        ("grant_type=", 400, "invalid_request"),
        ("grant_type=password", 400, "unsupported_grant_type"),
        ("grant_type=authorization_code&code=a", 400, "unsupported_grant_type"),
        (
            "grant_type=refresh_token&refresh_token=a",
            400,
            "unsupported_grant_type",
        ),
        (
            "grant_type=client_credentials&grant_type=client_credentials",
            400,
            "invalid_request",
        ),
        ("grant_type=client_credentials&scope=a&scope=a", 400, "invalid_request"),
        ("grant_type=client_credentials&x=a&x=", 400, "invalid_request"),
        (
            "grant_type=client_credentials&scope=data-reports:read",
            400,
            "invalid_scope",
        ),
        ("grant_type=client_credentials&scope=%22", 400, "invalid_scope"),
        (
            "grant_type=client_credentials&scope=+record-lists:manage",
            400,
            "invalid_scope",
        ),
        (
            "grant_type=client_credentials&scope=record-lists:manage,b",
            400,
            "invalid_scope",
        ),
        ("grant_type=client_credentials&expires_in=0", 400, "invalid_request"),
        ("grant_type=client_credentials&expires_in=-5", 400, "invalid_request"),
        ("grant_type=client_credentials&expires_in=1.5", 400, "invalid_request"),
        ("grant_type=client_credentials&expires_in=ten", 400, "invalid_request"),
        ("grant_type=client_credentials&client_id=other", 400, "invalid_request"),
        (
            "grant_type=client_credentials&client_secret=other",
            400,
            "invalid_request",
        ),
        (
            "grant_type=client_credentials&client_assertion=a.b.c",
            401,
            "invalid_client",
        ),
        (
            "grant_type=client_credentials&client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            401,
            "invalid_client",
        ),
    ] {
        assert_refused(post(&caller, form).await, status, error);
    }
}

#[apply(database_test)]
async fn whoever_is_not_a_client_gets_nothing(database: TestDatabase) {
    let app = app_on(database).await;
    let client = Client::add(&app.database, "acme", MANAGE);
    let (id, secret) = (&client.id, &client.secret);
    let grant = "grant_type=client_credentials";
    for (authorization, members) in [
        (None, String::new()),
        (None, format!("&client_id={id}")),
        (None, format!("&client_secret={secret}")),
        (None, format!("&client_id={id}&client_secret=")),
        (None, format!("&client_id={secret}&client_secret={id}")),
        (None, format!("&client_id={}&client_secret={secret}", id.to_uppercase())),
        (None, format!("&client_id={id}&client_secret={secret}%00")),
        (None, format!("&client_id={id}&client_secret={}", &secret[1..])),
        (Some("Bearer token".to_owned()), String::new()),
        (Some("Basic".to_owned()), String::new()),
        (Some("Basic ???".to_owned()), String::new()),
        (Some("Basic OjoK".to_owned()), String::new()),
    ] {
        let caller = match &authorization {
            Some(authorization) => app.as_anonymous().authorization(authorization),
            None => app.as_anonymous(),
        };
        let answer = assert_refused(post(&caller, &format!("{grant}{members}")).await, 401, "invalid_client");
        assert!(answer.header("www-authenticate").starts_with("Basic"), "{members}");
    }
}

#[apply(database_test)]
async fn the_body_is_a_form_and_nothing_else(database: TestDatabase) {
    let app = app_on(database).await;
    let client = Client::add(&app.database, "acme", MANAGE);
    let caller = app.as_anonymous().authorization(&client.basic());
    let form = "grant_type=client_credentials";
    let json = caller.post(TOKEN).json(&json!({"grant_type": "client_credentials"}));
    assert_refused(json.send().await, 400, "invalid_request");
    for content_type in [
        "text/plain",
        "multipart/form-data; boundary=a",
        "application/x-www-form",
        "",
    ] {
        let request = caller.post(TOKEN).header("content-type", content_type).body(form);
        assert_refused(request.send().await, 400, "invalid_request");
    }
    // Logs of proxies show the query.
    for query in [
        "grant_type=client_credentials",
        "client_id=a",
        "client_secret=a",
        "scope=a",
        "expires_in=1",
        "client%5Fid=",
    ] {
        let request = caller
            .post(&format!("{TOKEN}?{query}"))
            .header("content-type", FORM)
            .body(form);
        assert_refused(request.send().await, 400, "invalid_request");
    }
    let ignored = caller
        .post(&format!("{TOKEN}?trace=1"))
        .header("content-type", FORM)
        .body(form);
    ignored.send().await.assert_status(200);
    let long = format!("{form}&scope={}", "a".repeat(20_000));
    assert_refused(post(&caller, &long).await, 413, "invalid_request");
    let compressed = caller
        .post(TOKEN)
        .header("content-type", FORM)
        .header("content-encoding", "gzip")
        .body(form);
    assert_refused(compressed.send().await, 415, "invalid_request");
}

#[apply(database_test)]
async fn a_form_that_does_not_come_is_not_waited_for(database: TestDatabase) {
    let change = super::issuing(&database);
    let app = TestApp::on(database, |settings| {
        change(settings);
        settings.body_timeout = std::time::Duration::from_millis(200);
    })
    .await;
    let request = "POST /oauth/token HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\ngrant";
    let answer = exchange(app.address, request).await;
    assert_eq!(answer.status(), 408);
    assert!(answer.0.contains("\"error\":\"invalid_request\""), "{answer:?}");
}

/// Whether a token counts cannot be said while the database is away. Tokens of others are verified without it.
#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn without_the_database_nobody_knows(#[values(crate::support::Database::Postgres)] database: TestDatabase) {
    let mut database = database;
    let (port, to) = redirect(&mut database);
    let relay = Relay::start(port, to).await;
    let app = app_on(database).await;
    let client = Client::add(&app.database, "acme", MANAGE);
    let token = client.token(&app.as_anonymous()).await;
    relay.end().await;
    let caller = app.with_token(&token);
    let answer = caller.get("/record-lists/none").send().await;
    answer.assert_error(503, "DATABASE_UNAVAILABLE");
    assert_refused(
        client.ask(&app.as_anonymous(), "").await,
        503,
        "temporarily_unavailable",
    );
    let answer = app.as_manager().get("/record-lists/none").send().await;
    answer.assert_error(404, "RECORD_LIST_NOT_FOUND");
}

#[apply(database_test)]
async fn the_paths_have_their_methods(database: TestDatabase) {
    let app = app_on(database).await;
    let anonymous = app.as_anonymous();
    let get = anonymous
        .get(TOKEN)
        .send()
        .await
        .assert_error(405, "METHOD_NOT_ALLOWED");
    assert_eq!(get.header("allow"), "POST, OPTIONS");
    let post = anonymous
        .post("/oauth/certs")
        .send()
        .await
        .assert_error(405, "METHOD_NOT_ALLOWED");
    assert_eq!(post.header("allow"), "GET, HEAD, OPTIONS");
    for path in [
        "/oauth",
        "/oauth/introspect",
        "/oauth/authorize",
        "/oauth/end_user_session",
        "/oauth/2023-10/certs",
    ] {
        anonymous.post(path).send().await.assert_error(404, "NOT_FOUND");
    }
}

/// Without a key to sign with, there is no token endpoint.
#[apply(database_test)]
async fn without_a_file_there_are_no_paths(database: TestDatabase) {
    let app = TestApp::on(database, |settings| settings.signing_key_file = None).await;
    for (method, path) in [
        (Method::POST, TOKEN),
        (Method::GET, TOKEN),
        (Method::GET, "/oauth/certs"),
        (Method::OPTIONS, "/oauth/certs"),
    ] {
        let answer = app.as_anonymous().request(method, path).send().await;
        answer.assert_error(404, "NOT_FOUND");
    }
}
