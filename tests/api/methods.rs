//! Which methods a path has: HEAD, OPTIONS, and the answer to others (docs/contract.md section 1.3).

use std::collections::BTreeMap;

use record_lists::http::operations::operations;

use crate::support::{Claims, TestApp, apply, database_test, exchange, person};

/// A list that nobody has.
const UNKNOWN: &str = "/record-lists/8858c834-481d-4a02-8176-cffc02c50350";

#[apply(database_test)]
async fn a_wrong_method_is_405_with_the_methods_that_there_are(app: TestApp) {
    let pages = [
        ("PUT", "/record-lists", "GET, HEAD, POST, OPTIONS"),
        ("PUT", "/record-lists/x", "GET, HEAD, PATCH, DELETE, OPTIONS"),
        ("GET", "/record-lists/x/records/bulks", "DELETE, POST, PATCH, OPTIONS"),
        ("HEAD", "/record-lists/x/records/bulks", "DELETE, POST, PATCH, OPTIONS"),
        ("DELETE", "/", "GET, HEAD, OPTIONS"),
        ("POST", "/docs", "GET, HEAD, OPTIONS"),
        ("POST", "/docs/", "GET, HEAD, OPTIONS"),
        ("POST", "/openapi.json", "GET, HEAD, OPTIONS"),
        ("POST", "/health/ready", "GET, HEAD, OPTIONS"),
    ];
    let pages = pages.map(|(method, path, allow)| (method, path.to_owned(), allow.to_owned()));
    let mut wrong = pages.to_vec();
    for (path, methods) in methods_by_path() {
        let path = path.replace("{record_list_id}", "x").replace("{record_id}", "y");
        let others = ["GET", "POST", "PUT", "PATCH", "DELETE"].into_iter();
        for method in others.filter(|method| !methods.iter().any(|known| known == method)) {
            let allow = methods.join(", ");
            wrong.push((method, path.clone(), allow.clone()));
            wrong.push((method, format!("{path}/"), allow));
        }
    }
    assert!(wrong.len() > 20, "{wrong:?}");
    for (method, path, allow) in wrong {
        let method: reqwest::Method = method.parse().expect("a method");
        let answer = app.as_anonymous().request(method.clone(), &path).send().await;
        let answer = answer.assert_status(405);
        assert_eq!(answer.header("allow"), allow, "{path}");
        if method != reqwest::Method::HEAD {
            answer.assert_error(405, "METHOD_NOT_ALLOWED");
        }
    }
}

#[apply(database_test)]
async fn options_are_answered_without_a_token(app: TestApp) {
    let options = |path: &str| app.as_anonymous().request(reqwest::Method::OPTIONS, path).send();
    let mut paths = vec![
        ("/".to_owned(), "GET, HEAD, OPTIONS".to_owned()),
        ("/docs/".to_owned(), "GET, HEAD, OPTIONS".to_owned()),
        ("/openapi.json".to_owned(), "GET, HEAD, OPTIONS".to_owned()),
        ("/health/live".to_owned(), "GET, HEAD, OPTIONS".to_owned()),
    ];
    for (path, methods) in methods_by_path() {
        // No list is looked up, and a bad query does not matter.
        let path = path.replace("{record_list_id}", "x").replace("{record_id}", "y");
        let allow = methods.join(", ");
        paths.push((format!("{path}/"), allow.clone()));
        paths.push((format!("/{path}"), allow.clone()));
        paths.push((format!("{path}?per_page=x"), allow));
    }
    for (path, allow) in paths {
        let answer = options(&path).await.assert_status(204);
        assert_eq!(answer.header("allow"), allow, "{path}");
        assert!(!answer.headers.contains_key("access-control-allow-origin"));
    }
    options("/x").await.assert_error(404, "NOT_FOUND");
    options("/record-lists//records").await.assert_error(404, "NOT_FOUND");
    let asterisk = "OPTIONS * HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    let answer = exchange(app.address, asterisk).await;
    assert_eq!(answer.status(), 204, "{answer:?}");
    assert!(
        answer
            .0
            .to_lowercase()
            .contains("allow: get, head, post, patch, delete, options\r\n"),
        "{answer:?}"
    );
    let get = exchange(app.address, asterisk.replace("OPTIONS", "GET")).await;
    assert!(matches!(get.status(), 400 | 404), "{get:?}");
}

/// Everything that GET answers, HEAD answers without the body.
#[apply(database_test)]
async fn head_is_get_without_a_body(app: TestApp) {
    let list = app.list().await;
    let id = list.add(&[person("+14155550101")]).await.swap_remove(0);
    let paths = [
        "/record-lists".to_owned(),
        list.path(""),
        list.path("/records"),
        list.path("/records?phone_number=+14155550101"),
        list.path(&format!("/records/{id}")),
        list.path("/deletions"),
        "/deletions".to_owned(),
        "/openapi.json".to_owned(),
        // Faults are those of GET.
        UNKNOWN.to_owned(),
        list.path("/records?per_page=0"),
    ];
    let length = |answer: &crate::support::TestResponse| answer.header("content-length").to_owned();
    for path in paths {
        let get = list.caller.get(&path).send().await;
        let head = list.caller.request(reqwest::Method::HEAD, &path).send().await;
        assert_eq!(head.status, get.status, "{path}");
        assert_eq!(length(&head), length(&get), "{path}");
        for name in ["content-type", "cache-control"] {
            assert_eq!(head.headers.get(name), get.headers.get(name), "{path}");
        }
    }
    let anonymous = app
        .as_anonymous()
        .request(reqwest::Method::HEAD, &list.path("/records"));
    let anonymous = anonymous.send().await.assert_status(401);
    assert_eq!(anonymous.header("www-authenticate"), "Bearer");
    // A connection goes on after it.
    let token = Claims::of("acme").token();
    let requests = format!(
        "HEAD /record-lists HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\r\n\
         GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    );
    let answers = exchange(app.address, requests).await.0;
    assert_eq!(answers.matches("HTTP/1.1 200 OK").count(), 2, "{answers}");
}

/// The paths of the API and what can be done at each, in the order of the list of operations.
fn methods_by_path() -> BTreeMap<String, Vec<String>> {
    let mut methods: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for operation in operations() {
        let of_path = methods.entry(operation.path().to_owned()).or_default();
        of_path.push(operation.method().to_string());
        if operation.method() == "GET" {
            of_path.push("HEAD".to_owned());
        }
    }
    methods
        .values_mut()
        .for_each(|methods| methods.push("OPTIONS".to_owned()));
    methods
}

#[apply(database_test)]
async fn what_is_beside_the_api_has_methods_too(app: TestApp) {
    let head = "HEAD".parse().expect("a method");
    let live = app.as_anonymous().request(head, "/health/live").send().await;
    live.assert_status(200);
    for path in ["/health/live", "/openapi.json"] {
        let answer = app.as_anonymous().post(path).send().await;
        answer.assert_error(405, "METHOD_NOT_ALLOWED");
    }
}
