//! Changing many records at once (docs/contract.md sections 4.5 and A.9.2).

use serde_json::{Value, json};

use crate::{
    idempotency::assert_replay,
    support::{
        LONG_AGO, TestApp, TestList, TestResponse, age, apply, ask, data_in, database_test, entries, external_person,
        has_additions, member_names, person, without_result,
    },
};

/// An item that replaces.
pub fn replace(id: &str, value: Value) -> Value {
    json!({"op": "replace", "path": format!("/records/{id}"), "value": value})
}

/// An item that adds.
pub fn add(id: &str, value: Value) -> Value {
    json!({"op": "add", "path": format!("/records/{id}"), "value": value})
}

/// Changes many records.
pub async fn update(list: &TestList, items: &[Value]) -> TestResponse {
    list.updating("", &items.into()).send().await
}

/// A list that takes any records, with as many of them; their ids.
pub async fn list_of(app: &TestApp, count: usize) -> (TestList, Vec<String>) {
    let list = app.list().await;
    let people: Vec<Value> = (0..count).map(|n| person(&format!("+1415555{n:04}"))).collect();
    let ids = list.add(&people).await;
    (list, ids)
}

/// Checks the totals; how many went in is said twice, where the answer has additions.
#[track_caller]
pub fn assert_totals(answer: &Value, updated: usize, errors: usize) {
    let totals = [&answer["total_created"], &answer["total_errors"]];
    assert_eq!(totals, [&json!(updated), &json!(errors)], "{answer}");
    assert_eq!(answer["has_errors"], errors > 0);
    let expected = has_additions().then(|| json!(updated));
    assert_eq!(answer.get("total_updated"), expected.as_ref());
    assert_eq!(entries(answer).len(), updated + errors);
}

/// Checks the codes of a record that failed.
#[track_caller]
pub fn assert_failed(answer: &Value, index: usize, errors: &[&str]) {
    let failed = &entries(answer)[index];
    assert_eq!(failed["errors"], json!(errors), "{failed}");
    if !has_additions() {
        assert_eq!(failed.get("fields"), None);
        return;
    }
    let fields = failed["fields"].as_array().expect("fields");
    assert!(!fields.is_empty(), "{failed}");
    for field in fields {
        let name = field["name"].as_str().expect("a name");
        assert!(name.starts_with(&format!("[{index}]")), "{failed}");
    }
}

#[apply(database_test)]
async fn sent_members_are_set_and_the_others_are_kept(app: TestApp) {
    let list = app.list().await;
    let mut full = external_person("+14155550101", "crm", "1");
    full["timezone"] = "Europe/Lisbon".into();
    full["extra_data"] = json!({"home": "a"});
    let ids = list.add(&[full, person("+14155550102"), person("+14155550103")]).await;
    age(&app).await;
    let mut expected = list.records().await;
    let numbers = json!([
        {"phone_number": "+442079460958", "phone_type": "OFFICE"},
        {"phone_number": "+14155550101", "phone_type": "HOME"},
    ]);
    let items = [
        replace(&ids[2], json!({"priority": 1})),
        json!({"op": "add", "path": format!("records/{}", ids[0]), "value": {
            "first_name": "Zoë", "timezone": "america/new_york", "phone_numbers": numbers, "external_id": "2",
            "external_url": "https://crm.example.com/2", "sync_external_id": true,
        }}),
    ];
    let answer = update(&list, &items).await.assert_status(200).json();
    assert_totals(&answer, 2, 0);
    assert_eq!(answer["record_list_id"], list.id);
    let base = format!("http://{}{}", app.address, list.path(""));
    let links = json!({"self": {"href": format!("{base}/records")}, "record_list": {"href": base}});
    assert_eq!(answer["_links"], links);

    for (name, value) in [
        ("first_name", json!("Zoë")),
        ("timezone", json!("America/New_York")),
        ("phone_numbers", numbers),
        ("phone_number", json!("+442079460958")),
        ("external_id", json!("2")),
        ("external_url", json!("https://crm.example.com/2")),
        ("sync_external_id", json!(true)),
    ] {
        expected[0][name] = value;
    }
    expected[2]["priority"] = 1.into();
    let mut after = list.records().await;
    // In the order of the request.
    let answered: Vec<Value> = entries(&answer).iter().map(without_result).collect();
    assert_eq!(answered, [after[2].clone(), after[0].clone()]);
    assert_eq!(after[1]["updated_at"], LONG_AGO);
    for changed in [0, 2] {
        assert_ne!(after[changed]["updated_at"], LONG_AGO);
        after[changed]["updated_at"] = LONG_AGO.into();
    }
    assert_eq!(after, expected);
    // They are found by what they have now.
    assert_eq!(list.found("phone_number=%2B442079460958").await, ids[..1]);
    assert_eq!(list.found("external_provider=crm&external_id=2").await, ids[..1]);
    assert!(list.found("external_provider=crm&external_id=1").await.is_empty());
    list.delete_phones(&["+442079460958"]).await.assert_deleted(1, 0, 1);
    assert_eq!(list.ids().await, ids[1..]);
}

#[apply(database_test)]
async fn extra_data_is_merged_by_add_and_replaced_by_replace(app: TestApp) {
    let (list, ids) = list_of(&app, 1).await;
    let id = &ids[0];
    for (item, expected) in [
        (
            replace(id, json!({"extra_data": {"a": 1, "o": {"p": 1}}})),
            json!({"a": 1, "o": {"p": 1}}),
        ),
        (
            add(id, json!({"extra_data": {"b": 2}})),
            json!({"a": 1, "b": 2, "o": {"p": 1}}),
        ),
        // The keys of the data itself are merged, not what is below them.
        (
            add(id, json!({"extra_data": {"a": null, "o": {"q": 1}}})),
            json!({"a": null, "b": 2, "o": {"q": 1}}),
        ),
        (
            add(id, json!({"extra_data": {}})),
            json!({"a": null, "b": 2, "o": {"q": 1}}),
        ),
        (
            add(id, json!({"priority": 3})),
            json!({"a": null, "b": 2, "o": {"q": 1}}),
        ),
        // Data that is not sent is not replaced.
        (
            replace(id, json!({"priority": 4})),
            json!({"a": null, "b": 2, "o": {"q": 1}}),
        ),
        (replace(id, json!({"extra_data": {"c": 3}})), json!({"c": 3})),
        (replace(id, json!({"extra_data": {}})), json!({})),
    ] {
        let answer = update(&list, std::slice::from_ref(&item))
            .await
            .assert_status(200)
            .json();
        assert_totals(&answer, 1, 0);
        assert_eq!(entries(&answer)[0]["extra_data"], expected, "{item}");
        assert_eq!(list.record(id).await["extra_data"], expected, "{item}");
    }
}

#[apply(database_test)]
async fn numbers_beside_a_merged_key_are_kept_as_they_were_sent(app: TestApp) {
    let (list, ids) = list_of(&app, 1).await;
    let item = |op: &str, data: &str| {
        let path = format!("/records/{}", ids[0]);
        format!(r#"[{{"op":"{op}","path":"{path}","value":{{"extra_data":{data}}}}}]"#)
    };
    let kept = [
        r#""big":1234567890123456789012345678901234567890"#,
        r#""inf":1e999"#,
        r#""one":1.0"#,
    ];
    let first = item("replace", &format!("{{{},\"n\":1}}", kept.join(",")));
    let second = item("add", r#"{"n":2.50,"m":[1.7976931348623157e308]}"#);
    for (body, pieces) in [
        (first, &[r#""n":1"#][..]),
        (second, &[r#""n":2.50"#, r#""m":[1.7976931348623157e308]"#]),
    ] {
        let answer = ask(&app, &list, "PATCH", "/records/bulks", &body).await;
        let read = ask(&app, &list, "GET", "/records", "").await;
        assert_eq!(data_in(&answer), data_in(&read));
        for piece in kept.iter().chain(pieces) {
            assert!(read.contains(piece), "{piece} is not in {read}");
        }
    }
}

#[apply(database_test)]
async fn a_record_that_stands_twice_is_changed_twice_in_order(app: TestApp) {
    let (list, ids) = list_of(&app, 2).await;
    let items = [
        add(&ids[0], json!({"priority": 1, "extra_data": {"a": 1, "b": 1}})),
        replace(&ids[1], json!({"priority": 2})),
        add(
            &ids[0],
            json!({"priority": 3, "last_name": "Other", "extra_data": {"b": 2}}),
        ),
        add(&ids[0], json!({"priority": 77})),
    ];
    let answer = update(&list, &items).await.assert_status(200).json();
    assert_totals(&answer, 3, 1);
    assert_failed(&answer, 3, &["PRIORITY_INVALID"]);
    let answered: Vec<&Value> = entries(&answer)[..3].iter().map(|record| &record["id"]).collect();
    assert_eq!(answered, [&ids[0], &ids[1], &ids[0]]);
    let record = list.record(&ids[0]).await;
    assert_eq!(without_result(&entries(&answer)[2]), record);
    assert_eq!(
        (&record["priority"], &record["last_name"]),
        (&json!(3), &json!("Other"))
    );
    assert_eq!(record["extra_data"], json!({"a": 1, "b": 2}));
    assert_eq!(list.record(&ids[1]).await["priority"], 2);
    assert_eq!(list.ids().await, ids);
}

#[apply(database_test)]
async fn what_is_null_or_the_same_changes_nothing(app: TestApp) {
    let list = app.list().await;
    let mut full = external_person("+14155550101", "crm", "1");
    full["timezone"] = "Europe/Lisbon".into();
    full["extra_data"] = json!({"a": 1});
    let ids = list.add(&[full.clone()]).await;
    age(&app).await;
    let before = list.record(&ids[0]).await;
    let names = full.as_object().expect("an object").keys().map(String::as_str);
    let nulls: Value = names
        .chain(["priority", "external_url", "phone_number"])
        .map(|name| (name, Value::Null))
        .collect();
    let written = json!({"timezone": "europe/lisbon", "phone_number": "+1 415 555 0101", "priority": 5.0});
    for value in [json!({}), nulls, full, written, json!({"extra_data": {"a": 1}})] {
        for item in [add(&ids[0], value.clone()), replace(&ids[0], value.clone())] {
            let answer = update(&list, &[item]).await.assert_status(200).json();
            assert_totals(&answer, 1, 0);
            assert_eq!(without_result(&entries(&answer)[0]), before, "{value}");
            assert_eq!(list.record(&ids[0]).await, before, "{value}");
        }
    }
}

#[apply(database_test)]
async fn the_published_form_has_the_published_members_alone(app: TestApp) {
    let (list, ids) = list_of(&app, 1).await;
    let items = json!([
        replace(&ids[0], json!({"priority": 9})),
        replace("x", json!({"priority": 9}))
    ]);
    let once = || list.updating("", &items).header("idempotency-key", "K");
    let answer = once()
        .header("prefer", "return=minimal")
        .send()
        .await
        .assert_status(200);
    assert_eq!(answer.header("preference-applied"), "return=minimal");
    let body = answer.json();
    let expected = [
        "_embedded",
        "_links",
        "has_errors",
        "record_list_id",
        "total_created",
        "total_errors",
    ];
    assert_eq!(member_names(&body), expected);
    assert_eq!((&body["total_created"], &body["total_errors"]), (&json!(1), &json!(1)));
    let [updated, failed] = &entries(&body)[..] else {
        panic!("{body}");
    };
    assert_eq!(*updated, list.record(&ids[0]).await);
    for addition in ["fields", "description", "result"] {
        assert_eq!(failed.get(addition), None);
    }
    // A saved answer has the form that it was given in.
    assert_replay(&once().send().await, &answer);
}
