//! Patches of what identifies a record: it is found by the new and not by the old, and stays unique.

use serde_json::{Value, json};

use super::replace;
use crate::support::{TestApp, TestList, apply, database_test, external_person, person};

/// A record with these numbers.
fn with_numbers(numbers: &[&str]) -> Value {
    let types = ["MOBILE", "HOME", "OFFICE"];
    let numbers = numbers.iter().zip(types);
    let numbers = numbers.map(|(number, phone_type)| json!({"phone_number": number, "phone_type": phone_type}));
    let mut record = person("+14155550100");
    record["phone_numbers"] = numbers.collect();
    record
}

/// Adds a number at a place.
fn add_number(place: &str, number: &str, phone_type: &str) -> Value {
    let value = json!({"phone_number": number, "phone_type": phone_type});
    json!({"op": "add", "path": format!("/phone_numbers/{place}"), "value": value})
}

/// Checks that a number leads to these records and no others.
async fn assert_found(list: &TestList, number: &str, expected: &[&str]) {
    let digits = &number[1..];
    let found = list.found(&format!("phone_number=%2B{digits}")).await;
    assert_eq!(found, expected, "{number}");
}

#[apply(database_test)]
async fn a_record_is_found_by_its_new_numbers_alone(
    app: TestApp,
    #[values("NOTHING", "PHONE_NUMBER")] identified_by: &str,
) {
    let list = app.list_identified_by(identified_by).await;
    let ids = list
        .add(&[
            with_numbers(&["+14155550101", "+14155550102", "+14155550103"]),
            person("+14155550109"),
        ])
        .await;
    let id = ids[0].as_str();
    // Each patch, and the numbers that the record has then.
    for (operations, numbers) in [
        (
            json!([replace("/phone_numbers/0/phone_number", "+1 415 555 0111")]),
            &["+14155550111", "+14155550102", "+14155550103"][..],
        ),
        (
            json!([replace("/phone_numbers/2/phone_number", "+14155550113")]),
            &["+14155550111", "+14155550102", "+14155550113"],
        ),
        // The first is no longer the first.
        (
            json!([{"op": "remove", "path": "/phone_numbers/0"}]),
            &["+14155550102", "+14155550113"],
        ),
        (
            json!([add_number("0", "+14155550101", "MOBILE")]),
            &["+14155550101", "+14155550102", "+14155550113"],
        ),
        (
            json!([replace(
                "/phone_numbers",
                with_numbers(&["+14155550113", "+14155550101"])["phone_numbers"].clone()
            )]),
            &["+14155550113", "+14155550101"],
        ),
        (
            json!([replace(
                "/phone_numbers",
                with_numbers(&["+14155550104"])["phone_numbers"].clone()
            )]),
            &["+14155550104"],
        ),
    ] {
        let answer = list.patch(id, &operations).await.assert_status(200).json();
        let named = answer["phone_numbers"].as_array().expect("numbers");
        let named: Vec<&Value> = named.iter().map(|number| &number["phone_number"]).collect();
        assert_eq!(named, numbers, "{operations}");
        for number in [
            "+14155550101",
            "+14155550102",
            "+14155550103",
            "+14155550104",
            "+14155550111",
            "+14155550113",
        ] {
            let expected = if numbers.contains(&number) { &[id][..] } else { &[] };
            assert_found(&list, number, expected).await;
        }
        assert_found(&list, "+14155550109", &[&ids[1]]).await;
    }
    // A deletion goes by them too.
    list.delete_phones(&["+14155550101", "+14155550113"])
        .await
        .assert_deleted(0, 2, 0);
    list.delete_phones(&["+14155550104"]).await.assert_deleted(1, 0, 1);
    assert_eq!(list.ids().await, ids[1..]);
}

#[apply(database_test)]
async fn a_record_is_found_by_its_new_reference_alone(
    app: TestApp,
    #[values("NOTHING", "EXTERNAL")] identified_by: &str,
) {
    let list = app.list_identified_by(identified_by).await;
    let people = ["1", "9"].map(|id| external_person("+14155550101", "crm", id));
    let ids = list.add(&people).await;
    let pairs = [("crm", "1"), ("crm", "2"), ("salesforce", "2"), ("Salesforce", "2")];
    for (operations, pair) in [
        (json!([replace("/external_id", "2")]), ("crm", "2")),
        (json!([replace("external_provider", "salesforce")]), ("salesforce", "2")),
        (
            json!([replace("/external_id", "1"), replace("/external_provider", "crm")]),
            ("crm", "1"),
        ),
        (
            json!([
                replace("/external_provider", "Salesforce"),
                replace("/external_id", "2")
            ]),
            ("Salesforce", "2"),
        ),
    ] {
        list.patch(&ids[0], &operations).await.assert_status(200);
        for (provider, id) in pairs {
            let filter = format!("external_provider={provider}&external_id={id}");
            let expected = if (provider, id) == pair { &ids[..1] } else { &[] };
            assert_eq!(list.found(&filter).await, expected, "{operations}");
        }
    }
    list.delete_external(&[("crm", "1"), ("crm", "2")])
        .await
        .assert_deleted(0, 2, 0);
    list.delete_external(&[("Salesforce", "2")])
        .await
        .assert_deleted(1, 0, 1);
    assert_eq!(list.ids().await, ids[1..]);
}

#[apply(database_test)]
async fn a_record_that_loses_its_reference_is_found_by_none(app: TestApp) {
    let list = app.list().await;
    let ids = list.add(&[external_person("+14155550101", "crm", "1")]).await;
    let operations = json!([{"op": "remove", "path": "external_id"}, {"op": "remove", "path": "external_provider"}]);
    let answer = list.patch(&ids[0], &operations).await.assert_status(200).json();
    assert_eq!(
        (answer.get("external_id"), answer.get("external_provider")),
        (None, None)
    );
    assert!(list.found("external_provider=crm&external_id=1").await.is_empty());
    list.delete_external(&[("crm", "1")]).await.assert_deleted(0, 1, 0);
    assert_eq!(list.ids().await, ids);
}

#[apply(database_test)]
async fn a_number_of_another_record_is_409(app: TestApp) {
    let list = app.list_identified_by("PHONE_NUMBER").await;
    let ids = list
        .add(&[
            with_numbers(&["+14155550101", "+14155550102"]),
            with_numbers(&["+14155550103", "+14155550104"]),
        ])
        .await;
    let before = list.record(&ids[1]).await;
    for operations in [
        json!([replace("/phone_numbers/0/phone_number", "+14155550101")]),
        json!([replace("/phone_numbers/0/phone_number", "+14155550102")]),
        json!([replace("/phone_numbers/1/phone_number", "+14155550101")]),
        json!([replace("/phone_numbers/1/phone_number", "+1 (415) 555-0102")]),
        json!([add_number("-", "+14155550102", "OFFICE")]),
        json!([
            replace("/priority", 9),
            replace("/phone_numbers/0/phone_number", "+14155550101")
        ]),
    ] {
        let answer = list.patch(&ids[1], &operations).await;
        answer.assert_error(409, "DUPLICATE_RECORD");
        assert_eq!(list.record(&ids[1]).await, before, "{operations}");
        assert_found(&list, "+14155550101", &[&ids[0]]).await;
        assert_found(&list, "+14155550103", &[&ids[1]]).await;
    }
    // Its own numbers are in nobody's way.
    let swapped = with_numbers(&["+14155550104", "+14155550103"])["phone_numbers"].clone();
    for operations in [
        json!([replace("/phone_numbers/0/phone_number", "+14155550103")]),
        json!([replace("/phone_numbers", swapped)]),
        json!([{"op": "remove", "path": "/phone_numbers/0"}]),
    ] {
        list.patch(&ids[1], &operations).await.assert_status(200);
    }
    // What it gave up is free.
    list.create_record(&person("+14155550104")).await;
    let answer = list.creation(&person("+14155550103")).send().await;
    answer.assert_error(409, "DUPLICATE_RECORD");
    assert_eq!(list.count().await, 3);
}

#[apply(database_test)]
async fn a_reference_of_another_record_is_409(app: TestApp) {
    let list = app.list_identified_by("EXTERNAL").await;
    let ids = list
        .add(&[
            external_person("+14155550101", "crm", "1"),
            external_person("+14155550102", "crm", "2"),
            external_person("+14155550103", "hubspot", "1"),
        ])
        .await;
    for (id, operations) in [
        (&ids[1], json!([replace("/external_id", "1")])),
        (&ids[2], json!([replace("/external_provider", "crm")])),
        (
            &ids[2],
            json!([replace("/priority", 9), replace("/external_provider", "crm")]),
        ),
    ] {
        let before = list.record(id).await;
        let answer = list.patch(id, &operations).await;
        answer.assert_error(409, "DUPLICATE_RECORD");
        assert_eq!(list.record(id).await, before, "{operations}");
    }
    // Its own is not in its way, numbers do not count, and what it gave up is free.
    for (id, operations) in [
        (
            &ids[0],
            json!([replace("/external_id", "1"), replace("/external_provider", "crm")]),
        ),
        (
            &ids[1],
            json!([replace("/phone_numbers/0/phone_number", "+14155550101")]),
        ),
        (&ids[0], json!([replace("/external_id", "3")])),
        (&ids[1], json!([replace("/external_id", "1")])),
    ] {
        list.patch(id, &operations).await.assert_status(200);
    }
}

#[apply(database_test)]
async fn a_list_that_takes_duplicates_takes_them_by_a_patch_too(app: TestApp) {
    let list = app.list().await;
    let people = [
        external_person("+14155550101", "crm", "1"),
        external_person("+14155550102", "crm", "2"),
    ];
    let ids = list.add(&people).await;
    let operations = json!([
        replace("/external_id", "1"),
        replace("/phone_numbers/0/phone_number", "+14155550101")
    ]);
    list.patch(&ids[1], &operations).await.assert_status(200);
    assert_found(&list, "+14155550101", &[&ids[0], &ids[1]]).await;
    list.delete_external(&[("crm", "1")]).await.assert_deleted(1, 0, 2);
}
