//! Patches that are wrong, or do not fit the record: nothing of them is carried out.

use serde_json::{Value, json};

use super::{add, remove, replace, test};
use crate::support::{TestApp, TestList, TestResponse, age, apply, database_test, external_person};

/// A list with one record, which was last changed long ago; the record's id.
async fn list_of_one(app: &TestApp, identified_by: &str) -> (TestList, String) {
    let list = app.list_identified_by(identified_by).await;
    let mut record = external_person("+14155550101", "crm", "1");
    record["extra_data"] = json!({"home": "a", "list": [1, 2], "n": 1});
    let id = list.add(&[record]).await.swap_remove(0);
    age(app).await;
    (list, id)
}

/// Sends the operation behind one that fits; neither is carried out.
async fn refused(list: &TestList, id: &str, operation: &Value) -> TestResponse {
    let before = list.record(id).await;
    let good = json!({"op": "replace", "path": "/priority", "value": 9});
    let answer = list.patch(id, &json!([good, operation])).await;
    assert_eq!(list.record(id).await, before, "{operation}");
    answer
}

#[apply(database_test)]
async fn what_is_no_patch_is_400(app: TestApp) {
    let (list, id) = list_of_one(&app, "NOTHING").await;
    let before = list.record(&id).await;
    let good = replace("/priority", 9);
    for (body, place) in [
        (json!({}), "$"),
        (good.clone(), "$"),
        (json!({"priority": 9}), "$"),
        (json!("x"), "$"),
        (json!([good, 7]), "[1]"),
        (json!([good, null]), "[1]"),
        (json!([good, [good]]), "[1]"),
        (json!([good, {}]), "[1].op"),
        (json!([good, {"path": "/priority", "value": 1}]), "[1].op"),
        (json!([good, {"op": "replace", "value": 1}]), "[1].path"),
        (json!([good, {"op": "replace", "path": 7, "value": 1}]), "[1].path"),
        (json!([good, {"op": "replace", "path": "/priority"}]), "[1].value"),
        (json!([good, {"op": "add", "path": "/priority"}]), "[1].value"),
        (json!([good, {"op": "test", "path": "/priority"}]), "[1].value"),
        (
            json!([good, {"op": "replace", "path": "/priority", "value": 1, "x": 1}]),
            "[1].x",
        ),
        (json!([good, {"op": "Test", "path": "/priority", "value": 9}]), "[1].op"),
        (
            json!([good, {"op": "merge", "path": "/priority", "value": 9}]),
            "[1].op",
        ),
        (json!([good, {"op": 7, "path": "/priority", "value": 9}]), "[1].op"),
        (json!([good, replace("", json!({}))]), "[1].path"),
        (json!([good, remove("")]), "[1].path"),
        (json!([good, add("/extra_data/~", 1)]), "[1].path"),
        (json!([good, add("/extra_data/a~2b", 1)]), "[1].path"),
        (json!([good, add("extra_data/~x", 1)]), "[1].path"),
    ] {
        let answer = list.patch(&id, &body).await;
        answer.assert_error(400, "VALIDATION_FAILED").assert_names(place);
        assert_eq!(list.record(&id).await, before, "{body}");
    }
    // Operations that move what is there are not served, however they look.
    for operation in [
        json!({"op": "move", "from": "/first_name", "path": "/last_name"}),
        json!({"op": "copy", "from": "/first_name", "path": "/last_name"}),
        json!({"op": "move", "path": "/last_name", "value": "x"}),
    ] {
        let answer = refused(&list, &id, &operation).await;
        answer.assert_error(400, "VALIDATION_FAILED").assert_names("[1].op");
    }
    let twice = r#"[{"op":"replace","path":"/priority","path":"/last_name","value":1}]"#;
    let request = list.caller.request(reqwest::Method::PATCH, &list.at(&id)).body(twice);
    let answer = request.send().await;
    answer.assert_error(400, "VALIDATION_FAILED").assert_names("[0].path");
    assert_eq!(list.record(&id).await, before);
}

#[apply(database_test)]
async fn more_operations_than_anyone_needs_are_400(app: TestApp) {
    let (list, id) = list_of_one(&app, "NOTHING").await;
    let patch = async |count: usize| list.patch(&id, &vec![test("/priority", 5); count].into()).await;
    patch(100).await.assert_status(200);
    for count in [101, 1_001] {
        patch(count).await.assert_error(400, "VALIDATION_FAILED");
    }
}

#[apply(database_test)]
async fn what_is_read_only_or_required_stays(app: TestApp) {
    let (list, id) = list_of_one(&app, "NOTHING").await;
    let record = list.record(&id).await;
    for operation in [
        replace("/id", "8858c834-481d-4a02-8176-cffc02c50350"),
        // Not even by what is there.
        replace("/id", record["id"].clone()),
        replace("/record_list_id", "8858c834-481d-4a02-8176-cffc02c50350"),
        add("/created_at", "2026-11-24T10:00:00Z"),
        replace("updated_at", "2026-11-24T10:00:00Z"),
        replace("/_links", json!({})),
        replace("/_links/self/href", "https://crm.example.com"),
        remove("/id"),
        remove("/created_at"),
        remove("/_links"),
        remove("/first_name"),
        remove("last_name"),
        remove("/phone_numbers"),
        // The last one.
        remove("/phone_numbers/0"),
        remove("/phone_numbers/0/phone_number"),
        remove("/phone_numbers/0/phone_type"),
        replace("/first_name", Value::Null),
        replace("/phone_numbers", Value::Null),
        replace("/phone_numbers/0/phone_number", Value::Null),
    ] {
        let answer = refused(&list, &id, &operation).await;
        answer.assert_error(400, "VALIDATION_FAILED");
    }
}

#[apply(database_test)]
async fn a_value_that_breaks_a_rule_is_400(app: TestApp) {
    let (list, id) = list_of_one(&app, "NOTHING").await;
    let long = |length: usize| "x".repeat(length);
    let number = |number: Value| json!({"phone_number": number, "phone_type": "HOME"});
    for operation in [
        replace("/priority", 0),
        replace("/priority", 11),
        replace("/priority", 1.5),
        replace("/priority", "5"),
        replace("/first_name", ""),
        replace("/first_name", long(81)),
        replace("/first_name", 7),
        replace("/last_name", "A\u{0}B"),
        add("/timezone", "Mars/Olympus"),
        add("/timezone", "+01:00"),
        add("/timezone", 1),
        add("/external_url", long(2049)),
        replace("/sync_external_id", 1),
        replace("/external_id", long(256)),
        replace("/external_id", ""),
        replace("/external_provider", long(65)),
        // Half a reference.
        remove("/external_id"),
        remove("/external_provider"),
        replace("/phone_numbers", json!([])),
        replace("/phone_numbers", json!({})),
        replace("/phone_numbers", json!([number("14155550101".into())])),
        replace(
            "/phone_numbers",
            json!([number("+14155550101".into()), number("+14155550102".into())]),
        ),
        replace("/phone_numbers/0", "+14155550101"),
        replace("/phone_numbers/0", number(7.into())),
        replace("/phone_numbers/0/phone_number", "x"),
        replace("/phone_numbers/0/phone_number", "+14155550101.0"),
        replace("/phone_numbers/0/phone_type", "FAX"),
        add(
            "/phone_numbers/-",
            json!({"phone_number": "+14155550102", "phone_type": "MOBILE"}),
        ),
        add("/phone_numbers/-", json!({"phone_number": "+14155550102"})),
        replace("/extra_data", json!([])),
        replace("/extra_data", "x"),
        add("/extra_data/k", "\u{0}"),
        add("/extra_data/k", json!({"\u{1f}": 1})),
        add("/extra_data/\u{0}", 1),
        // Together with what is there.
        add("/extra_data/k", long(16 * 1024)),
        replace("/extra_data/home", long(16 * 1024 - 29)),
    ] {
        let answer = refused(&list, &id, &operation).await;
        let answer = answer.assert_error(400, "VALIDATION_FAILED").json();
        let fields = answer["fields"].as_array().map_or(0, Vec::len);
        assert!(fields > 0, "{operation}: {answer}");
    }
}

#[apply(database_test)]
async fn an_external_list_keeps_its_references(app: TestApp) {
    let (list, id) = list_of_one(&app, "EXTERNAL").await;
    let before = list.record(&id).await;
    for operations in [
        json!([remove("/external_id"), remove("/external_provider")]),
        json!([remove("/external_id")]),
        json!([remove("external_provider")]),
    ] {
        let answer = list.patch(&id, &operations).await;
        answer.assert_error(400, "VALIDATION_FAILED");
        assert_eq!(list.record(&id).await, before, "{operations}");
    }
    let operations = json!([remove("/external_id"), add("/external_id", "2")]);
    let answer = list.patch(&id, &operations).await.assert_status(200);
    assert_eq!(answer.json()["external_id"], "2");
}

#[apply(database_test)]
async fn what_is_not_there_cannot_be_changed(app: TestApp) {
    let (list, id) = list_of_one(&app, "NOTHING").await;
    let number = json!({"phone_number": "+14155550102", "phone_type": "HOME"});
    for operation in [
        remove("/timezone"),
        remove("external_url"),
        remove("/extra_data/none"),
        replace("/extra_data/none", 1),
        test("/extra_data/none", 1),
        add("/extra_data/a/b", 1),
        add("extra_data/a/b", 1),
        // Below what has no members.
        add("/extra_data/home/x", 1),
        remove("/extra_data/n/0"),
        replace("/first_name/0", "x"),
        add("/priority/x", 1),
        // Out of range.
        add("/phone_numbers/9", number.clone()),
        add("/phone_numbers/2", number.clone()),
        replace("/phone_numbers/1", number.clone()),
        remove("/phone_numbers/1"),
        test("/phone_numbers/1", number.clone()),
        replace("/phone_numbers/1/phone_number", "+14155550102"),
        replace("/phone_numbers/-", number),
        remove("/phone_numbers/-"),
        add("/extra_data/list/3", 1),
        replace("/extra_data/list/2", 1),
        remove("/extra_data/list/2"),
        remove("/extra_data/list/-"),
        remove("/extra_data/list/99999999999999999999"),
    ] {
        let answer = refused(&list, &id, &operation).await;
        answer.assert_error(422, "PATCH_NOT_APPLICABLE");
    }
}

/// Whether these are wrong in themselves or do not fit is left open; nothing is done in any case.
#[apply(database_test)]
async fn members_that_no_record_has_are_refused(app: TestApp) {
    let (list, id) = list_of_one(&app, "NOTHING").await;
    for operation in [
        add("/colour", "red"),
        replace("/colour", "red"),
        remove("/colour"),
        test("/colour", "red"),
        add("/errors", json!([])),
        add("/", 1),
        replace("//priority", 1),
        replace("/priority/", 1),
        add("/phone_numbers/x", 1),
        add("/phone_numbers/0/x", 1),
        remove("/phone_numbers/00"),
        replace("/extra_data/list/01", 1),
        replace("/extra_data/list/+1", 1),
        remove("/extra_data/list/-1"),
    ] {
        let status = refused(&list, &id, &operation).await.status.as_u16();
        assert!(matches!(status, 400 | 422), "{operation}: {status}");
    }
}

#[apply(database_test)]
async fn a_failed_test_undoes_what_came_before_it(app: TestApp) {
    let (list, id) = list_of_one(&app, "NOTHING").await;
    for operation in [
        test("/last_name", "Other"),
        // What the first operation has just changed.
        test("/priority", 5),
        test("/priority", "9"),
        test("/extra_data/home", "b"),
        test("/extra_data/list", json!([2, 1])),
    ] {
        let answer = refused(&list, &id, &operation).await;
        answer.assert_error(409, "PATCH_TEST_FAILED");
    }
}
