//! Changing a list (docs/contract.md sections 4.1 and A.9.2).

use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    idempotency::assert_replay,
    support::{
        Claims, LONG_AGO, TestApp, TestList, TestRequest, TestResponse, age, apply, database_test, has_additions,
        member_names, person,
    },
};

/// A list that nobody has.
const UNKNOWN: &str = "/record-lists/8858c834-481d-4a02-8176-cffc02c50350";

/// A change that is not sent yet.
fn patching(list: &TestList) -> TestRequest {
    list.caller.request(Method::PATCH, &list.path(""))
}

async fn patch(list: &TestList, body: &Value) -> TestResponse {
    patching(list).json(body).send().await
}

/// The list as it is read.
async fn read(list: &TestList) -> Value {
    list.caller.page(&list.path("")).await
}

#[apply(database_test)]
async fn each_form_of_the_body_sets_the_name(app: TestApp) {
    let list = app.list().await;
    let named = |name: &str| json!({"op": "replace", "path": "/name", "value": name});
    let longest = "é".repeat(120);
    let mut many = vec![named("passing"); 9];
    many.push(named("the last of ten"));
    for (body, name) in [
        (json!({"name": "by itself"}), "by itself"),
        (named("replaced"), "replaced"),
        (json!({"op": "add", "path": "/name", "value": "added"}), "added"),
        (
            json!({"op": "replace", "path": "name", "value": "without a slash"}),
            "without a slash",
        ),
        (
            json!([{"op": "add", "path": "name", "value": "an array of one"}]),
            "an array of one",
        ),
        (json!([named("passing"), named("the last counts")]), "the last counts"),
        (many.into(), "the last of ten"),
        (json!({"name": longest}), longest.as_str()),
    ] {
        let answer = patch(&list, &body).await.assert_status(200).json();
        assert_eq!(answer["name"], name);
        assert_eq!(read(&list).await["name"], name, "{body}");
    }
}

#[apply(database_test)]
async fn json_and_json_patch_are_read_and_no_other_media_type(app: TestApp) {
    let list = app.list().await;
    let body = |name: &str| json!({"op": "replace", "path": "/name", "value": name}).to_string();
    for content_type in [
        Some("application/json"),
        Some("application/json-patch+json"),
        Some("application/json-patch+json; charset=utf-8"),
        Some("application/hal+json"),
        None,
    ] {
        let name = format!("by {content_type:?}");
        let mut request = patching(&list).body(body(&name));
        if let Some(content_type) = content_type {
            request = request.header("content-type", content_type);
        }
        let answer = request.send().await.assert_status(200).json();
        assert_eq!(answer["name"], name);
    }
    let before = read(&list).await;
    for content_type in [
        "application/merge-patch+json",
        "text/plain",
        "application/x-www-form-urlencoded",
    ] {
        let request = patching(&list).header("content-type", content_type).body(body("wrong"));
        let answer = request.send().await;
        answer.assert_error(415, "UNSUPPORTED_MEDIA_TYPE");
    }
    assert_eq!(read(&list).await, before);
}

#[apply(database_test)]
async fn the_answer_is_the_whole_list_with_its_account(app: TestApp) {
    for identified_by in ["PHONE_NUMBER", "NOTHING"] {
        let list = app.list_identified_by(identified_by).await;
        list.add(&[person("+14155550101")]).await;
        for body in [json!({"name": "new"}), json!({})] {
            let answer = patch(&list, &body).await.assert_status(200).json();
            let mut expected = read(&list).await;
            assert_eq!(
                (&expected["records_count"], &expected["teams"]),
                (&json!(1), &json!([]))
            );
            expected["account_id"] = "acme".into();
            if !has_additions() {
                let members = expected.as_object_mut().expect("an object");
                members.retain(|name, _| name != "updated_at" && name != "teams");
            }
            assert_eq!(answer, expected, "{body}");
        }
    }
}

#[apply(database_test)]
async fn the_published_form_has_neither_teams_nor_the_time_of_the_change(app: TestApp) {
    let list = app.list().await;
    let request = patching(&list).header("prefer", "return=minimal");
    let answer = request.json(&json!({"name": "new"})).send().await.assert_status(200);
    assert_eq!(answer.header("preference-applied"), "return=minimal");
    let body = answer.json();
    let expected = [
        "_links",
        "account_id",
        "created_at",
        "id",
        "name",
        "records_count",
        "status",
        "unique_identifier_type",
    ];
    assert_eq!(member_names(&body), expected);
    // The other operations do not tell the account.
    assert_eq!(read(&list).await.get("account_id"), None);
}

#[apply(database_test)]
async fn a_list_without_a_file_cannot_be_handed_over(app: TestApp) {
    let list = app.list().await;
    age(&app).await;
    let before = read(&list).await;
    let in_value = json!({"op": "replace", "path": "/status", "value": "UPLOADED"});
    let in_status = json!({"op": "add", "path": "status", "status": "UPLOADED"});
    let name = json!({"op": "replace", "path": "/name", "value": "new"});
    for body in [
        in_value.clone(),
        in_status.clone(),
        json!([in_value]),
        // All or nothing.
        json!([name, in_status]),
        json!([in_value, name]),
    ] {
        patch(&list, &body).await.assert_error(409, "CONFLICT");
        assert_eq!(read(&list).await, before, "{body}");
    }
}

#[apply(database_test)]
async fn faults_are_named_and_nothing_is_changed(app: TestApp) {
    let list = app.list().await;
    age(&app).await;
    let before = read(&list).await;
    let with_name = |name: Value| json!({"op": "replace", "path": "/name", "value": name});
    let good = with_name("new".into());
    let with_path = |path: &str| json!({"op": "replace", "path": path, "value": "x"});
    let with_op = |op: Value| json!({"op": op, "path": "/name", "value": "x"});
    let long = "x".repeat(121);
    // The place is empty where the contract leaves it open.
    for (body, place) in [
        (json!({"name": ""}), "name"),
        (json!({"name": long}), "name"),
        (json!({"name": 7}), "name"),
        (json!({"name": "a\u{0}"}), "name"),
        (json!({"name": "new", "x": 1}), "x"),
        (json!({"name": "new", "status": "ACCEPTED"}), ""),
        (json!({"name": "new", "op": "replace"}), ""),
        (json!({"id": "x"}), "id"),
        (json!({"unique_identifier_type": "EXTERNAL"}), "unique_identifier_type"),
        (with_name("".into()), "value"),
        (with_name(long.clone().into()), "value"),
        (with_name(json!(7)), "value"),
        (with_name(json!({})), "value"),
        (with_name("a\u{0}".into()), "value"),
        (json!({"op": "replace", "path": "/name"}), "value"),
        (json!({"op": "replace", "path": "/name", "status": "UPLOADED"}), ""),
        (json!({"op": "replace", "path": "/name", "value": "x", "x": 1}), "x"),
        (with_path("/status"), "value"),
        (
            json!({"op": "replace", "path": "/status", "value": "ACCEPTED"}),
            "value",
        ),
        (
            json!({"op": "replace", "path": "/status", "value": "uploaded"}),
            "value",
        ),
        (json!({"op": "replace", "path": "/status", "value": 7}), "value"),
        (
            json!({"op": "replace", "path": "/status", "status": "ACCEPTED"}),
            "status",
        ),
        (json!({"op": "replace", "path": "/status"}), ""),
        (with_path(""), "path"),
        (with_path("/"), "path"),
        (with_path("//name"), "path"),
        (with_path("/name/x"), "path"),
        (with_path("/Name"), "path"),
        (with_path("/id"), "path"),
        (with_path("/unique_identifier_type"), "path"),
        (with_path("/teams"), "path"),
        (json!({"op": "replace", "path": 7, "value": "x"}), "path"),
        (json!({"op": "replace", "value": "x"}), "path"),
        (with_op("remove".into()), "op"),
        (with_op("test".into()), "op"),
        (with_op("move".into()), "op"),
        (with_op("Replace".into()), "op"),
        (with_op(json!(7)), "op"),
        (json!({"path": "/name", "value": "x"}), "op"),
        (json!("name"), "$"),
        (json!(7), "$"),
        (json!([good, 7]), "[1]"),
        (json!([good, [good]]), "[1]"),
        (json!([good, with_path("/id")]), "[1].path"),
        (json!([good, with_op("remove".into())]), "[1].op"),
        (json!([good, with_name("".into())]), "[1].value"),
        (json!([good, {"name": "new"}]), ""),
        (json!(vec![good.clone(); 11]), "$"),
    ] {
        let answer = patch(&list, &body).await.assert_error(400, "VALIDATION_FAILED");
        if !place.is_empty() {
            answer.assert_names(place);
        }
        assert_eq!(read(&list).await, before, "{body}");
    }
}

#[apply(database_test)]
async fn a_body_that_is_no_change_is_refused(app: TestApp) {
    let list = app.list().await;
    let before = read(&list).await;
    for (body, status, code) in [
        ("", 400, "BODY_MISSING"),
        (" \r\n", 400, "BODY_MISSING"),
        ("{", 400, "BODY_MALFORMED"),
        (r#"{"name":"a"} x"#, 400, "BODY_MALFORMED"),
        (r#"{"name":"a","name":"b"}"#, 400, "VALIDATION_FAILED"),
        (" ".repeat(64 * 1024 + 1).as_str(), 413, "BODY_TOO_LARGE"),
    ] {
        let answer = patching(&list).body(body).send().await;
        answer.assert_error(status, code);
    }
    let path = list.path("?fields=TEAMS");
    let request = list.caller.request(Method::PATCH, &path).json(&json!({"name": "new"}));
    let answer = request.send().await;
    answer.assert_error(400, "QUERY_INVALID").assert_fields(&["fields"]);
    assert_eq!(read(&list).await, before);
}

#[apply(database_test)]
async fn the_list_was_updated_when_something_of_it_changed_and_not_else(app: TestApp) {
    let list = app.list().await;
    age(&app).await;
    for body in [json!({}), json!({"name": null}), json!({"name": "a list"})] {
        patch(&list, &body).await.assert_status(200);
        let unchanged = read(&list).await;
        assert_eq!(unchanged["name"], "a list");
        assert_eq!(unchanged["updated_at"], LONG_AGO, "{body}");
    }
    patch(&list, &json!({"name": "new"})).await.assert_status(200);
    let changed = read(&list).await;
    assert_ne!(changed["updated_at"], LONG_AGO);
    assert_eq!(changed["created_at"], LONG_AGO);
}

#[apply(database_test)]
async fn the_scope_that_the_vendor_prints_there_is_enough(app: TestApp) {
    let list = app.list().await;
    for (scope, status) in [
        ("record-lists:write", 200),
        ("record-lists:manage", 200),
        ("openid record-lists:write", 200),
        ("tod.records-list.manage", 403),
        ("record-lists", 403),
        ("", 403),
    ] {
        let claims = Claims::of("acme").with("scope", scope);
        let asked = list.asked_by(app.with_token(&claims.token()));
        let answer = patch(&asked, &json!({"name": scope.len().to_string()})).await;
        let answer = answer.assert_status(status);
        if status == 403 {
            let challenge = "Bearer error=\"insufficient_scope\", scope=\"record-lists:manage\"";
            let answer = answer.assert_error(403, "INSUFFICIENT_SCOPE");
            assert_eq!(answer.header("www-authenticate"), challenge, "{scope}");
        }
    }
    // It opens nothing else.
    let writer = Claims::of("acme").with("scope", "record-lists:write");
    let writer = list.asked_by(app.with_token(&writer.token()));
    for request in [
        writer.caller.get(&list.path("")),
        writer.caller.delete(&list.path("")),
        writer.creation(&person("+14155550101")),
    ] {
        request.send().await.assert_error(403, "INSUFFICIENT_SCOPE");
    }
    let anonymous = patch(&list.asked_by(app.as_anonymous()), &json!({"name": "x"})).await;
    anonymous.assert_error(401, "UNAUTHENTICATED");
}

#[apply(database_test)]
async fn a_change_is_made_once_for_a_key(app: TestApp) {
    let list = app.list().await;
    let once = |body: Value| patching(&list).header("idempotency-key", "K").json(&body).send();
    // What was refused leaves the key free.
    once(json!({"name": ""})).await.assert_status(400);
    let uploaded = json!({"op": "replace", "path": "/status", "value": "UPLOADED"});
    once(uploaded).await.assert_error(409, "CONFLICT");
    let first = once(json!({"name": "first"})).await.assert_status(200);
    patch(&list, &json!({"name": "second"})).await.assert_status(200);
    assert_replay(&once(json!({"name": "first"})).await, &first);
    let other = once(json!({"name": "third"})).await;
    other.assert_error(422, "IDEMPOTENCY_KEY_REUSED");
    assert_eq!(read(&list).await["name"], "second");
}

#[apply(database_test)]
async fn a_list_that_is_not_the_callers_is_404(app: TestApp) {
    let list = app.list().await;
    let before = read(&list).await;
    let uploaded = json!({"op": "replace", "path": "/status", "value": "UPLOADED"});
    let mut bodies = Vec::new();
    for body in [json!({"name": "theirs"}), json!({}), uploaded] {
        let theirs = patch(&list.asked_by(app.as_stranger()), &body).await;
        bodies.push(theirs.assert_error(404, "RECORD_LIST_NOT_FOUND").body);
        for path in [UNKNOWN, "/record-lists/x"] {
            let absent = list.caller.request(Method::PATCH, path).json(&body).send().await;
            bodies.push(absent.assert_error(404, "RECORD_LIST_NOT_FOUND").body);
        }
    }
    bodies.dedup();
    assert_eq!(bodies.len(), 1);
    // A body that is wrong in itself is told first.
    let foreign = patch(&list.asked_by(app.as_stranger()), &json!({"name": ""})).await;
    foreign.assert_error(400, "VALIDATION_FAILED");
    assert_eq!(read(&list).await, before);
}

#[apply(database_test)]
async fn a_condition_on_a_version_keeps_it_from_changing(app: TestApp) {
    let list = app.list().await;
    let before = read(&list).await;
    let body = json!({"name": "new"});
    for (name, value) in [("if-match", "\"stale\""), ("if-none-match", "*")] {
        let answer = patching(&list).header(name, value).json(&body).send().await;
        answer.assert_error(412, "PRECONDITION_FAILED");
    }
    assert_eq!(read(&list).await, before);
    let any = patching(&list).header("if-match", "*").json(&body).send().await;
    any.assert_status(200);
}
