//! The examples of errors, held against what the operations really answer.

use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{
    Claims,
    Database::{self, Postgres, Sqlite},
    TestApp, TestRequest, document, person,
};

/// A request that the operation answers with this code; `None` for codes that take more than a request to a new server.
fn provoke(app: &TestApp, list: &str, operation: &Value, code: &str) -> Option<TestRequest> {
    let id = operation["operationId"].as_str().expect("an id");
    let path = operation["path"].as_str().expect("a path");
    let list = match code {
        "RECORD_LIST_NOT_FOUND" => "8858c834-481d-4a02-8176-cffc02c50350",
        _ => list,
    };
    let path = path.replace("{record_list_id}", list);
    let query = match (code, id) {
        ("QUERY_INVALID", "create_record_list" | "bulk_create_records") => "?dry_run=true",
        ("QUERY_INVALID", "bulk_delete_records" | "bulk_delete_records_by_post") => "?dry_run=1",
        ("QUERY_INVALID", _) => "?per_page=0",
        _ => "",
    };
    let scope = match code {
        "INSUFFICIENT_SCOPE" => "other",
        _ => "record-lists:manage",
    };
    let caller = match code {
        "UNAUTHENTICATED" => app.as_anonymous(),
        "TOKEN_INVALID" => app.with_token("x.y.z"),
        _ => app.with_token(&Claims::of("acme").with("scope", scope).token()),
    };
    let method = operation["method"].as_str().expect("a method");
    let method = method.to_uppercase().parse().expect("a method");
    let request = caller.request(method, &format!("{path}{query}"));
    Some(match code {
        "UNAUTHENTICATED" | "TOKEN_INVALID" | "INSUFFICIENT_SCOPE" => request,
        "RECORD_LIST_NOT_FOUND" => request.json(&good_body(id)),
        "BODY_MALFORMED" => request.header("content-type", "application/json").body("["),
        "BODY_TOO_LARGE" => request
            .header("content-type", "application/json")
            .body(vec![b' '; 5_000_000]),
        "UNSUPPORTED_MEDIA_TYPE" => request.header("content-type", "text/plain").body("[]"),
        "BODY_MISSING" => request.header("content-type", "application/json"),
        "QUERY_INVALID" if query.starts_with("?per_page") => request,
        "VALIDATION_FAILED" | "QUERY_INVALID" => request.json(&faulty_body(id)),
        "HEADER_INVALID" => request.header("idempotency-key", "").json(&faulty_body(id)),
        _ => return None,
    })
}

fn good_body(operation: &str) -> Value {
    match operation {
        "bulk_create_records" => json!({"records": [person("+14155550101")]}),
        _ => json!([{"id": "x"}]),
    }
}

fn faulty_body(operation: &str) -> Value {
    match operation {
        "create_record_list" => json!({"name": ""}),
        "bulk_create_records" => json!({"records": []}),
        _ => ["+14155550101", "+14155550102", "+14155550103", ""]
            .map(|number| json!({"phone_number": number}))
            .into_iter()
            .collect(),
    }
}

#[rstest]
#[tokio::test]
async fn an_error_is_answered_as_its_example_shows(#[values(Sqlite, Postgres)] database: Database) {
    let Some(app) = TestApp::start(database).await else {
        return;
    };
    let list = app.list().await;
    let mut checked = 0;
    for mut operation in operations() {
        let answers = operation["responses"].take();
        for (status, answer) in answers.as_object().expect("answers") {
            let examples = &answer["content"]["application/json"]["examples"];
            for (code, example) in examples.as_object().expect("examples") {
                if let Some(request) = provoke(&app, &list.id, &operation, code) {
                    let answer = request.send().await;
                    assert_eq!(answer.status.as_str(), status, "{operation} {code}");
                    assert_eq!(answer.json(), example["value"], "{operation} {code}");
                    checked += 1;
                }
            }
        }
    }
    assert!(checked >= 60, "{checked} examples");
}

/// The documented operations with their paths and methods.
fn operations() -> impl Iterator<Item = Value> {
    let paths = document()["paths"].as_object().expect("paths");
    paths.iter().flat_map(|(path, item)| {
        let item = item.as_object().expect("operations");
        item.iter().map(move |(method, operation)| {
            json!({
                "path": path, "method": method,
                "operationId": operation["operationId"], "responses": operation["responses"],
            })
        })
    })
}
