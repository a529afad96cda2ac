//! What is said of a record that was not created (docs/contract.md sections 1.15 and A.9.2).

use serde_json::{Value, json};

use crate::support::{TestApp, apply, database_test, external_person, has_additions, person};

/// A good record with another value of a member.
fn with(name: &str, value: impl Into<Value>) -> Value {
    let mut record = person("+14155550132");
    record[name] = value.into();
    record
}

/// A good record with these numbers.
fn with_numbers(numbers: Value) -> Value {
    with("phone_numbers", numbers)
}

fn without(name: &str) -> Value {
    let mut record = person("+14155550132");
    record.as_object_mut().expect("an object").remove(name);
    record
}

/// Checks the codes of the record at this position, and the places of its faults.
#[track_caller]
fn assert_failed(answer: &Value, index: usize, errors: &[&str], places: &[&str], sent: &Value) {
    let failed = &answer["_embedded"]["records"][index];
    assert_eq!(failed["errors"], json!(errors), "{sent}");
    if !has_additions() {
        return;
    }
    let fields = failed["fields"].as_array().expect("fields");
    let mut named: Vec<&str> = fields.iter().filter_map(|field| field["name"].as_str()).collect();
    let mut places: Vec<String> = places.iter().map(|place| place_in(index, place)).collect();
    named.sort_unstable();
    places.sort_unstable();
    assert_eq!(named, places, "{sent}");
    assert_eq!(failed.get("description"), None, "{sent}");
}

/// Checks the words in which the first fault of a record is told.
#[track_caller]
fn assert_told(answer: &Value, index: usize, expected: &str) {
    if has_additions() {
        let field = &answer["_embedded"]["records"][index]["fields"][0];
        assert_eq!(field["description"], expected);
    }
}

/// The place of a member of this record.
fn place_in(index: usize, member: &str) -> String {
    match member {
        "" => format!("records[{index}]"),
        _ => format!("records[{index}].{member}"),
    }
}

#[apply(database_test)]
async fn a_faulty_record_fails_by_itself_with_all_codes_that_apply(app: TestApp) {
    let list = app.list().await;
    let long = |length: usize| "x".repeat(length);
    let number = |number: Value| json!({"phone_number": number, "phone_type": "HOME"});
    let cases: Vec<(Value, &[&str], &[&str])> = vec![
        // No number.
        (without("phone_numbers"), &["PHONE_NUMBER_MISSING"], &["phone_numbers"]),
        (with_numbers(Value::Null), &["PHONE_NUMBER_MISSING"], &["phone_numbers"]),
        (with_numbers(json!([])), &["PHONE_NUMBER_MISSING"], &["phone_numbers"]),
        (
            with_numbers(json!([{"phone_type": "HOME"}])),
            &["PHONE_NUMBER_MISSING"],
            &["phone_numbers[0].phone_number"],
        ),
        (
            with_numbers(json!([number(Value::Null)])),
            &["PHONE_NUMBER_MISSING"],
            &["phone_numbers[0].phone_number"],
        ),
        (
            with_numbers(json!([number("".into())])),
            &["PHONE_NUMBER_MISSING"],
            &["phone_numbers[0].phone_number"],
        ),
        (
            with_numbers(json!([null])),
            &["PHONE_NUMBER_MISSING"],
            &["phone_numbers[0]"],
        ),
        (
            json!({"first_name": "a", "last_name": "b", "phone_number": ""}),
            &["PHONE_NUMBER_MISSING"],
            &["phone_number"],
        ),
        // An empty member beside a good one.
        (with("phone_number", ""), &["PHONE_NUMBER_INVALID"], &["phone_number"]),
        (
            json!({"first_name": "a", "last_name": "b", "phone_number": "+14155550132", "phone_numbers": []}),
            &["PHONE_NUMBER_MISSING"],
            &["phone_numbers"],
        ),
        // A number, but no good one.
        (
            with_numbers(json!([7])),
            &["PHONE_NUMBER_INVALID"],
            &["phone_numbers[0]"],
        ),
        (
            with_numbers(json!("+14155550132")),
            &["PHONE_NUMBER_INVALID"],
            &["phone_numbers"],
        ),
        (
            with_numbers(json!([number("14155550132".into())])),
            &["PHONE_NUMBER_INVALID"],
            &["phone_numbers[0].phone_number"],
        ),
        (
            with_numbers(json!([number("+14155550132.00".into())])),
            &["PHONE_NUMBER_INVALID"],
            &["phone_numbers[0].phone_number"],
        ),
        (
            with_numbers(json!([number(14_155_550_132_u64.into())])),
            &["PHONE_NUMBER_INVALID"],
            &["phone_numbers[0].phone_number"],
        ),
        (
            with_numbers(json!([number(format!("+1415{}", " ".repeat(60)).into())])),
            &["PHONE_NUMBER_INVALID"],
            &["phone_numbers[0].phone_number"],
        ),
        (
            with_numbers(json!([{"phone_number": "+14155550132"}])),
            &["PHONE_NUMBER_INVALID"],
            &["phone_numbers[0].phone_type"],
        ),
        (
            with_numbers(json!([{"phone_number": "+14155550132", "phone_type": "FAX"}])),
            &["PHONE_NUMBER_INVALID"],
            &["phone_numbers[0].phone_type"],
        ),
        (
            with_numbers(json!([number("+14155550132".into()), number("+14155550133".into())])),
            &["PHONE_NUMBER_INVALID"],
            &["phone_numbers[1].phone_type"],
        ),
        (
            with("phone_number", "123"),
            &["PHONE_NUMBER_INVALID"],
            &["phone_number"],
        ),
        (
            with_numbers(json!([number("x".into()), {"phone_type": "OFFICE"}])),
            &["PHONE_NUMBER_INVALID", "PHONE_NUMBER_MISSING"],
            &["phone_numbers[0].phone_number", "phone_numbers[1].phone_number"],
        ),
        // Names.
        (without("first_name"), &["FIRST_NAME_MISSING"], &["first_name"]),
        (with("first_name", ""), &["FIRST_NAME_MISSING"], &["first_name"]),
        (
            with("first_name", Value::Null),
            &["FIRST_NAME_MISSING"],
            &["first_name"],
        ),
        (with("first_name", 7), &["FIRST_NAME_INVALID"], &["first_name"]),
        (with("first_name", long(81)), &["FIRST_NAME_INVALID"], &["first_name"]),
        (without("last_name"), &["LAST_NAME_MISSING"], &["last_name"]),
        (with("last_name", ""), &["LAST_NAME_MISSING"], &["last_name"]),
        (with("last_name", "A\u{0}B"), &["LAST_NAME_INVALID"], &["last_name"]),
        (with("last_name", json!([])), &["LAST_NAME_INVALID"], &["last_name"]),
        // Time zone and priority.
        (with("timezone", "Mars/Olympus"), &["TIMEZONE_INVALID"], &["timezone"]),
        (with("timezone", ""), &["TIMEZONE_INVALID"], &["timezone"]),
        (with("timezone", "+01:00"), &["TIMEZONE_INVALID"], &["timezone"]),
        (with("timezone", 1), &["TIMEZONE_INVALID"], &["timezone"]),
        (with("priority", 0), &["PRIORITY_INVALID"], &["priority"]),
        (with("priority", 11), &["PRIORITY_INVALID"], &["priority"]),
        (with("priority", "5"), &["PRIORITY_INVALID"], &["priority"]),
        (with("priority", 1.5), &["PRIORITY_INVALID"], &["priority"]),
        (with("priority", 1e99), &["PRIORITY_INVALID"], &["priority"]),
        // External references.
        (
            with("external_id", "a"),
            &["EXTERNAL_REF_MISSING"],
            &["external_provider"],
        ),
        (
            with("external_provider", "a"),
            &["EXTERNAL_REF_MISSING"],
            &["external_id"],
        ),
        (
            external_person("+14155550132", "crm", ""),
            &["EXTERNAL_REF_MISSING"],
            &["external_id"],
        ),
        (
            external_person("+14155550132", "", "1"),
            &["EXTERNAL_REF_MISSING"],
            &["external_provider"],
        ),
        (
            external_person("+14155550132", "crm", &long(256)),
            &["OTHER"],
            &["external_id"],
        ),
        (
            external_person("+14155550132", &long(65), "1"),
            &["OTHER"],
            &["external_provider"],
        ),
        // Everything else.
        (json!(7), &["OTHER"], &[""]),
        (Value::Null, &["OTHER"], &[""]),
        (json!([]), &["OTHER"], &[""]),
        (with("extra_data", json!([])), &["OTHER"], &["extra_data"]),
        (with("extra_data", json!({"k": "\u{0}"})), &["OTHER"], &["extra_data"]),
        (with("extra_data", json!({"\u{0}": 1})), &["OTHER"], &["extra_data"]),
        (
            with("extra_data", json!({"k": long(16 * 1024)})),
            &["OTHER"],
            &["extra_data"],
        ),
        (with("sync_external_id", 1), &["OTHER"], &["sync_external_id"]),
        (with("external_url", long(2049)), &["OTHER"], &["external_url"]),
        (with("colour", "red"), &["OTHER"], &["colour"]),
        (
            with_numbers(json!([{"phone_number": "+14155550132", "phone_type": "HOME", "x": 1}])),
            &["OTHER"],
            &["phone_numbers[0].x"],
        ),
        // Several at once, in the order in which the vendor lists them.
        (
            json!({}),
            &["PHONE_NUMBER_MISSING", "FIRST_NAME_MISSING", "LAST_NAME_MISSING"],
            &["first_name", "last_name", "phone_numbers"],
        ),
        (
            json!({"x": 1, "external_id": "a", "priority": 77, "timezone": "Mars/X", "last_name": "", "first_name": 1,
                "phone_number": "x"}),
            &[
                "PHONE_NUMBER_INVALID",
                "FIRST_NAME_INVALID",
                "LAST_NAME_MISSING",
                "TIMEZONE_INVALID",
                "PRIORITY_INVALID",
                "EXTERNAL_REF_MISSING",
                "OTHER",
            ],
            &[
                "x",
                "external_provider",
                "priority",
                "timezone",
                "last_name",
                "first_name",
                "phone_number",
            ],
        ),
    ];
    let mut good = 0;
    for (record, errors, places) in cases {
        let records = [person("+14155550199"), record.clone()];
        let answer = list.try_add(&records).await.assert_status(201).json();
        good += 1;
        let totals = [&answer["total_created"], &answer["total_errors"]];
        assert_eq!(totals, [&json!(1), &json!(1)], "{record}");
        assert_eq!(answer["_embedded"]["records"][0]["phone_number"], "+14155550199");
        assert_failed(&answer, 1, errors, places, &record);
    }
    let seven = with_numbers(vec![number("+14155550132".into()); 7].into());
    let answer = list.try_add(&[seven]).await.assert_status(201).json();
    assert_eq!(
        answer["_embedded"]["records"][0]["errors"],
        json!(["PHONE_NUMBER_INVALID"])
    );
    assert_eq!(list.count().await, good);
}

/// A member that is repeated is invalid, since nothing says which of the two counts.
#[apply(database_test)]
async fn a_repeated_member_is_invalid(app: TestApp) {
    let list = app.list().await;
    let body = r#"{"records":[{"first_name":"a","first_name":"b","last_name":"c","phone_number":"+14155550132",
        "extra_data":{},"extra_data":{}}]}"#;
    let request = list.caller.post(&list.path("/records/bulks")).body(body);
    let answer = request.send().await.assert_status(201).json();
    assert_failed(
        &answer,
        0,
        &["FIRST_NAME_INVALID", "OTHER"],
        &["first_name", "extra_data"],
        &json!(body),
    );
}

/// A number is read as it is written: what is almost whole is not.
#[apply(database_test)]
async fn a_priority_is_exact(app: TestApp) {
    let list = app.list().await;
    let create = |priority: &str| {
        let record = r#""first_name":"a","last_name":"b","phone_number":"+14155550101""#;
        let body = format!(r#"{{"records":[{{{record},"priority":{priority}}}]}}"#);
        list.caller.post(&list.path("/records/bulks")).body(body).send()
    };
    for (priority, expected) in [("5.0", 5), ("1e1", 10), ("0.1E1", 1), ("70e-1", 7)] {
        let answer = create(priority).await.assert_status(201).json();
        assert_eq!(answer["_embedded"]["records"][0]["priority"], expected, "{priority}");
    }
    for priority in [
        "5.0000000000000000000001",
        "9.99999999999999999999999",
        "1e999",
        "1e-400",
        "0",
        "-5",
    ] {
        let answer = create(priority).await.assert_status(201).json();
        assert_failed(&answer, 0, &["PRIORITY_INVALID"], &["priority"], &json!(priority));
    }
}

/// Duplicates are looked for when all else is right, and the fault says which number it is.
#[apply(database_test)]
async fn a_duplicate_number_is_named(app: TestApp) {
    let list = app.list_identified_by("PHONE_NUMBER").await;
    list.add(&[person("+14155550101"), person("+14155550102")]).await;
    let several = json!([
        {"phone_number": "+14155550103", "phone_type": "MOBILE"},
        {"phone_number": "+1 (415) 555-0102", "phone_type": "HOME"},
        {"phone_number": "+14155550101", "phone_type": "OFFICE"},
    ]);
    let faulty = json!({"first_name": "a", "phone_number": "+14155550101"});
    let records = [
        with_numbers(several),
        json!({"first_name": "a", "last_name": "b", "phone_number": "+14155550101"}),
        faulty,
        person("+14155550104"),
        person("+1415 555 0104"),
        person("+14155550103"),
    ];
    let answer = list.try_add(&records).await.assert_status(201).json();
    assert_eq!(
        (&answer["total_created"], &answer["total_errors"]),
        (&json!(2), &json!(4))
    );
    let not_unique = &["PHONE_NUMBER_NOT_UNIQUE"];
    let places = &["phone_numbers[1].phone_number", "phone_numbers[2].phone_number"];
    assert_failed(&answer, 0, not_unique, places, &records[0]);
    assert_told(&answer, 0, "is the number of another record of the list");
    assert_failed(&answer, 1, not_unique, &["phone_number"], &records[1]);
    assert_failed(&answer, 2, &["LAST_NAME_MISSING"], &["last_name"], &records[2]);
    assert_failed(&answer, 4, not_unique, &["phone_numbers[0].phone_number"], &records[4]);
    // The first record was not created, so its number is free.
    assert_eq!(answer["_embedded"]["records"][5]["phone_number"], "+14155550103");
}

#[apply(database_test)]
async fn a_list_by_external_id_wants_one(app: TestApp) {
    let list = app.list_identified_by("EXTERNAL").await;
    list.add(&[external_person("+14155550101", "crm", "1")]).await;
    let mut nameless = without("first_name");
    nameless["external_id"] = Value::Null;
    let records = [
        external_person("+14155550102", "crm", "1"),
        person("+14155550103"),
        nameless,
        external_person("+14155550104", "crm", &"x".repeat(256)),
        json!(7),
        external_person("+14155550105", "crm", "2"),
        external_person("+14155550106", "crm", "2"),
    ];
    let answer = list.try_add(&records).await.assert_status(201).json();
    assert_eq!(
        (&answer["total_created"], &answer["total_errors"]),
        (&json!(1), &json!(6))
    );
    assert_failed(&answer, 0, &["OTHER"], &["external_id"], &records[0]);
    assert_told(&answer, 0, "is the external id of another record of the list");
    assert_failed(&answer, 1, &["EXTERNAL_REF_MISSING"], &["external_id"], &records[1]);
    let missing = "is required, because the list has the unique_identifier_type EXTERNAL";
    assert_told(&answer, 1, missing);
    let errors = &["FIRST_NAME_MISSING", "EXTERNAL_REF_MISSING"];
    assert_failed(&answer, 2, errors, &["first_name", "external_id"], &records[2]);
    assert_failed(&answer, 3, &["OTHER"], &["external_id"], &records[3]);
    assert_failed(&answer, 4, &["OTHER"], &[""], &records[4]);
    assert_failed(&answer, 6, &["OTHER"], &["external_id"], &records[6]);
}
