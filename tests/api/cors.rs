//! Pages of other origins (docs/contract.md section 1.4).

use reqwest::Method;
use serde_json::json;

use crate::support::{Caller, TestApp, TestDatabase, TestResponse, apply, database_test, exchange, person};

const PAGE: &str = "https://app.example.com";

const EXPOSED: &str = "location, operation-id, x-request-id, retry-after, idempotency-replayed, dry-run, \
                       preference-applied, ratelimit, ratelimit-policy";

async fn app_for_pages(database: TestDatabase) -> TestApp {
    let origins = ["https://APP.example.com:443/", "http://localhost:5173"];
    let origins = origins.map(|origin| origin.parse().expect("an origin"));
    TestApp::on(database, |settings| settings.cors_origins = origins.to_vec()).await
}

/// The headers of an answer that concern origins.
fn shared(answer: &TestResponse) -> Vec<(&str, &str)> {
    let headers = answer.headers.iter();
    let concerned = headers.filter(|(name, _)| name.as_str().starts_with("access-control-"));
    let mut told: Vec<_> = concerned
        .map(|(name, value)| (name.as_str(), value.to_str().expect("a text")))
        .collect();
    told.sort_unstable();
    told
}

/// What is said to the page.
fn to_page() -> Vec<(&'static str, &'static str)> {
    vec![
        ("access-control-allow-origin", PAGE),
        ("access-control-expose-headers", EXPOSED),
    ]
}

async fn preflight(caller: &Caller, path: &str, origin: &str) -> TestResponse {
    let request = caller.request(Method::OPTIONS, path).header("origin", origin);
    let request = request.header("access-control-request-method", "DELETE");
    let headers = "authorization,content-type,idempotency-key,prefer,traceparent,x-request-id";
    request.header("access-control-request-headers", headers).send().await
}

#[apply(database_test)]
async fn a_page_of_a_configured_origin_may_use_the_api(database: TestDatabase) {
    let app = app_for_pages(database).await;
    let list = app.list().await;
    list.add(&[person("+14155550101")]).await;
    let path = list.path("/records/bulks");
    let answer = preflight(&app.as_anonymous(), &path, PAGE).await.assert_status(204);
    assert_eq!(answer.header("allow"), "DELETE, POST, PATCH, OPTIONS");
    assert_eq!(
        shared(&answer),
        [
            (
                "access-control-allow-headers",
                "authorization, content-type, idempotency-key, prefer, traceparent, x-request-id"
            ),
            ("access-control-allow-methods", "DELETE, POST, PATCH, OPTIONS"),
            ("access-control-allow-origin", PAGE),
            ("access-control-expose-headers", EXPOSED),
            ("access-control-max-age", "600"),
        ]
    );
    let deletion = list.caller.delete(&path).header("origin", PAGE);
    let answer = deletion
        .json(&json!([{"phone_number": "+14155550101"}]))
        .send()
        .await
        .assert_deleted(1, 0, 1);
    assert_eq!(shared(&answer), to_page());
    assert_eq!(answer.header("vary"), "Origin");
    // Without a request to come, it is a question about the path.
    let plain = app
        .as_anonymous()
        .request(Method::OPTIONS, &path)
        .header("origin", PAGE)
        .send()
        .await;
    assert_eq!(shared(&plain.assert_status(204)), to_page());
}

#[apply(database_test)]
async fn errors_can_be_read_too(database: TestDatabase) {
    let app = app_for_pages(database).await;
    let anonymous = app.as_anonymous();
    let from_page = |method: Method, path: &str| anonymous.request(method, path).header("origin", PAGE);
    for (request, status) in [
        (from_page(Method::GET, "/record-lists"), 401),
        (from_page(Method::GET, "/x"), 404),
        (from_page(Method::PUT, "/record-lists"), 405),
        (
            from_page(Method::GET, "/record-lists").header("x", &"y".repeat(66_000)),
            431,
        ),
    ] {
        let answer = request.send().await.assert_status(status);
        assert_eq!(shared(&answer), to_page(), "{status}");
    }
    let wrong_host = format!("GET / HTTP/1.1\r\nHost: a@b\r\nOrigin: {PAGE}\r\nConnection: close\r\n\r\n");
    let answer = exchange(app.address, wrong_host).await;
    assert_eq!(answer.status(), 400);
    assert!(
        answer
            .0
            .to_lowercase()
            .contains(&format!("access-control-allow-origin: {PAGE}\r\n")),
        "{answer:?}"
    );
}

#[apply(database_test)]
async fn other_origins_are_told_nothing(database: TestDatabase) {
    let app = app_for_pages(database).await;
    let manager = app.as_manager();
    for origin in [
        "https://evil.example",
        "http://app.example.com",
        "https://app.example.com:8443",
        "https://app.example.com.evil.example",
        "https://app.example.com/",
        "https://sub.app.example.com",
        "null",
        "*",
        "",
    ] {
        let answer = manager
            .get("/record-lists")
            .header("origin", origin)
            .send()
            .await
            .assert_status(200);
        assert_eq!(shared(&answer), [], "{origin}");
        assert_eq!(answer.header("vary"), "Origin");
        let answer = preflight(&app.as_anonymous(), "/record-lists", origin)
            .await
            .assert_status(204);
        assert_eq!(shared(&answer), [], "{origin}");
    }
    let none = manager.get("/record-lists").send().await.assert_status(200);
    assert_eq!((shared(&none), none.header("vary")), (vec![], "Origin"));
    let two = format!(
        "GET /health/live HTTP/1.1\r\nHost: a\r\nOrigin: {PAGE}\r\nOrigin: {PAGE}\r\nConnection: close\r\n\r\n"
    );
    let answer = exchange(app.address, two).await;
    assert!(!answer.0.to_lowercase().contains("access-control-"), "{answer:?}");
}

#[apply(database_test)]
async fn no_origin_is_allowed_unless_it_is_configured(app: TestApp) {
    let answer = app
        .as_manager()
        .get("/record-lists")
        .header("origin", PAGE)
        .send()
        .await;
    assert_eq!(shared(&answer), []);
    assert!(!answer.headers.contains_key("vary"));
    let answer = preflight(&app.as_anonymous(), "/record-lists", PAGE)
        .await
        .assert_status(204);
    assert_eq!(shared(&answer), []);
}
