//! Records that are changed where they are there and created where they are not (docs/contract.md section A.9.2).

use serde_json::{Value, json};

use crate::{
    idempotency::assert_replay,
    support::{
        LONG_AGO, TestApp, TestList, TestRequest, TestResponse, age, apply, database_test, entries, external_person,
        has_additions, member_names, person, without_result,
    },
};

/// A creation with a query that is not sent yet.
fn adding(list: &TestList, query: &str, records: &[Value]) -> TestRequest {
    let path = list.path(&format!("/records/bulks{query}"));
    list.caller.post(&path).json(&json!({"records": records}))
}

async fn add(list: &TestList, on_duplicate: &str, records: &[Value]) -> TestResponse {
    let query = format!("?on_duplicate={on_duplicate}");
    adding(list, &query, records).send().await
}

/// An item of a change by the external reference.
fn by_reference(op: &str, value: Value) -> Value {
    json!({"op": op, "path": "/external-records", "value": value})
}

async fn update(list: &TestList, query: &str, items: &[Value]) -> TestResponse {
    list.updating(query, &items.into()).send().await
}

/// Checks what became of each record; one that failed has none. Answers without additions say nothing of it.
#[track_caller]
fn assert_results(answer: &Value, expected: &[Option<&str>]) {
    let records = entries(answer);
    assert_eq!(records.len(), expected.len());
    for (record, expected) in records.iter().zip(expected) {
        assert_eq!(record.get("errors").is_none(), expected.is_some(), "{record}");
        if expected.is_some() {
            let expected = expected.filter(|_| has_additions()).map(Value::from);
            assert_eq!(record.get("result"), expected.as_ref(), "{record}");
        }
    }
    let errors = expected.iter().filter(|result| result.is_none()).count();
    assert_eq!(
        (&answer["total_errors"], &answer["has_errors"]),
        (&json!(errors), &json!(errors > 0))
    );
}

/// Checks the totals of created, updated and skipped records, where the answer has additions.
#[track_caller]
fn assert_totals(answer: &Value, expected: [u64; 3]) {
    if has_additions() {
        let totals = ["total_created", "total_updated", "total_skipped"];
        let totals = totals.map(|name| answer[name].as_u64().unwrap_or_default());
        assert_eq!(totals, expected, "{answer}");
    }
}

const CREATED: Option<&str> = Some("CREATED");
const UPDATED: Option<&str> = Some("UPDATED");
const SKIPPED: Option<&str> = Some("SKIPPED");
const FAILED: Option<&str> = None;

/// A record with everything, as it is before.
fn full() -> Value {
    let mut record = external_person("+14155550101", "crm", "1");
    record["timezone"] = "Europe/Lisbon".into();
    record["priority"] = 9.into();
    record["extra_data"] = json!({"home": "a", "work": "b"});
    record["external_url"] = "https://crm.example.com/1".into();
    record["sync_external_id"] = true.into();
    record
}

#[apply(database_test)]
async fn without_a_wish_duplicates_fail(app: TestApp) {
    let list = app.list_identified_by("PHONE_NUMBER").await;
    list.add(&[full()]).await;
    let before = list.records().await;
    for query in ["", "?on_duplicate=fail"] {
        let answer = adding(&list, query, &[person("+14155550101")]).send().await;
        let answer = answer.assert_status(201).json();
        assert_eq!(entries(&answer)[0]["errors"], json!(["PHONE_NUMBER_NOT_UNIQUE"]));
        assert_eq!(
            (&answer["total_created"], &answer["total_errors"]),
            (&json!(0), &json!(1))
        );
        assert_eq!(list.records().await, before, "{query}");
    }
}

#[apply(database_test)]
async fn a_duplicate_is_skipped_and_stays_as_it_was(
    app: TestApp,
    #[values("PHONE_NUMBER", "EXTERNAL")] identified_by: &str,
) {
    let list = app.list_identified_by(identified_by).await;
    let ids = list.add(&[full()]).await;
    age(&app).await;
    let before = list.records().await;
    let mut duplicate = full();
    duplicate["first_name"] = "Other".into();
    duplicate["extra_data"] = json!({"new": 1});
    let faulty = json!({"first_name": "a"});
    let records = [external_person("+14155550102", "crm", "2"), duplicate, faulty];
    let answer = add(&list, "skip", &records).await.assert_status(201).json();
    assert_results(&answer, &[CREATED, SKIPPED, FAILED]);
    assert_totals(&answer, [1, 0, 1]);
    let after = list.records().await;
    assert_eq!(after[0], before[0]);
    assert_eq!(after.len(), 2);
    assert_eq!(after[1], without_result(&entries(&answer)[0]));
    assert_eq!(after[0]["id"], ids[0]);
}

#[apply(database_test)]
async fn a_duplicate_is_changed_by_what_was_sent_and_keeps_the_rest(
    app: TestApp,
    #[values("PHONE_NUMBER", "EXTERNAL")] identified_by: &str,
) {
    let list = app.list_identified_by(identified_by).await;
    let ids = list.add(&[full(), external_person("+14155550109", "crm", "9")]).await;
    age(&app).await;
    let mut expected = list.records().await;
    let mut duplicate = external_person("+1 (415) 555-0101", "crm", "1");
    duplicate["last_name"] = "Other".into();
    duplicate["timezone"] = "america/new_york".into();
    duplicate["extra_data"] = json!({"home": "c", "new": {"a": 1}});
    let new = external_person("+14155550102", "crm", "2");
    let faulty = json!({"first_name": "a"});
    let answer = add(&list, "update", &[new, duplicate, faulty]).await;
    let answer = answer.assert_status(201).json();
    assert_results(&answer, &[CREATED, UPDATED, FAILED]);
    assert_totals(&answer, [1, 1, 0]);
    expected[0]["last_name"] = "Other".into();
    expected[0]["timezone"] = "America/New_York".into();
    expected[0]["extra_data"] = json!({"home": "c", "work": "b", "new": {"a": 1}});
    let after = list.records().await;
    assert_ne!(after[0]["updated_at"], LONG_AGO);
    expected[0]["updated_at"] = after[0]["updated_at"].clone();
    assert_eq!(after[..2], expected);
    assert_eq!(after[2]["priority"], 5);
    let answered: Vec<Value> = entries(&answer)[..2].iter().map(without_result).collect();
    assert_eq!(answered, [after[2].clone(), after[0].clone()]);
    assert_eq!(after[0]["id"], ids[0]);
}

#[apply(database_test)]
async fn it_is_found_by_what_identifies_it_and_the_other_is_set(app: TestApp) {
    let by_phone = app.list_identified_by("PHONE_NUMBER").await;
    let ids = by_phone.add(&[full()]).await;
    let records = [external_person("+14155550101", "crm", "2")];
    let answer = add(&by_phone, "update", &records).await.assert_status(201).json();
    assert_results(&answer, &[UPDATED]);
    assert!(by_phone.found("external_provider=crm&external_id=1").await.is_empty());
    assert_eq!(by_phone.found("external_provider=crm&external_id=2").await, ids);

    let external = app.list_identified_by("EXTERNAL").await;
    let ids = external.add(&[full()]).await;
    let records = [
        external_person("+14155550102", "crm", "1"),
        external_person("+14155550102", "CRM", "1"),
    ];
    let answer = add(&external, "update", &records).await.assert_status(201).json();
    assert_results(&answer, &[UPDATED, CREATED]);
    assert!(external.found("phone_number=%2B14155550101").await.is_empty());
    let found = external.found("phone_number=%2B14155550102").await;
    assert_eq!((found.len(), &found[0]), (2, &ids[0]));
}

#[apply(database_test)]
async fn a_later_record_meets_an_earlier_one_of_the_request(app: TestApp) {
    let named = |number: &str, name: &str| {
        let mut record = person(number);
        record["first_name"] = name.into();
        record["extra_data"] = json!({name: 1});
        record
    };
    let records = [
        named("+14155550101", "first"),
        named("+14155550102", "other"),
        named("+1 415 555 0101", "second"),
    ];
    for (on_duplicate, result, name, extra_data) in [
        ("fail", FAILED, "first", json!({"first": 1})),
        ("skip", SKIPPED, "first", json!({"first": 1})),
        ("update", UPDATED, "second", json!({"first": 1, "second": 1})),
    ] {
        let list = app.list_identified_by("PHONE_NUMBER").await;
        let answer = add(&list, on_duplicate, &records).await.assert_status(201).json();
        if on_duplicate == "fail" {
            assert_eq!(entries(&answer)[2]["errors"], json!(["PHONE_NUMBER_NOT_UNIQUE"]));
        } else {
            assert_results(&answer, &[CREATED, CREATED, result]);
        }
        let stored = list.records().await;
        assert_eq!(stored.len(), 2);
        assert_eq!(
            (&stored[0]["first_name"], &stored[0]["extra_data"]),
            (&json!(name), &extra_data)
        );
    }
}

#[apply(database_test)]
async fn a_list_that_identifies_nobody_cannot_do_it(app: TestApp) {
    let list = app.list().await;
    let records = [person("+14155550101")];
    for on_duplicate in ["skip", "update"] {
        add(&list, on_duplicate, &records).await.assert_status(400);
    }
    let foreign = list.asked_by(app.as_stranger());
    let answer = add(&foreign, "update", &records).await;
    answer.assert_error(404, "RECORD_LIST_NOT_FOUND");
    assert_eq!(list.count().await, 0);
    add(&list, "fail", &records).await.assert_status(201);
    assert_eq!(list.count().await, 1);
}

#[apply(database_test)]
async fn a_wish_that_is_not_known_is_400(app: TestApp) {
    let list = app.list_identified_by("EXTERNAL").await;
    let record = external_person("+14155550101", "crm", "1");
    for query in ["x", "", "Update", "create", "skip&on_duplicate=skip"] {
        let answer = add(&list, query, std::slice::from_ref(&record)).await;
        answer
            .assert_error(400, "QUERY_INVALID")
            .assert_fields(&["on_duplicate"]);
    }
    for query in ["x", "", "Create", "update", "fail&on_missing=fail"] {
        let query = format!("?on_missing={query}");
        let answer = update(&list, &query, &[by_reference("add", record.clone())]).await;
        answer.assert_error(400, "QUERY_INVALID").assert_fields(&["on_missing"]);
    }
    assert_eq!(list.count().await, 0);
}

#[apply(database_test)]
async fn a_record_is_changed_by_its_reference(app: TestApp, #[values("fail", "create")] on_missing: &str) {
    let list = app.list_identified_by("EXTERNAL").await;
    let ids = list.add(&[full(), external_person("+14155550109", "crm", "9")]).await;
    let pair = |id: &str| json!({"external_provider": "crm", "external_id": id});
    let with = |id: &str, name: &str, value: Value| {
        let mut record = pair(id);
        record[name] = value;
        record
    };
    let mut expected = list.records().await;
    let items = [
        by_reference("add", with("1", "extra_data", json!({"home": "c"}))),
        json!({"op": "replace", "path": "external-records", "value": with("9", "priority", json!(1))}),
        by_reference("replace", with("9", "extra_data", json!({"only": 1}))),
        json!({"op": "replace", "path": format!("/records/{}", ids[0]), "value": {"priority": 2}}),
        by_reference("add", with("1", "priority", json!(0))),
    ];
    let answer = update(&list, &format!("?on_missing={on_missing}"), &items).await;
    let answer = answer.assert_status(200).json();
    assert_eq!(answer["total_errors"], 1);
    assert_eq!(entries(&answer)[4]["errors"], json!(["PRIORITY_INVALID"]));
    expected[0]["extra_data"] = json!({"home": "c", "work": "b"});
    expected[0]["priority"] = 2.into();
    expected[1]["extra_data"] = json!({"only": 1});
    expected[1]["priority"] = 1.into();
    let after = list.records().await;
    for (expected, after) in expected.iter_mut().zip(&after) {
        expected["updated_at"] = after["updated_at"].clone();
    }
    assert_eq!(after, expected);
}

#[apply(database_test)]
async fn a_record_that_is_missing_fails_or_is_created(app: TestApp) {
    let list = app.list_identified_by("EXTERNAL").await;
    let ids = list.add(&[external_person("+14155550101", "crm", "1")]).await;
    let new = external_person("+14155550102", "crm", "2");
    for query in ["", "?on_missing=fail"] {
        let answer = update(&list, query, &[by_reference("add", new.clone())]).await;
        let answer = answer.assert_status(200).json();
        assert_eq!(entries(&answer)[0]["errors"], json!(["OTHER"]));
        assert_eq!(
            (&answer["total_created"], &answer["total_errors"]),
            (&json!(0), &json!(1))
        );
        assert_eq!(list.ids().await, ids);
    }
    let items = [
        by_reference("add", new),
        by_reference(
            "add",
            json!({"external_provider": "crm", "external_id": "1", "priority": 9}),
        ),
        // It takes all that a new record takes.
        by_reference(
            "replace",
            json!({"external_provider": "crm", "external_id": "3", "priority": 9}),
        ),
        // The first is there by now.
        by_reference(
            "replace",
            json!({"external_provider": "crm", "external_id": "2", "priority": 3}),
        ),
    ];
    let answer = update(&list, "?on_missing=create", &items)
        .await
        .assert_status(200)
        .json();
    assert_results(&answer, &[CREATED, UPDATED, FAILED, UPDATED]);
    let errors = json!(["PHONE_NUMBER_MISSING", "FIRST_NAME_MISSING", "LAST_NAME_MISSING"]);
    assert_eq!(entries(&answer)[2]["errors"], errors);
    let stored = list.records().await;
    let stored: Vec<_> = stored
        .iter()
        .map(|record| (&record["external_id"], &record["priority"]))
        .collect();
    assert_eq!(stored, [(&json!("1"), &json!(9)), (&json!("2"), &json!(3))]);
}

#[apply(database_test)]
async fn the_published_form_has_none_of_it(app: TestApp) {
    let list = app.list_identified_by("EXTERNAL").await;
    list.add(&[external_person("+14155550101", "crm", "1")]).await;
    let records = [
        external_person("+14155550101", "crm", "1"),
        external_person("+14155550102", "crm", "2"),
    ];
    let items = records.clone().map(|record| by_reference("add", record));
    let expected = [
        "_embedded",
        "_links",
        "has_errors",
        "record_list_id",
        "total_created",
        "total_errors",
    ];
    for request in [
        adding(&list, "?on_duplicate=skip", &records),
        adding(&list, "?on_duplicate=update", &records),
        list.updating("?on_missing=create", &items.to_vec().into()),
    ] {
        let answer = request.header("prefer", "return=minimal").send().await.json();
        assert_eq!(member_names(&answer), expected);
        for record in entries(&answer) {
            assert_eq!(record.get("result"), None);
        }
    }
    assert_eq!(list.count().await, 2);
}

#[apply(database_test)]
async fn a_key_belongs_to_its_wish(app: TestApp) {
    let list = app.list_identified_by("EXTERNAL").await;
    let records = [external_person("+14155550101", "crm", "1")];
    let once = |query: &str, key: &str| adding(&list, query, &records).header("idempotency-key", key).send();
    let first = once("?on_duplicate=update", "K").await.assert_status(201);
    assert_replay(&once("?on_duplicate=update", "K").await, &first);
    for query in ["", "?on_duplicate=fail", "?on_duplicate=skip"] {
        once(query, "K").await.assert_error(422, "IDEMPOTENCY_KEY_REUSED");
    }
    // What holds anyway is no other wish.
    let first = once("", "L").await.assert_status(201);
    assert_replay(&once("?on_duplicate=fail", "L").await, &first);

    let items = json!([by_reference("add", records[0].clone())]);
    let once = |query: &str, key: &str| list.updating(query, &items).header("idempotency-key", key).send();
    let first = once("?on_missing=create", "M").await.assert_status(200);
    assert_replay(&once("?on_missing=create", "M").await, &first);
    once("", "M").await.assert_error(422, "IDEMPOTENCY_KEY_REUSED");
    let first = once("", "N").await.assert_status(200);
    assert_replay(&once("?on_missing=fail", "N").await, &first);
    assert_eq!(list.count().await, 1);
}
