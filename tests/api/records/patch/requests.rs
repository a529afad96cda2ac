//! How a patch comes, whom it is for, and what is answered when it comes twice.

use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    idempotency::assert_replay,
    support::{Claims, TestApp, TestList, TestRequest, apply, database_test, person},
};

/// An id that nobody has.
const UNKNOWN: &str = "8858c834-481d-4a02-8176-cffc02c50350";

async fn list_of_two(app: &TestApp) -> (TestList, Vec<String>) {
    let list = app.list().await;
    let ids = list.add(&[person("+14155550101"), person("+14155550102")]).await;
    (list, ids)
}

fn set_priority(priority: u8) -> Value {
    json!([{"op": "replace", "path": "/priority", "value": priority}])
}

/// A patch whose content type is its own.
fn patching(list: &TestList, record: &str, body: &Value) -> TestRequest {
    let request = list.caller.request(Method::PATCH, &list.at(record));
    request.body(body.to_string())
}

#[apply(database_test)]
async fn json_and_json_patch_are_read(app: TestApp) {
    let (list, ids) = list_of_two(&app).await;
    for (n, content_type) in [
        Some("application/json-patch+json"),
        Some("application/json-patch+json; charset=utf-8"),
        Some("application/json"),
        Some("application/hal+json"),
        None,
    ]
    .into_iter()
    .enumerate()
    {
        let priority = n as u8 + 1;
        let mut request = patching(&list, &ids[0], &set_priority(priority));
        if let Some(content_type) = content_type {
            request = request.header("content-type", content_type);
        }
        let answer = request.send().await.assert_status(200).json();
        assert_eq!(answer["priority"], priority, "{content_type:?}");
    }
}

#[apply(database_test)]
async fn a_merge_patch_is_told_what_is_accepted(app: TestApp) {
    let (list, ids) = list_of_two(&app).await;
    let before = list.record(&ids[0]).await;
    for content_type in [
        "application/merge-patch+json",
        "Application/Merge-Patch+JSON; charset=utf-8",
        "text/plain",
    ] {
        for body in [json!({"priority": 9}), set_priority(9)] {
            let request = patching(&list, &ids[0], &body).header("content-type", content_type);
            let answer = request.send().await.assert_error(415, "UNSUPPORTED_MEDIA_TYPE");
            if content_type != "text/plain" {
                let accepted = answer.header("accept-patch");
                assert!(accepted.contains("application/json-patch+json"), "{accepted}");
                assert!(!accepted.contains("merge-patch"), "{accepted}");
            }
        }
    }
    assert_eq!(list.record(&ids[0]).await, before);
}

#[apply(database_test)]
async fn a_body_that_is_no_json_is_refused(app: TestApp) {
    let (list, ids) = list_of_two(&app).await;
    for (body, status, code) in [
        ("", 400, "BODY_MISSING"),
        (" \n", 400, "BODY_MISSING"),
        ("[", 400, "BODY_MALFORMED"),
        ("[] x", 400, "BODY_MALFORMED"),
        (" ".repeat(64 * 1024 + 1).as_str(), 413, "BODY_TOO_LARGE"),
    ] {
        let request = list.caller.request(Method::PATCH, &list.at(&ids[0])).body(body);
        request.send().await.assert_error(status, code);
    }
}

#[apply(database_test)]
async fn what_is_no_record_of_the_list_is_404(app: TestApp) {
    let (list, ids) = list_of_two(&app).await;
    let (other, of_other) = list_of_two(&app).await;
    list.delete_ids(&[&ids[1]]).await.assert_deleted(1, 0, 1);
    let without_hyphens = ids[0].replace('-', "");
    for id in [
        UNKNOWN,
        &ids[1],
        &of_other[0],
        &without_hyphens,
        "x",
        "+14155550101",
        "%00",
    ] {
        for body in [set_priority(9), json!([])] {
            let answer = list.patch(id, &body).await;
            answer.assert_error(404, "RECORD_NOT_FOUND");
        }
        // A body that is wrong in itself is told first.
        let answer = list.patch(id, &json!({})).await;
        answer.assert_error(400, "VALIDATION_FAILED");
    }
    let theirs = list.asked_by(app.as_stranger()).patch(&ids[0], &set_priority(9)).await;
    let theirs = theirs.assert_error(404, "RECORD_LIST_NOT_FOUND");
    for list_id in [UNKNOWN, "x"] {
        let path = format!("/record-lists/{list_id}/records/{}", ids[0]);
        let request = list.caller.request(Method::PATCH, &path).json(&set_priority(9));
        let answer = request.send().await.assert_error(404, "RECORD_LIST_NOT_FOUND");
        assert_eq!(answer.body, theirs.body);
    }
    let words = list.patch("timezones", &set_priority(9)).await;
    assert!(matches!(words.status.as_u16(), 404 | 405), "{}", words.status);
    for (list, id) in [(&list, &ids[0]), (&other, &of_other[0])] {
        assert_eq!(list.record(id).await["priority"], 5);
    }
    let upper = list.patch(&ids[0].to_uppercase(), &set_priority(9)).await;
    assert_eq!(upper.assert_status(200).json()["id"], ids[0]);
}

#[apply(database_test)]
async fn what_keeps_it_from_changing_changes_nothing(app: TestApp) {
    let (list, ids) = list_of_two(&app).await;
    let before = list.record(&ids[0]).await;
    for (name, value) in [("if-match", "\"stale\""), ("if-none-match", "*")] {
        let request = list.patching(&ids[0], &set_priority(9)).header(name, value);
        request.send().await.assert_error(412, "PRECONDITION_FAILED");
    }
    let path = format!("{}?dry_run=true", list.at(&ids[0]));
    let request = list.caller.request(Method::PATCH, &path).json(&set_priority(9));
    let answer = request.send().await;
    answer.assert_error(400, "QUERY_INVALID").assert_fields(&["dry_run"]);
    // The scope for a list is not enough for its records.
    let writer = Claims::of("acme").with("scope", "record-lists:write");
    let writer = list.asked_by(app.with_token(&writer.token()));
    let answer = writer.patch(&ids[0], &set_priority(9)).await;
    answer.assert_error(403, "INSUFFICIENT_SCOPE");
    assert_eq!(list.record(&ids[0]).await, before);
    let any = list.patching(&ids[0], &set_priority(9)).header("if-match", "*");
    any.send().await.assert_status(200);
}

#[apply(database_test)]
async fn a_patch_is_carried_out_once_for_a_key(app: TestApp) {
    let (list, ids) = list_of_two(&app).await;
    let append = json!([
        {"op": "add", "path": "/phone_numbers/0", "value": {"phone_number": "+14155550103", "phone_type": "HOME"}},
        {"op": "replace", "path": "/priority", "value": 7},
    ]);
    let once = |record: &str, body: &Value| list.patching(record, body).header("idempotency-key", "K").send();
    // What was refused leaves the key free.
    once(&ids[0], &json!({})).await.assert_status(400);
    let failing = json!([{"op": "test", "path": "/priority", "value": 9}]);
    once(&ids[0], &failing).await.assert_error(409, "PATCH_TEST_FAILED");
    let first = once(&ids[0], &append).await.assert_status(200);
    list.patch(&ids[0], &set_priority(3)).await.assert_status(200);
    assert_replay(&once(&ids[0], &append).await, &first);
    // The key belongs to that patch of that record.
    for (id, body) in [(&ids[0], set_priority(7)), (&ids[1], append)] {
        let answer = once(id, &body).await;
        answer.assert_error(422, "IDEMPOTENCY_KEY_REUSED");
    }
    let record = list.record(&ids[0]).await;
    assert_eq!(record["priority"], 3);
    assert_eq!(record["phone_numbers"].as_array().map(Vec::len), Some(2));
    assert_eq!(list.record(&ids[1]).await["priority"], 5);
}

/// The answer has no additions to leave out.
#[apply(database_test)]
async fn the_published_form_is_the_record(app: TestApp) {
    let (list, ids) = list_of_two(&app).await;
    let request = list
        .patching(&ids[0], &set_priority(9))
        .header("prefer", "return=minimal");
    let answer = request.send().await.assert_status(200);
    // Nothing is left out, so the preference makes no difference.
    assert!(!answer.headers.contains_key("preference-applied"));
    assert_eq!(answer.json(), list.record(&ids[0]).await);
}
