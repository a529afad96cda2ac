//! The examples of errors, held against what the operations really answer.

use record_lists::http::{operation::Operation, operations::operations};

use crate::support::{self, Claims, TestApp, TestRequest, Things, apply, database_test, document, with_required_query};

/// A request that the operation answers with this code; `None` for codes that take more than a request to a new server.
fn provoke(app: &TestApp, list: &str, operation: &Operation, code: &str) -> Option<TestRequest> {
    let absent = "8858c834-481d-4a02-8176-cffc02c50350";
    let list = match code {
        "RECORD_LIST_NOT_FOUND" => absent,
        _ => list,
    };
    let path = operation.path().replace("{record_list_id}", list);
    let path = path.replace("{record_id}", absent);
    let query = match code {
        "QUERY_INVALID" => operation.faulty_query(),
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
    let method = operation.method().as_str().parse().expect("a method");
    let path = match query {
        "" => {
            let method = operation.method().as_str().to_lowercase();
            with_required_query(&path, &document()["paths"][operation.path()][&method])
        }
        query => format!("{path}?{query}"),
    };
    let request = caller.request(method, &path);
    let samples = operation.samples();
    let faulty = samples.faulty.unwrap_or_default();
    let json = |request: TestRequest| request.header("content-type", "application/json");
    Some(match code {
        "UNAUTHENTICATED" | "TOKEN_INVALID" | "INSUFFICIENT_SCOPE" => request,
        "RECORD_LIST_NOT_FOUND" | "RECORD_NOT_FOUND" => match samples.examples.first() {
            Some(example) => request.json(&example.value),
            None => request,
        },
        "BODY_MALFORMED" => json(request).body("["),
        "BODY_TOO_LARGE" => json(request).body(vec![b' '; 5_000_000]),
        "UNSUPPORTED_MEDIA_TYPE" => request.header("content-type", "text/plain").body("[]"),
        "BODY_MISSING" => json(request),
        "VALIDATION_FAILED" | "QUERY_INVALID" => json(request).body(faulty),
        "PRECONDITION_FAILED" => match samples.examples.first() {
            Some(example) => request.header("if-match", "\"stale\"").json(&example.value),
            None => request.header("if-match", "\"stale\""),
        },
        "HEADER_INVALID" => json(request).header("idempotency-key", "").body(faulty),
        _ => return None,
    })
}

#[apply(database_test)]
async fn an_error_is_answered_as_its_example_shows(app: TestApp) {
    let list = app.list().await;
    let mut checked = 0;
    for operation in operations() {
        let method = operation.method().as_str().to_lowercase();
        let described = &document()["paths"][operation.path()][&method];
        for (status, answer) in described["responses"].as_object().expect("answers") {
            let examples = &answer["content"]["application/json"]["examples"];
            let errors = examples.as_object().into_iter().flatten();
            for (code, example) in errors.filter(|_| !status.starts_with('2')) {
                if let Some(request) = provoke(&app, &list.id, &operation, code) {
                    let what = format!("{method} {} {code}", operation.path());
                    let answer = request.send().await;
                    assert_eq!(answer.status.as_str(), status, "{what}");
                    assert_eq!(answer.json(), example["value"], "{what}");
                    checked += 1;
                }
            }
        }
    }
    assert!(checked >= 81, "{checked} examples");
}

/// What is not UTF-8 is no other text either, and a parameter that was not read is not ignored.
#[apply(database_test)]
async fn a_query_that_is_not_utf_8_is_refused_by_every_operation(app: TestApp) {
    let things = Things::create(app.as_manager()).await;
    for operation in support::operations() {
        let path = operation.path_to(&things, &things, 0);
        for body in operation.bodies(&things) {
            let request = |query: &str| {
                let path = format!("{path}?{query}");
                operation.request(&app.as_manager(), &path, body.as_ref())
            };
            for (query, name) in [("search=%FF", "search"), ("a%C3=1", "a\u{fffd}")] {
                let answer = request(query).send().await;
                answer.assert_error(400, "QUERY_INVALID").assert_fields(&[name]);
            }
        }
    }
    // Nothing was done.
    let kept = app.as_manager().get(&format!("/record-lists/{}", things.list));
    let kept = kept.send().await.assert_status(200).json();
    assert_eq!(kept["records_count"], things.records.len());
}
