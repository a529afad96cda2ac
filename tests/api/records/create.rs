//! Creating one record (docs/contract.md sections 2, 3.3 and 4.1).

use serde_json::{Value, json};

use crate::{
    idempotency::assert_replay,
    support::{
        TestApp, TestDatabase, TestList, TestResponse, apply, ask, data_in, database_test, external_person, person,
    },
};

const NUMBER: &str = "+14155550132";

async fn create(list: &TestList, record: &Value) -> TestResponse {
    list.creation(record).send().await
}

/// A good record with another value of a member.
fn with(name: &str, value: impl Into<Value>) -> Value {
    let mut record = person(NUMBER);
    record[name] = value.into();
    record
}

/// A good record with these numbers.
fn with_numbers(numbers: Value) -> Value {
    with("phone_numbers", numbers)
}

fn without(name: &str) -> Value {
    let mut record = person(NUMBER);
    record.as_object_mut().expect("an object").remove(name);
    record
}

#[apply(database_test)]
async fn a_record_is_answered_as_it_is_stored_with_its_location(app: TestApp) {
    let list = app.list().await;
    let full = json!({
        "first_name": "Ada\nMaria", "last_name": "Zoë 😀",
        "phone_numbers": [
            {"phone_number": "+44 20 7946 0958", "phone_type": "OFFICE"},
            {"phone_number": NUMBER, "phone_type": "HOME"},
        ],
        "timezone": "america/new_york", "priority": 10,
        "extra_data": {"k": [1, 2.5, null, {"x": true}]},
        "external_provider": "salesforce", "external_id": "003DL0000212DetYAE",
        "external_url": "https://crm.example.com/003", "sync_external_id": true,
    });
    let answer = create(&list, &full).await.assert_status(201);
    let record = answer.json();
    let id = record["id"].as_str().expect("an id");
    let href = format!("http://{}{}", app.address, list.at(id));
    assert_eq!(answer.header("location"), href);
    assert_eq!(record["_links"]["self"]["href"], href);
    assert_eq!(list.record(id).await, record);
    assert_eq!(list.records().await, std::slice::from_ref(&record));

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
        assert_eq!(record[name], full[name], "{name}");
    }
    assert_eq!(record["record_list_id"], list.id);
    assert_eq!(record["timezone"], "America/New_York");
    assert_eq!(record["phone_number"], "+442079460958");
    let numbers = json!([
        {"phone_number": "+442079460958", "phone_type": "OFFICE"},
        {"phone_number": NUMBER, "phone_type": "HOME"},
    ]);
    assert_eq!(record["phone_numbers"], numbers);
    assert_eq!(record["created_at"], record["updated_at"]);
    assert_eq!(record.get("errors"), None);
}

#[apply(database_test)]
async fn a_record_without_a_priority_is_a_hot_lead(app: TestApp) {
    let list = app.list().await;
    for (record, expected) in [
        (person(NUMBER), 11),
        (with("priority", Value::Null), 11),
        (with("priority", 1), 1),
        (with("priority", 5), 5),
        (with("priority", 10), 10),
    ] {
        let record = list.create_record(&record).await;
        assert_eq!(record["priority"], expected);
    }
    // Many at once are none.
    let ids = list.add(&[person(NUMBER)]).await;
    assert_eq!(list.record(&ids[0]).await["priority"], 5);
}

#[apply(database_test)]
async fn either_phone_member_is_enough(app: TestApp) {
    let list = app.list().await;
    let mut alone = without("phone_numbers");
    alone["phone_number"] = "+1 (415) 555-0132".into();
    let mut beside = with("phone_number", "+14155550134");
    beside["phone_numbers"][0]["phone_type"] = "HOME".into();
    let mut null = alone.clone();
    null["phone_numbers"] = Value::Null;
    for (sent, phone_type) in [(alone, "MOBILE"), (null, "MOBILE"), (beside, "HOME")] {
        let record = list.create_record(&sent).await;
        let expected = json!([{"phone_number": NUMBER, "phone_type": phone_type}]);
        assert_eq!(record["phone_numbers"], expected, "{sent}");
        assert_eq!(record["phone_number"], NUMBER, "{sent}");
    }
    assert_eq!(list.found("phone_number=%2B14155550134").await.len(), 0);
}

#[apply(database_test)]
async fn absent_and_null_members_have_their_defaults(app: TestApp) {
    let list = app.list().await;
    let mut nulls = person(NUMBER);
    let optional = [
        "timezone",
        "extra_data",
        "external_provider",
        "external_id",
        "external_url",
        "sync_external_id",
    ];
    for name in optional {
        nulls[name] = Value::Null;
    }
    for sent in [person(NUMBER), nulls] {
        let record = list.create_record(&sent).await;
        assert_eq!(
            (&record["extra_data"], &record["sync_external_id"]),
            (&json!({}), &json!(false))
        );
        for name in ["timezone", "external_provider", "external_id", "external_url"] {
            assert_eq!(record.get(name), None, "{name}");
        }
    }
}

#[apply(database_test)]
async fn records_stand_in_the_order_of_their_creation(app: TestApp) {
    let list = app.list().await;
    let mut ids = list.add(&[person("+14155550101"), person("+14155550102")]).await;
    for n in 3..6 {
        let record = list.create_record(&person(&format!("+1415555010{n}"))).await;
        ids.push(record["id"].as_str().expect("an id").to_owned());
    }
    ids.extend(list.add(&[person("+14155550106")]).await);
    assert_eq!(list.ids().await, ids);
}

#[apply(database_test)]
async fn extra_data_comes_back_as_it_was_sent(app: TestApp) {
    let list = app.list().await;
    let sent = r#"{"n":1234567890123456789012345678901234567890,"m":1e999,"x":1.50E+02,"z":[1.0],"a":-0}"#;
    let body = format!(r#"{{"first_name":"a","last_name":"b","phone_number":"{NUMBER}","extra_data":{sent}}}"#);
    let created = ask(&app, &list, "POST", "/records", &body).await;
    assert_eq!(data_in(&created), [sent]);
    assert_eq!(data_in(&ask(&app, &list, "GET", "/records", "").await), [sent]);
}

#[apply(database_test)]
async fn what_is_already_in_the_list_is_409(app: TestApp) {
    let by_phone = app.list_identified_by("PHONE_NUMBER").await;
    let two = with_numbers(json!([
        {"phone_number": "+14155550101", "phone_type": "MOBILE"},
        {"phone_number": "+14155550102", "phone_type": "HOME"},
    ]));
    by_phone.create_record(&two).await;
    let further = with_numbers(json!([
        {"phone_number": "+14155550103", "phone_type": "MOBILE"},
        {"phone_number": "+14155550101", "phone_type": "OFFICE"},
    ]));
    for record in [
        person("+14155550101"),
        person("+14155550102"),
        person("+1 (415) 555-0102"),
        further,
        json!({"first_name": "a", "last_name": "b", "phone_number": "+14155550101"}),
    ] {
        let answer = create(&by_phone, &record).await.assert_error(409, "DUPLICATE_RECORD");
        assert!(!answer.headers.contains_key("location"));
        assert_eq!(by_phone.count().await, 1, "{record}");
    }
    // A refused record left nothing behind, and a deleted one frees its numbers.
    by_phone.create_record(&person("+14155550103")).await;
    by_phone.delete_phones(&["+14155550101"]).await.assert_deleted(1, 0, 1);
    by_phone.create_record(&person("+14155550102")).await;

    let external = app.list_identified_by("EXTERNAL").await;
    external
        .create_record(&external_person(NUMBER, "salesforce", "003DL0000212DetYAE"))
        .await;
    let same = external_person("+14155550199", "salesforce", "003DL0000212DetYAE");
    create(&external, &same).await.assert_error(409, "DUPLICATE_RECORD");
    // Pairs are compared exactly, and numbers do not count there.
    for (provider, id) in [
        ("salesforce", "003DL0000212DeTYAU"),
        ("Salesforce", "003DL0000212DetYAE"),
        ("salesforce", " 003DL0000212DetYAE"),
    ] {
        external.create_record(&external_person(NUMBER, provider, id)).await;
    }
    assert_eq!(external.count().await, 4);

    let nothing = app.list().await;
    for _ in 0..2 {
        nothing.create_record(&external_person(NUMBER, "crm", "1")).await;
    }
    assert_eq!(nothing.count().await, 2);
}

#[apply(database_test)]
async fn a_list_by_external_id_wants_one(app: TestApp) {
    let list = app.list_identified_by("EXTERNAL").await;
    for (record, field) in [
        (person(NUMBER), "external_id"),
        (with("external_provider", "crm"), "external_id"),
        (with("external_id", "1"), "external_provider"),
        (external_person(NUMBER, "crm", ""), "external_id"),
    ] {
        let answer = create(&list, &record).await.assert_error(400, "VALIDATION_FAILED");
        answer.assert_names(field);
    }
    assert_eq!(list.count().await, 0);
}

#[apply(database_test)]
async fn every_fault_of_a_record_is_named(app: TestApp) {
    let list = app.list().await;
    let long = |length: usize| "x".repeat(length);
    let number = |number: Value| json!({"phone_number": number, "phone_type": "HOME"});
    let first = "phone_numbers[0].phone_number";
    for (record, mut fields) in [
        (without("phone_numbers"), vec!["phone_numbers"]),
        (with_numbers(Value::Null), vec!["phone_numbers"]),
        (with_numbers(json!([])), vec!["phone_numbers"]),
        (with_numbers(json!("+14155550132")), vec!["phone_numbers"]),
        (with_numbers(json!([7])), vec!["phone_numbers[0]"]),
        (with_numbers(json!([{"phone_type": "HOME"}])), vec![first]),
        (with_numbers(json!([number("".into())])), vec![first]),
        (with_numbers(json!([number(7.into())])), vec![first]),
        (with_numbers(json!([number("14155550132".into())])), vec![first]),
        (with_numbers(json!([number("1.5551E+10".into())])), vec![first]),
        (with_numbers(json!([number("+1415555\u{7}0132".into())])), vec![first]),
        (with_numbers(json!([number(long(65).into())])), vec![first]),
        (
            with_numbers(json!([{"phone_number": NUMBER, "phone_type": "FAX"}])),
            vec!["phone_numbers[0].phone_type"],
        ),
        (
            with_numbers(json!([{"phone_number": NUMBER}])),
            vec!["phone_numbers[0].phone_type"],
        ),
        (
            with_numbers(json!([number(NUMBER.into()), number("+14155550133".into())])),
            vec!["phone_numbers[1].phone_type"],
        ),
        (
            with_numbers(json!([{"phone_number": NUMBER, "phone_type": "HOME", "x": 1}])),
            vec!["phone_numbers[0].x"],
        ),
        (with("phone_number", "123"), vec!["phone_number"]),
        (without("first_name"), vec!["first_name"]),
        (with("first_name", Value::Null), vec!["first_name"]),
        (with("first_name", ""), vec!["first_name"]),
        (with("first_name", long(81)), vec!["first_name"]),
        (with("last_name", "A\u{0}B"), vec!["last_name"]),
        (with("last_name", 7), vec!["last_name"]),
        (with("timezone", "Mars/Olympus"), vec!["timezone"]),
        (with("timezone", "+01:00"), vec!["timezone"]),
        (with("priority", 0), vec!["priority"]),
        (with("priority", 11), vec!["priority"]),
        (with("priority", "5"), vec!["priority"]),
        (with("priority", 1.5), vec!["priority"]),
        (with("external_id", "a"), vec!["external_provider"]),
        (with("external_provider", "a"), vec!["external_id"]),
        (external_person(NUMBER, "crm", &long(256)), vec!["external_id"]),
        (external_person(NUMBER, &long(65), "1"), vec!["external_provider"]),
        (with("external_url", long(2049)), vec!["external_url"]),
        (with("sync_external_id", 1), vec!["sync_external_id"]),
        (with("extra_data", json!([])), vec!["extra_data"]),
        (with("extra_data", json!({"k": "\u{0}"})), vec!["extra_data"]),
        (with("extra_data", json!({"k": long(16 * 1024)})), vec!["extra_data"]),
        (with("colour", "red"), vec!["colour"]),
        (with("id", "8858c834-481d-4a02-8176-cffc02c50350"), vec!["id"]),
        (with("created_at", "2026-11-24T10:00:00Z"), vec!["created_at"]),
        (json!({}), vec!["first_name", "last_name", "phone_numbers"]),
        (
            json!({"x": 1, "external_id": "a", "priority": 77, "timezone": "Mars/X", "last_name": "", "first_name": 1,
                "phone_number": "x"}),
            vec![
                "external_provider",
                "first_name",
                "last_name",
                "phone_number",
                "priority",
                "timezone",
                "x",
            ],
        ),
        (json!([]), vec!["$"]),
        (json!([person(NUMBER)]), vec!["$"]),
        (
            json!({"records": [person(NUMBER)]}),
            vec!["records", "first_name", "last_name", "phone_numbers"],
        ),
        (json!(7), vec!["$"]),
    ] {
        let answer = create(&list, &record)
            .await
            .assert_error(400, "VALIDATION_FAILED")
            .json();
        let named = answer["fields"].as_array().expect("fields").iter();
        let mut named: Vec<&str> = named.filter_map(|field| field["name"].as_str()).collect();
        named.sort_unstable();
        fields.sort_unstable();
        assert_eq!(named, fields, "{record}");
    }
    assert_eq!(list.count().await, 0);
}

#[apply(database_test)]
async fn what_is_no_request_for_one_record_is_refused(app: TestApp) {
    let list = app.list().await;
    let path = list.path("/records");
    let twice = r#"{"first_name":"a","first_name":"b","last_name":"c","phone_number":"+14155550132"}"#;
    for (body, status, code) in [
        ("", 400, "BODY_MISSING"),
        ("{", 400, "BODY_MALFORMED"),
        (twice, 400, "VALIDATION_FAILED"),
        (" ".repeat(64 * 1024 + 1).as_str(), 413, "BODY_TOO_LARGE"),
    ] {
        let answer = list.caller.post(&path).body(body).send().await;
        answer.assert_error(status, code);
    }
    let asked = list.caller.post(&format!("{path}?on_duplicate=update"));
    let answer = asked.json(&person(NUMBER)).send().await;
    answer
        .assert_error(400, "QUERY_INVALID")
        .assert_fields(&["on_duplicate"]);
    let conditional = list.creation(&person(NUMBER)).header("if-match", "\"stale\"");
    conditional.send().await.assert_error(412, "PRECONDITION_FAILED");
    let foreign = create(&list.asked_by(app.as_stranger()), &person(NUMBER)).await;
    foreign.assert_error(404, "RECORD_LIST_NOT_FOUND");
    assert_eq!(list.count().await, 0);
}

#[apply(database_test)]
async fn a_full_list_takes_none(database: TestDatabase) {
    let app = TestApp::on(database, |settings| settings.max_records_per_list = 2).await;
    let list = app.list().await;
    list.create_record(&person("+14155550101")).await;
    list.add(&[person("+14155550102")]).await;
    let third = person("+14155550103");
    create(&list, &third).await.assert_error(422, "LIMIT_EXCEEDED");
    assert_eq!(list.records().await.len(), 2);
    list.delete_phones(&["+14155550101"]).await.assert_deleted(1, 0, 1);
    list.create_record(&third).await;
}

#[apply(database_test)]
async fn a_record_is_created_once_for_a_key(app: TestApp) {
    let list = app.list_identified_by("PHONE_NUMBER").await;
    let in_the_way = list.create_record(&person(NUMBER)).await;
    let once = |record: Value| list.creation(&record).header("idempotency-key", "K").send();
    // What was refused leaves the key free.
    once(without("last_name")).await.assert_status(400);
    once(person(NUMBER)).await.assert_error(409, "DUPLICATE_RECORD");
    let id = in_the_way["id"].as_str().expect("an id");
    list.delete_ids(&[id]).await.assert_deleted(1, 0, 1);
    let first = once(person(NUMBER)).await.assert_status(201);
    assert_replay(&once(person(NUMBER)).await, &first);
    let other = once(person("+14155550133")).await;
    other.assert_error(422, "IDEMPOTENCY_KEY_REUSED");
    assert_eq!(list.records().await, [first.json()]);
}
