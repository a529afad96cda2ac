//! How a change of many records comes, whom it is for, and what is answered when it comes twice.

use reqwest::Method;
use serde_json::{Value, json};

use super::update::{list_of, replace};
use crate::{
    idempotency::assert_replay,
    support::{
        Claims, TestApp, TestList, TestRequest, TestResponse, apply, database_test, entries, person, without_result,
    },
};

/// An id that nobody has.
const UNKNOWN: &str = "8858c834-481d-4a02-8176-cffc02c50350";

async fn send(list: &TestList, items: &Value) -> TestResponse {
    list.updating("", items).send().await
}

/// A change whose content type is its own.
fn updating(list: &TestList, body: impl Into<Vec<u8>>) -> TestRequest {
    let request = list.caller.request(Method::PATCH, &list.path("/records/bulks"));
    request.body(body)
}

#[apply(database_test)]
async fn a_fault_of_the_shape_is_named_and_nothing_is_changed(app: TestApp) {
    let (list, ids) = list_of(&app, 1).await;
    let before = list.records().await;
    let good = replace(&ids[0], json!({"priority": 9}));
    let path = format!("/records/{}", ids[0]);
    let with_op = |op: Value| json!({"op": op, "path": path, "value": {"priority": 9}});
    let with_path = |path: &str| json!({"op": "replace", "path": path, "value": {"priority": 9}});
    let with_value = |value: Value| json!({"op": "replace", "path": path, "value": value});
    for (body, place) in [
        (json!([]), "$"),
        (json!({}), "$"),
        (good.clone(), "$"),
        (json!({"records": [person("+14155550101")]}), "$"),
        (json!("x"), "$"),
        (json!(vec![good.clone(); 101]), "$"),
        (json!([good, 7]), "[1]"),
        (json!([good, null]), "[1]"),
        (json!([good, [good]]), "[1]"),
        (json!([{}]), "[0].op"),
        (json!([{}]), "[0].path"),
        (json!([{}]), "[0].value"),
        (json!([with_op("remove".into())]), "[0].op"),
        (json!([good, with_op("test".into())]), "[1].op"),
        (json!([with_op("Replace".into())]), "[0].op"),
        (json!([with_op(json!(7))]), "[0].op"),
        (json!([with_path("")]), "[0].path"),
        (json!([with_path("/")]), "[0].path"),
        (json!([with_path("/records")]), "[0].path"),
        (json!([with_path("/records/")]), "[0].path"),
        (json!([with_path(&format!("{path}/priority"))]), "[0].path"),
        (json!([with_path(&format!("/{path}"))]), "[0].path"),
        (json!([good, with_path(&ids[0])]), "[1].path"),
        (json!([with_path("/priority")]), "[0].path"),
        (json!([with_path("/Records/x")]), "[0].path"),
        (json!([with_value(json!([]))]), "[0].value"),
        (json!([with_value(json!(9))]), "[0].value"),
        (json!([good, with_value(Value::Null)]), "[1].value"),
        (json!([{"op": "replace", "path": path}]), "[0].value"),
        (
            json!([{"op": "replace", "path": path, "value": {"priority": 9}, "x": 1}]),
            "[0].x",
        ),
    ] {
        let answer = send(&list, &body).await;
        answer.assert_error(400, "VALIDATION_FAILED").assert_names(place);
        assert_eq!(list.records().await, before, "{body}");
    }
    let twice = format!(r#"[{{"op":"replace","op":"add","path":"{path}","value":{{"priority":9}}}}]"#);
    let answer = updating(&list, twice).send().await;
    answer.assert_error(400, "VALIDATION_FAILED").assert_names("[0].op");
    assert_eq!(list.records().await, before);
}

/// The limit itself is fine, and so is a body that is larger than that of a bulk delete may be.
#[apply(database_test)]
async fn a_hundred_records_are_changed_at_once(app: TestApp) {
    let (list, ids) = list_of(&app, 101).await;
    let items = ids[..100].iter().enumerate().map(|(n, id)| {
        let text = format!("{n} {}", "x".repeat(4_000));
        replace(id, json!({"priority": 9, "extra_data": {"text": text}}))
    });
    let items: Vec<Value> = items.collect();
    let answer = send(&list, &items.into()).await.assert_status(200).json();
    assert_eq!(
        (&answer["total_created"], &answer["total_errors"]),
        (&json!(100), &json!(0))
    );
    let records = list.records().await;
    let answered: Vec<Value> = entries(&answer).iter().map(without_result).collect();
    assert_eq!(answered, records[..100]);
    for (n, record) in records[..100].iter().enumerate() {
        let text = record["extra_data"]["text"].as_str().expect("a text");
        assert!(record["priority"] == 9 && text.starts_with(&format!("{n} ")), "{n}");
    }
    assert_eq!(records[100]["priority"], 5);
    assert_eq!(list.ids().await, ids);
}

#[apply(database_test)]
async fn json_and_json_patch_are_read_and_a_merge_patch_is_not(app: TestApp) {
    let (list, ids) = list_of(&app, 1).await;
    let body = |priority: usize| json!([replace(&ids[0], json!({"priority": priority}))]).to_string();
    for (n, content_type) in [
        Some("application/json"),
        Some("application/json-patch+json"),
        Some("application/hal+json; charset=utf-8"),
        None,
    ]
    .into_iter()
    .enumerate()
    {
        let mut request = updating(&list, body(n + 1));
        if let Some(content_type) = content_type {
            request = request.header("content-type", content_type);
        }
        request.send().await.assert_status(200);
        assert_eq!(list.record(&ids[0]).await["priority"], n + 1);
    }
    for content_type in ["application/merge-patch+json", "text/plain"] {
        let request = updating(&list, body(9)).header("content-type", content_type);
        let answer = request.send().await;
        answer.assert_error(415, "UNSUPPORTED_MEDIA_TYPE");
    }
    for (body, status, code) in [
        ("".to_owned(), 400, "BODY_MISSING"),
        ("[".to_owned(), 400, "BODY_MALFORMED"),
        (" ".repeat(4 * 1024 * 1024 + 1), 413, "BODY_TOO_LARGE"),
    ] {
        let answer = updating(&list, body).send().await;
        answer.assert_error(status, code);
    }
    assert_eq!(list.record(&ids[0]).await["priority"], 4);
}

#[apply(database_test)]
async fn what_keeps_it_from_changing_changes_nothing(app: TestApp) {
    let (list, ids) = list_of(&app, 1).await;
    let before = list.records().await;
    let items = json!([replace(&ids[0], json!({"priority": 9}))]);
    for (name, value) in [("if-match", "\"stale\""), ("if-none-match", "*")] {
        let request = list.updating("", &items).header(name, value);
        request.send().await.assert_error(412, "PRECONDITION_FAILED");
    }
    for (query, name) in [
        ("?dry_run=true", "dry_run"),
        ("?all_or_none=true", "all_or_none"),
        ("?on_duplicate=update", "on_duplicate"),
        ("?x=1", "x"),
    ] {
        let answer = list.updating(query, &items).send().await;
        answer.assert_error(400, "QUERY_INVALID").assert_fields(&[name]);
    }
    let theirs = send(&list.asked_by(app.as_stranger()), &items).await;
    let theirs = theirs.assert_error(404, "RECORD_LIST_NOT_FOUND");
    let absent = format!("/record-lists/{UNKNOWN}/records/bulks");
    let absent = list.caller.request(Method::PATCH, &absent).json(&items).send().await;
    assert_eq!(absent.assert_status(404).body, theirs.body);
    let writer = Claims::of("acme").with("scope", "record-lists:write");
    let writer = list.asked_by(app.with_token(&writer.token()));
    send(&writer, &items).await.assert_error(403, "INSUFFICIENT_SCOPE");
    assert_eq!(list.records().await, before);
}

#[apply(database_test)]
async fn a_change_is_made_once_for_a_key(app: TestApp) {
    let (list, ids) = list_of(&app, 2).await;
    let set = |id: &str, priority: u8| json!([replace(id, json!({"priority": priority})), replace("x", json!({}))]);
    let once = |items: &Value| list.updating("", items).header("idempotency-key", "K").send();
    // What was refused leaves the key free.
    once(&json!([])).await.assert_status(400);
    let first = once(&set(&ids[0], 1)).await.assert_status(200);
    send(&list, &set(&ids[0], 2)).await.assert_status(200);
    assert_replay(&once(&set(&ids[0], 1)).await, &first);
    for items in [set(&ids[0], 3), set(&ids[1], 1)] {
        once(&items).await.assert_error(422, "IDEMPOTENCY_KEY_REUSED");
    }
    // A creation with that key is another request.
    let creation = list.caller.post(&list.path("/records/bulks"));
    let creation = creation
        .header("idempotency-key", "K")
        .json(&json!({"records": [person("+14155550199")]}));
    creation.send().await.assert_error(422, "IDEMPOTENCY_KEY_REUSED");
    let priorities: Vec<Value> = list
        .records()
        .await
        .iter()
        .map(|record| record["priority"].clone())
        .collect();
    assert_eq!(priorities, [2, 5]);
}

/// Each of many requests is whole, whatever runs beside it.
#[apply(database_test)]
async fn changes_at_the_same_time_do_not_interleave(app: TestApp) {
    let (list, ids) = list_of(&app, 3).await;
    let requests = (0..10).map(|n| {
        let items: Vec<Value> = ids
            .iter()
            .map(|id| {
                json!({"op": "add", "path": format!("/records/{id}"), "value": {
                    "last_name": format!("n{n}"), "extra_data": {format!("k{n}"): n},
                }})
            })
            .collect();
        list.updating("", &items.into()).send()
    });
    for answer in futures_util::future::join_all(requests).await {
        answer.assert_status(200);
    }
    let records = list.records().await;
    for record in &records {
        assert_eq!(record["last_name"], records[0]["last_name"]);
        assert_eq!(record["extra_data"].as_object().map(serde_json::Map::len), Some(10));
    }
}
