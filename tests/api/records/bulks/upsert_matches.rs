//! Which record an upsert finds, and how the answer counts it (docs/contract.md section A.9.2).

use serde_json::{Value, json};

use crate::support::{
    LONG_AGO, TestApp, TestList, TestResponse, age, apply, database_test, entries, external_person, has_additions,
    person,
};

async fn add(list: &TestList, on_duplicate: &str, records: &[Value]) -> TestResponse {
    let path = list.path(&format!("/records/bulks?on_duplicate={on_duplicate}"));
    let request = list.caller.post(&path).json(&json!({"records": records}));
    request.send().await
}

/// A record with these numbers.
fn with_numbers(numbers: &[&str]) -> Value {
    let numbers = numbers.iter().zip(["MOBILE", "HOME", "OFFICE"]);
    let numbers = numbers.map(|(number, phone_type)| json!({"phone_number": number, "phone_type": phone_type}));
    let mut record = person("+14155550100");
    record["phone_numbers"] = numbers.collect();
    record
}

/// An item of a change by the external reference.
fn by_reference(value: Value) -> Value {
    json!({"op": "replace", "path": "/external-records", "value": value})
}

#[apply(database_test)]
async fn a_record_is_found_by_any_of_its_numbers(app: TestApp) {
    let list = app.list_identified_by("PHONE_NUMBER").await;
    let ids = list
        .add(&[with_numbers(&["+14155550101", "+14155550102"]), person("+14155550103")])
        .await;
    for (sent, found, gone) in [
        // A further number of the record, and a further one of what is sent.
        (&["+14155550102"][..], "2B14155550102", "2B14155550101"),
        (&["+14155550104", "+14155550102"], "2B14155550104", "2B14155550101"),
        (&["+14155550101", "+1 415 555 0104"], "2B14155550101", "2B14155550102"),
    ] {
        let answer = add(&list, "update", &[with_numbers(sent)])
            .await
            .assert_status(201)
            .json();
        assert_eq!(answer["total_errors"], 0, "{answer}");
        assert_eq!(entries(&answer)[0]["id"], ids[0]);
        assert_eq!(list.ids().await, ids);
        assert_eq!(list.found(&format!("phone_number=%{found}")).await, ids[..1]);
        assert!(
            list.found(&format!("phone_number=%{gone}")).await.is_empty(),
            "{sent:?}"
        );
    }
}

#[apply(database_test)]
async fn numbers_of_several_records_are_of_none(app: TestApp, #[values("skip", "update")] on_duplicate: &str) {
    let list = app.list_identified_by("PHONE_NUMBER").await;
    list.add(&[person("+14155550101"), person("+14155550102")]).await;
    let before = list.records().await;
    let records = [with_numbers(&["+14155550109", "+14155550102", "+14155550101"])];
    let answer = add(&list, on_duplicate, &records).await.assert_status(201).json();
    assert_eq!(entries(&answer)[0]["errors"], json!(["PHONE_NUMBER_NOT_UNIQUE"]));
    assert_eq!(list.records().await, before);
}

#[apply(database_test)]
async fn a_list_that_identifies_nobody_is_named_by_the_wish(app: TestApp) {
    let list = app.list().await;
    for on_duplicate in ["skip", "update"] {
        let answer = add(&list, on_duplicate, &[person("+14155550101")]).await;
        answer
            .assert_error(400, "QUERY_INVALID")
            .assert_fields(&["on_duplicate"]);
    }
}

/// It counts as updated, and its dates say that it is as it was.
#[apply(database_test)]
async fn what_is_null_or_the_same_changes_nothing(app: TestApp) {
    let list = app.list_identified_by("EXTERNAL").await;
    let mut full = external_person("+14155550101", "crm", "1");
    full["timezone"] = "Europe/Lisbon".into();
    full["extra_data"] = json!({"a": 1});
    list.add(&[full.clone()]).await;
    age(&app).await;
    let before = list.records().await;
    let mut nulls = full.clone();
    for name in ["timezone", "extra_data", "priority", "external_url", "sync_external_id"] {
        nulls[name] = Value::Null;
    }
    for record in [full, nulls] {
        let answer = add(&list, "update", &[record]).await.assert_status(201).json();
        if has_additions() {
            assert_eq!(entries(&answer)[0]["result"], "UPDATED");
            assert_eq!(
                (&answer["total_created"], &answer["total_updated"]),
                (&json!(0), &json!(1))
            );
        }
        assert_eq!(list.records().await, before);
        assert_eq!(before[0]["updated_at"], LONG_AGO);
    }
}

#[apply(database_test)]
async fn a_reference_of_several_records_is_of_none(app: TestApp) {
    let list = app.list().await;
    let people = ["1", "1", "2"].map(|id| external_person("+14155550101", "crm", id));
    let ids = list.add(&people).await;
    let items =
        ["1", "2"].map(|id| by_reference(json!({"external_provider": "crm", "external_id": id, "priority": 9})));
    for query in ["", "?on_missing=create"] {
        let answer = list.updating(query, &items.to_vec().into()).send().await;
        let answer = answer.assert_status(200).json();
        assert_eq!(entries(&answer)[0]["errors"], json!(["OTHER"]));
        assert_eq!(entries(&answer)[1]["id"], ids[2]);
        let priorities: Vec<Value> = list
            .records()
            .await
            .iter()
            .map(|record| record["priority"].clone())
            .collect();
        assert_eq!(priorities, [5, 5, 9]);
    }
}

#[apply(database_test)]
async fn the_created_are_counted_apart_where_records_may_be_created(app: TestApp) {
    for is_minimal in [false, true] {
        let list = app.list_identified_by("EXTERNAL").await;
        list.add(&[external_person("+14155550101", "crm", "1")]).await;
        let mut changed = external_person("+14155550101", "crm", "1");
        changed["priority"] = 9.into();
        let items = [changed, external_person("+14155550102", "crm", "2")].map(by_reference);
        for (query, expected) in [("", [1, 1, 1]), ("?on_missing=create", [1, 1, 0])] {
            // The second is missing each time.
            list.delete_external(&[("crm", "2")]).await.assert_status(200);
            let mut request = list.updating(query, &items.to_vec().into());
            if is_minimal {
                request = request.header("prefer", "return=minimal");
            }
            let answer = request.send().await.assert_status(200).json();
            if is_minimal || !has_additions() {
                let went_in = if query.is_empty() { 1 } else { 2 };
                assert_eq!(answer["total_created"], went_in, "{query}");
                continue;
            }
            let totals = ["total_created", "total_updated", "total_errors"].map(|name| answer[name].clone());
            assert_eq!(totals, expected.map(Value::from), "{query}");
        }
        // One that was created has the priority of those that come in bulk.
        let created = list.found("external_provider=crm&external_id=2").await;
        assert_eq!(list.record(&created[0]).await["priority"], 5);
    }
}
