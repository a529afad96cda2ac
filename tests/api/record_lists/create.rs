//! Making lists (docs/contract.md section 3).

use serde_json::json;

use crate::support::{TestApp, TestDatabase, apply, database_test, has_additions};

#[apply(database_test)]
async fn a_name_is_enough(app: TestApp) {
    let caller = app.as_manager();
    let answer = caller
        .post("/record-lists")
        .json(&json!({"name": "Spring"}))
        .send()
        .await
        .assert_status(201);
    let list = answer.json();
    assert_eq!(list["name"], "Spring");
    assert_eq!(list["unique_identifier_type"], "PHONE_NUMBER");
    assert_eq!(list["status"], "ACCEPTED");
    let href = format!("http://{}/record-lists/{}", app.address, list["id"].as_str().unwrap());
    assert_eq!(list["_links"]["self"]["href"], href);
    assert_eq!(answer.header("location"), href);
    let read = caller.get(&format!("/record-lists/{}", list["id"].as_str().unwrap()));
    let stored = read.send().await.assert_status(200).json();
    assert_eq!((&stored["records_count"], &stored["teams"]), (&json!(0), &json!([])));
    if has_additions() {
        assert_eq!(stored, list);
    }
}

#[apply(database_test)]
async fn faults_are_named(app: TestApp) {
    for (body, fields) in [
        (json!({}), vec!["name"]),
        (json!({"name": ""}), vec!["name"]),
        (json!({"name": "x".repeat(121)}), vec!["name"]),
        (json!({"name": "a\u{0}"}), vec!["name"]),
        (
            json!({"name": 7, "unique_identifier_type": "X"}),
            vec!["name", "unique_identifier_type"],
        ),
        (json!({"name": "a", "status": "ACCEPTED"}), vec!["status"]),
        (json!([]), vec!["$"]),
    ] {
        let answer = app.as_manager().post("/record-lists").json(&body).send().await;
        answer.assert_error(400, "VALIDATION_FAILED").assert_fields(&fields);
    }
    app.as_manager()
        .post("/record-lists")
        .send()
        .await
        .assert_error(400, "BODY_MISSING");
}

#[apply(database_test)]
async fn an_account_has_no_more_lists_than_its_limit(database: TestDatabase) {
    let app = TestApp::on(database, |settings| settings.max_lists_per_account = 2).await;
    let body = json!({"name": "a list"});
    let (acme, other) = (app.as_manager(), app.as_stranger());
    let new = |caller: &crate::support::Caller| caller.post("/record-lists").json(&body).send();
    let answers = [new(&acme).await, new(&acme).await, new(&acme).await, new(&other).await];
    let statuses: Vec<u16> = answers.iter().map(|answer| answer.status.as_u16()).collect();
    assert_eq!(statuses, [201, 201, 422, 201]);
    assert_eq!(answers[2].json()["code"], "LIMIT_EXCEEDED");
}
