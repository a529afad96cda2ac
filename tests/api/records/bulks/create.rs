//! Bulk creation (docs/contract.md sections 2 to 4).

use serde_json::{Value, json};

use crate::support::{
    Blocker, TestApp, TestDatabase, apply, database_test, entries, external_person, person, without_result,
};

#[apply(database_test)]
async fn a_record_is_answered_as_it_is_stored(app: TestApp) {
    let list = app.list().await;
    let full = json!({
        "first_name": "Ada\nMaria", "last_name": "Zoë 😀",
        "phone_numbers": [
            {"phone_number": "+44 20 7946 0958", "phone_type": "OFFICE"},
            {"phone_number": "+14155550132", "phone_type": "HOME"},
        ],
        "timezone": "america/new_york", "priority": 10,
        "extra_data": {"k": [1, 2.5, null, {"x": true}]},
        "external_provider": "salesforce", "external_id": "003DL0000212DetYAE",
        "external_url": "https://crm.example.com/003", "sync_external_id": true,
    });
    let plain = json!({
        "first_name": "Bob", "last_name": "Test", "phone_number": "+14155550133",
        "priority": null, "extra_data": null, "external_id": null, "external_provider": null,
    });
    let answer = list.try_add(&[full.clone(), plain]).await.assert_status(201).json();
    assert_eq!(
        (&answer["total_created"], &answer["has_errors"]),
        (&json!(2), &json!(false))
    );
    let created: Vec<Value> = entries(&answer).iter().map(without_result).collect();
    assert_eq!(list.records().await, created);

    let first = &created[0];
    for name in [
        "first_name",
        "last_name",
        "priority",
        "extra_data",
        "external_provider",
        "external_id",
        "external_url",
        "sync_external_id",
    ] {
        assert_eq!(first[name], full[name], "{name}");
    }
    assert_eq!(first["timezone"], "America/New_York");
    assert_eq!(first["phone_number"], "+442079460958");
    assert_eq!(
        first["phone_numbers"][0],
        json!({"phone_number": "+442079460958", "phone_type": "OFFICE"})
    );
    assert_eq!(first["record_list_id"], list.id.as_str());
    let href = first["_links"]["self"]["href"].as_str().unwrap();
    assert!(href.ends_with(&list.path(&format!("/records/{}", first["id"].as_str().unwrap()))));

    let second = &created[1];
    assert_eq!(
        second["phone_numbers"],
        json!([{"phone_number": "+14155550133", "phone_type": "MOBILE"}])
    );
    assert_eq!((&second["priority"], &second["extra_data"]), (&json!(5), &json!({})));
    assert!(second.get("external_id").is_none() && second.get("timezone").is_none());
}

#[apply(database_test)]
async fn records_keep_their_order(app: TestApp) {
    let list = app.list().await;
    let records: Vec<Value> = (0..250).map(|n| person(&format!("+1415555{n:04}"))).collect();
    let ids = list.add(&records).await;
    assert_eq!(list.ids().await, ids);
}

#[apply(database_test)]
async fn an_array_is_told_where_records_are_deleted(app: TestApp) {
    let list = app.list().await;
    let records = list.add(&[person("+14155550132")]).await;
    let request = list
        .caller
        .post(&list.path("/records/bulks"))
        .header("x-http-method-override", "DELETE")
        .json(&json!([{"phone_number": "+14155550132"}]));
    let answer = request
        .send()
        .await
        .assert_error(400, "VALIDATION_FAILED")
        .assert_fields(&["$"]);
    let description = answer.json()["description"].to_string();
    assert!(description.contains("/records/bulks/delete"), "{description}");
    assert_eq!(list.ids().await, records);
}

#[apply(database_test)]
async fn a_failed_record_is_recognised_by_what_was_sent(app: TestApp) {
    let list = app.list().await;
    let faulty = json!({
        "phone_numbers": [{"phone_number": "123", "phone_type": "FAX"}],
        "external_provider": "crm",
        "external_id": "x".repeat(256),
    });
    let answer = list
        .try_add(std::slice::from_ref(&faulty))
        .await
        .assert_status(201)
        .json();
    let failed = &answer["_embedded"]["records"][0];
    assert_eq!(failed["phone_number"], "123");
    assert_eq!(failed["external_provider"], "crm");
    assert_eq!(failed["external_id"], faulty["external_id"]);

    // What is far too long comes back cut: an answer, and what is kept of it, stays short.
    let long = json!({"phone_number": "é".repeat(5_000), "external_provider": "y".repeat(5_000)});
    let answer = list.try_add(&[long]).await.assert_status(201).json();
    let failed = &answer["_embedded"]["records"][0];
    assert_eq!(failed["phone_number"], "é".repeat(1_024));
    assert_eq!(failed["external_provider"], "y".repeat(1_024));

    let answer = list
        .try_add(&[json!({"phone_number": 7, "external_id": ["a"]})])
        .await
        .assert_status(201)
        .json();
    let failed = &answer["_embedded"]["records"][0];
    for name in ["phone_number", "external_provider", "external_id"] {
        assert_eq!(failed.get(name), None, "{failed}");
    }
}

#[apply(database_test)]
async fn a_phone_number_beside_others_is_ignored(app: TestApp) {
    let list = app.list().await;
    let mut record = person("+14155550132");
    record["phone_numbers"] = json!([{"phone_number": "+14155550133", "phone_type": "HOME"}]);
    record["phone_number"] = json!("+14155550134");
    list.add(&[record]).await;
    let stored = &list.records().await[0];
    assert_eq!(stored["phone_numbers"].as_array().map(Vec::len), Some(1));
    assert_eq!(stored["phone_number"], "+14155550133");
}

#[apply(database_test)]
async fn the_shape_of_the_whole_is_checked_first(app: TestApp) {
    let list = app.list().await;
    let path = list.path("/records/bulks");
    for (body, field) in [
        (json!([person("+14155550132")]), "$"),
        (json!({}), "records"),
        (json!({"records": []}), "records"),
        (json!({"records": {}}), "records"),
        (json!({"records": vec![person("+14155550132"); 101]}), "records"),
        (json!({"records": [person("+14155550132")], "x": 1}), "x"),
    ] {
        let answer = list.caller.post(&path).json(&body).send().await;
        answer.assert_error(400, "VALIDATION_FAILED").assert_fields(&[field]);
    }
    let answer = list
        .caller
        .post(&format!("{path}?dry_run=true"))
        .json(&json!({"records": [person("+12")]}));
    answer.send().await.assert_error(400, "QUERY_INVALID");
    assert_eq!(list.count().await, 0);
}

#[apply(database_test)]
async fn duplicates_fail_by_what_identifies_a_record(app: TestApp) {
    let errors = |answer: &Value| -> Vec<Value> {
        let records = answer["_embedded"]["records"].as_array().unwrap();
        records
            .iter()
            .map(|record| record.get("errors").cloned().unwrap_or(json!([])))
            .collect()
    };
    let by_phone = app.list_identified_by("PHONE_NUMBER").await;
    by_phone.add(&[person("+14155550101")]).await;
    let answer = by_phone
        .try_add(&[person("+14155550101"), person("+14155550102"), person("+14155550102")])
        .await
        .assert_status(201)
        .json();
    assert_eq!(
        errors(&answer),
        [
            json!(["PHONE_NUMBER_NOT_UNIQUE"]),
            json!([]),
            json!(["PHONE_NUMBER_NOT_UNIQUE"])
        ]
    );
    assert_eq!(answer["_embedded"]["records"][0]["phone_number"], "+14155550101");

    let external = app.list_identified_by("EXTERNAL").await;
    external.add(&[external_person("+14155550101", "a", "1")]).await;
    let answer = external
        .try_add(&[
            external_person("+14155550102", "a", "1"),
            external_person("+14155550101", "b", "1"),
            person("+14155550103"),
        ])
        .await
        .assert_status(201)
        .json();
    assert_eq!(
        errors(&answer),
        [json!(["OTHER"]), json!([]), json!(["EXTERNAL_REF_MISSING"])]
    );

    // A number that was deleted is free again.
    by_phone.delete_phones(&["+14155550101"]).await.assert_deleted(1, 0, 1);
    by_phone.add(&[person("+14155550101")]).await;
    assert_eq!((by_phone.count().await, external.count().await), (2, 2));
}

#[apply(database_test)]
async fn a_list_takes_no_more_than_its_limit(database: TestDatabase) {
    let app = TestApp::on(database, |settings| settings.max_records_per_list = 2).await;
    let list = app.list().await;
    list.add(&[person("+14155550101")]).await;
    let two = [person("+14155550102"), person("+14155550103")];
    list.try_add(&two).await.assert_error(422, "LIMIT_EXCEEDED");
    assert_eq!(list.count().await, 1);
    list.add(&two[..1]).await;
}

#[apply(database_test)]
async fn a_list_of_another_account_takes_nothing(app: TestApp) {
    let list = app.list().await;
    let foreign = list.asked_by(app.as_stranger());
    foreign
        .try_add(&[person("+14155550101")])
        .await
        .assert_error(404, "RECORD_LIST_NOT_FOUND");
    foreign
        .try_add(&[json!(7)])
        .await
        .assert_error(404, "RECORD_LIST_NOT_FOUND");
    assert_eq!(list.count().await, 0);
}

#[apply(database_test)]
async fn an_upload_request_id_is_kept_and_never_answered(app: TestApp) {
    let list = app.list().await;
    let path = list.path("/records/bulks");
    let longest = "é".repeat(36);
    for (id, number) in [("0197", "+14155550101"), (longest.as_str(), "+14155550102")] {
        let body = json!({"upload_request_id": id, "records": [person(number)]});
        let answer = list.caller.post(&path).json(&body).send().await.assert_status(201);
        assert!(!String::from_utf8_lossy(&answer.body).contains("upload_request_id"));
    }
    let null = json!({"upload_request_id": null, "records": [person("+14155550103")]});
    list.caller.post(&path).json(&null).send().await.assert_status(201);
    let mut session = Blocker::connect(&app.database).await;
    for (condition, expected) in [("= '0197'", 1), (&*format!("= '{longest}'"), 1), ("IS NULL", 1)] {
        let count = format!("SELECT count(*) FROM record WHERE upload_request_id {condition}");
        assert_eq!(session.number(&count).await, expected, "{condition}");
    }
    for wrong in [json!(""), json!("x".repeat(37)), json!(7), json!("a\u{7}")] {
        let body = json!({"upload_request_id": wrong, "records": [person("+14155550104")]});
        let answer = list.caller.post(&path).json(&body).send().await;
        answer
            .assert_error(400, "VALIDATION_FAILED")
            .assert_fields(&["upload_request_id"]);
    }
    assert_eq!(list.count().await, 3);
}
