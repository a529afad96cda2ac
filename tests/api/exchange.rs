//! What every exchange keeps to: paths, methods, headers, the order of checks.

use std::time::Duration;

use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use crate::support::{Claims, TestApp, apply, database_test, exchange, person};

const UNKNOWN: &str = "/record-lists/8858c834-481d-4a02-8176-cffc02c50350";

#[apply(database_test)]
async fn an_unknown_path_is_404_in_the_error_body(app: TestApp) {
    for path in [
        "/x",
        "//x",
        "/record-lists//",
        "/record-lists//records",
        "/record-lists/a/records/bulks/x",
    ] {
        app.as_anonymous().get(path).send().await.assert_error(404, "NOT_FOUND");
        app.as_manager()
            .delete(path)
            .send()
            .await
            .assert_error(404, "NOT_FOUND");
    }
    let page = app.as_anonymous().get("/docs//").send().await;
    page.assert_error(404, "NOT_FOUND");
    let nul = app.as_manager().get("/record-lists/%00").send().await;
    nul.assert_error(404, "RECORD_LIST_NOT_FOUND");
}

#[apply(database_test)]
async fn a_trailing_slash_names_the_same_resource(app: TestApp) {
    let list = app.list().await;
    list.add(&[person("+14155550101")]).await;
    let body = json!([{"phone_number": "+14155550101"}]);
    let path = list.path("/records/bulks/");
    app.as_manager()
        .delete(&path)
        .json(&body)
        .send()
        .await
        .assert_deleted(1, 0, 1);
    app.as_manager().get(&list.path("/")).send().await.assert_status(200);
    app.as_manager()
        .get(&list.path("/records/"))
        .send()
        .await
        .assert_status(200);
    let twin = list.path("/records/bulks/delete/");
    app.as_manager()
        .post(&twin)
        .json(&body)
        .send()
        .await
        .assert_deleted(0, 1, 0);
    let records = json!({"records": [person("+14155550102")]});
    let create = app.as_manager().post(&path).json(&records);
    create.send().await.assert_status(201);
    let new = app
        .as_manager()
        .post("/record-lists/")
        .json(&json!({"name": "a"}))
        .send()
        .await;
    new.assert_status(201);
}

#[apply(database_test)]
async fn leading_empty_segments_name_the_same(app: TestApp) {
    let list = app.list().await;
    for leading in ["/", "//"] {
        let path = format!("{leading}{}", list.path(""));
        let answer = app.as_manager().get(&path).send().await.assert_status(200);
        assert_eq!(answer.json()["id"], list.id);
        let records = app.as_manager().get(&format!("{path}/records?per_page=1")).send().await;
        assert_eq!(records.assert_status(200).json()["per_page"], 1);
    }
}

#[apply(database_test)]
async fn a_write_with_a_condition_on_a_version_is_not_carried_out(app: TestApp) {
    let list = app.list().await;
    let ids = list.add(&[person("+14155550101")]).await;
    let body = json!([{"id": ids[0]}]);
    let bulks = list.path("/records/bulks");
    for (name, value) in [
        ("if-match", "\"stale\""),
        ("if-none-match", "*"),
        ("if-none-match", "\"a\", *"),
    ] {
        let manager = app.as_manager();
        for request in [
            manager.delete(&bulks).json(&body),
            manager.delete(&format!("{bulks}?dry_run=true")).json(&body),
            manager.post(&format!("{bulks}/delete")).json(&body),
            manager.post(&bulks).json(&json!({"records": [person("+14155550102")]})),
            manager.post("/record-lists").json(&json!({"name": "a"})),
            manager.delete(&list.path("")),
        ] {
            let answer = request.header(name, value).send().await;
            answer.assert_error(412, "PRECONDITION_FAILED");
        }
        let absent = manager.delete(&format!("{UNKNOWN}/records/bulks")).json(&body);
        let answer = absent.header(name, value).send().await;
        answer.assert_error(404, "RECORD_LIST_NOT_FOUND");
        let read = manager.get(&list.path("")).header(name, value).send().await;
        read.assert_status(200);
    }
    assert_eq!(list.ids().await, ids);
    let deletion = app.as_manager().delete(&bulks).json(&body).header("if-match", "*");
    deletion.send().await.assert_deleted(1, 0, 1);
}

#[apply(database_test)]
async fn a_host_is_named_once_and_is_nothing_but_a_host(app: TestApp) {
    for (hosts, status) in [
        ("Host: a.test\r\n", 200),
        ("Host: a.test:8080\r\n", 200),
        ("Host: [::1]:8080\r\n", 200),
        ("Host: a.test/b\r\n", 400),
        ("Host: user@a.test\r\n", 400),
        ("Host: a.test\r\nHost: b.test\r\n", 400),
    ] {
        let request = format!("GET /health/live HTTP/1.1\r\n{hosts}Connection: close\r\n\r\n");
        let answer = exchange(app.address, request).await;
        assert_eq!(answer.status(), status, "{hosts}");
    }
}

#[apply(database_test)]
async fn no_response_is_sniffed(app: TestApp) {
    for path in ["/record-lists", "/x", "/openapi.json", "/docs/", "/health/live"] {
        let answer = app.as_manager().get(path).send().await;
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
    }
}

#[apply(database_test)]
async fn a_harmless_request_id_is_kept(app: TestApp) {
    for (sent, kept) in [("A-b_c.9", true), ("a b", false), (&"x".repeat(65), false)] {
        let answer = app.as_anonymous().get("/x").header("x-request-id", sent).send().await;
        assert_eq!(answer.header("x-request-id") == sent, kept, "{sent}");
    }
}

#[apply(database_test)]
async fn hal_is_answered_where_it_is_preferred(app: TestApp) {
    let list = app.list().await;
    for (accept, content_type) in [
        ("application/json, application/hal+json", "application/json"),
        ("application/hal+json", "application/hal+json"),
        ("text/html", "application/json"),
    ] {
        let answer = app
            .as_manager()
            .get(&list.path(""))
            .header("accept", accept)
            .send()
            .await;
        assert_eq!(answer.assert_status(200).header("content-type"), content_type);
    }
}

#[apply(database_test)]
async fn checks_come_in_their_order(app: TestApp) {
    let list = app.list().await;
    let reader = app.with_token(&Claims::of("acme").with("scope", "openid").token());
    let path = format!("{}?x=1", list.path("/records/bulks"));
    let wrong = |caller: &crate::support::Caller, path: &str| {
        caller
            .delete(path)
            .header("content-type", "text/plain")
            .body("nonsense")
            .send()
    };
    wrong(&app.as_anonymous(), &path)
        .await
        .assert_error(401, "UNAUTHENTICATED");
    wrong(&reader, &path).await.assert_error(403, "INSUFFICIENT_SCOPE");
    wrong(&app.as_manager(), &path)
        .await
        .assert_error(415, "UNSUPPORTED_MEDIA_TYPE");
    let large = " ".repeat(300_000);
    let answer = app.as_manager().delete(&path).body(large).send().await;
    answer.assert_error(413, "BODY_TOO_LARGE");
    let answer = app.as_manager().delete(&path).body("nonsense").send().await;
    answer.assert_error(400, "QUERY_INVALID");
    let unknown = format!("{UNKNOWN}/records/bulks");
    let answer = app.as_manager().delete(&unknown).body("[]").send().await;
    answer.assert_error(400, "VALIDATION_FAILED");
    let answer = app
        .as_manager()
        .delete(&unknown)
        .json(&json!([{"id": "x"}]))
        .send()
        .await;
    answer.assert_error(404, "RECORD_LIST_NOT_FOUND");
}

#[apply(database_test)]
async fn large_tokens_work_up_to_the_limit_of_the_head(app: TestApp) {
    let list = app.list().await;
    let padded = |size: usize| Claims::of("acme").with("padding", "x".repeat(size * 3 / 4)).token();
    for (size, status) in [
        (4_000, 200),
        (12_000, 200),
        (60_000, 200),
        (80_000, 431),
        (120_000, 431),
    ] {
        let answer = app.with_token(&padded(size)).get(&list.path("")).send().await;
        assert_eq!(answer.status, status, "{size}");
    }
}

#[apply(database_test)]
async fn a_client_that_asks_before_it_sends_is_told_at_once(app: TestApp) {
    let list = app.list().await;
    list.add(&[person("+14155550101")]).await;
    let body = r#"[{"phone_number":"+14155550101"}]"#;
    let good = Claims::of("acme").token();
    let head = |token: &str, length: usize, expectation: &str| {
        format!(
            "DELETE {} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Length: {length}\r\n\
             Expect: {expectation}\r\nConnection: close\r\n\r\n",
            list.path("/records/bulks")
        )
    };
    // A final answer needs no body, and none is sent.
    let reader = Claims::of("acme").with("scope", "openid").token();
    for (token, length, status) in [
        ("wrong", 10, 401),
        (reader.as_str(), 10, 403),
        (good.as_str(), 300_000, 413),
    ] {
        let answer = ask(&app, &head(token, length, "100-continue"), "").await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
    }
    let answer = ask(&app, &head(&good, body.len(), "100-continue"), body).await;
    assert!(
        answer.starts_with("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"),
        "{answer}"
    );
    assert!(answer.contains(r#""total_deleted":1"#), "{answer}");
    let unknown = format!("{}{body}", head(&good, body.len(), "200-maybe"));
    assert_eq!(exchange(app.address, unknown.as_bytes()).await.status(), 200);
}

/// Sends a head, and the body only when the server asks for it; everything that came back.
async fn ask(app: &TestApp, head: &str, body: &str) -> String {
    let mut connection = TcpStream::connect(app.address).await.expect("a connection");
    connection.write_all(head.as_bytes()).await.expect("a head is taken");
    let mut answer = vec![0; 1024];
    let read = timeout(Duration::from_secs(60), connection.read(&mut answer)).await;
    let length = read.expect("an answer in time").expect("an answer");
    answer.truncate(length);
    if answer.starts_with(b"HTTP/1.1 100 ") {
        connection.write_all(body.as_bytes()).await.expect("a body is taken");
        connection.read_to_end(&mut answer).await.expect("an answer");
    }
    String::from_utf8_lossy(&answer).into_owned()
}

#[apply(database_test)]
async fn an_early_answer_reaches_a_client_that_is_still_sending(app: TestApp) {
    let list = app.list().await;
    let good = Claims::of("acme").token();
    for (token, path, status, code) in [
        ("wrong", list.path("/records/bulks"), 401, "TOKEN_INVALID"),
        (&good, list.path("/records/bulks"), 413, "BODY_TOO_LARGE"),
        (&good, "/nowhere".to_owned(), 404, "NOT_FOUND"),
    ] {
        let head = format!(
            "DELETE {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Length: 8388608\r\n\r\n"
        );
        let connection = TcpStream::connect(app.address).await.expect("a connection");
        let (mut reader, mut writer) = connection.into_split();
        writer.write_all(head.as_bytes()).await.expect("a head is taken");
        // All of it is sent, however early the answer comes.
        let sender = tokio::spawn(async move {
            for _ in 0..128 {
                writer.write_all(&[b' '; 65_536]).await?;
            }
            Ok::<_, std::io::Error>(writer)
        });
        let mut answer = Vec::new();
        let mut buffer = [0; 1024];
        while !String::from_utf8_lossy(&answer).contains(code) {
            let length = timeout(Duration::from_secs(60), reader.read(&mut buffer)).await;
            let length = length.expect("an answer in time").expect("no reset before the answer");
            assert!(length > 0, "{}", String::from_utf8_lossy(&answer));
            answer.extend_from_slice(&buffer[..length]);
        }
        assert!(answer.starts_with(format!("HTTP/1.1 {status} ").as_bytes()));
        sender.abort();
    }
}
