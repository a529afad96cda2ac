//! What is said of a record that was not changed (docs/contract.md sections 4.5 and A.9.2).

use serde_json::{Value, json};

use super::update::{add, assert_failed, assert_totals, list_of, replace, update};
use crate::support::{TestApp, apply, database_test, entries, external_person, person};

/// An id that nobody has.
const UNKNOWN: &str = "8858c834-481d-4a02-8176-cffc02c50350";

#[apply(database_test)]
async fn a_faulty_value_fails_by_itself_with_all_codes_that_apply(app: TestApp) {
    let list = app.list().await;
    let ids = list
        .add(&[person("+14155550101"), external_person("+14155550102", "crm", "1")])
        .await;
    let long = |length: usize| "x".repeat(length);
    let cases: Vec<(Value, &[&str])> = vec![
        (json!({"phone_numbers": []}), &["PHONE_NUMBER_MISSING"]),
        (
            json!({"phone_numbers": [{"phone_type": "HOME"}]}),
            &["PHONE_NUMBER_MISSING"],
        ),
        (
            json!({"phone_numbers": [{"phone_number": "x", "phone_type": "HOME"}]}),
            &["PHONE_NUMBER_INVALID"],
        ),
        (
            json!({"phone_numbers": [{"phone_number": "x", "phone_type": "HOME"}, {"phone_type": "OFFICE"}]}),
            &["PHONE_NUMBER_INVALID", "PHONE_NUMBER_MISSING"],
        ),
        (
            json!({"phone_numbers": [{"phone_number": "+14155550109", "phone_type": "FAX"}]}),
            &["PHONE_NUMBER_INVALID"],
        ),
        (json!({"first_name": ""}), &["FIRST_NAME_MISSING"]),
        (json!({"first_name": long(81)}), &["FIRST_NAME_INVALID"]),
        (json!({"last_name": ""}), &["LAST_NAME_MISSING"]),
        (json!({"last_name": 7}), &["LAST_NAME_INVALID"]),
        (json!({"timezone": "Mars/Olympus"}), &["TIMEZONE_INVALID"]),
        (json!({"priority": 0}), &["PRIORITY_INVALID"]),
        (json!({"priority": 11}), &["PRIORITY_INVALID"]),
        (json!({"priority": "5"}), &["PRIORITY_INVALID"]),
        // The record has no other half.
        (json!({"external_id": "1"}), &["EXTERNAL_REF_MISSING"]),
        (json!({"external_provider": "crm"}), &["EXTERNAL_REF_MISSING"]),
        (
            json!({"external_provider": "crm", "external_id": long(256)}),
            &["OTHER"],
        ),
        (json!({"external_url": long(2049)}), &["OTHER"]),
        (json!({"sync_external_id": 1}), &["OTHER"]),
        (json!({"extra_data": []}), &["OTHER"]),
        (json!({"extra_data": {"k": "\u{0}"}}), &["OTHER"]),
        (json!({"extra_data": {"k": long(16 * 1024)}}), &["OTHER"]),
        (json!({"colour": "red"}), &["OTHER"]),
        (json!({"id": UNKNOWN}), &["OTHER"]),
        (json!({"record_list_id": UNKNOWN}), &["OTHER"]),
        (json!({"created_at": "2026-11-24T10:00:00Z"}), &["OTHER"]),
        (json!({"_links": {}}), &["OTHER"]),
        (json!({"priority": 1, "updated_at": "2026-11-24T10:00:00Z"}), &["OTHER"]),
        (
            json!({"x": 1, "priority": 77, "timezone": "Mars/X", "last_name": "", "first_name": 1,
                "phone_numbers": [{"phone_number": "x", "phone_type": "HOME"}]}),
            &[
                "PHONE_NUMBER_INVALID",
                "FIRST_NAME_INVALID",
                "LAST_NAME_MISSING",
                "TIMEZONE_INVALID",
                "PRIORITY_INVALID",
                "OTHER",
            ],
        ),
    ];
    for (n, (value, errors)) in cases.into_iter().enumerate() {
        let before = list.record(&ids[0]).await;
        let priority = n % 10 + 1;
        let items = [
            replace(&ids[0], value.clone()),
            replace(&ids[1], json!({"priority": priority})),
        ];
        let answer = update(&list, &items).await.assert_status(200).json();
        assert_totals(&answer, 1, 1);
        assert_failed(&answer, 0, errors);
        assert_eq!(entries(&answer)[1]["priority"], priority, "{value}");
        assert_eq!(list.record(&ids[0]).await, before, "{value}");
        assert_eq!(list.record(&ids[1]).await["priority"], priority);
    }
}

#[apply(database_test)]
async fn merged_data_must_fit_as_a_whole(app: TestApp) {
    let (list, ids) = list_of(&app, 1).await;
    let with = |name: &str, length: usize| json!({"extra_data": {name: "x".repeat(length)}});
    // {"a":"","b":""}
    let half = 8 * 1024;
    let rest = 16 * 1024 - 15 - half;
    let set = [replace(&ids[0], with("a", half))];
    update(&list, &set).await.assert_status(200);
    let too_large = [add(&ids[0], with("b", rest + 1))];
    let answer = update(&list, &too_large).await.assert_status(200).json();
    assert_totals(&answer, 0, 1);
    assert_failed(&answer, 0, &["OTHER"]);
    let fits = [add(&ids[0], with("b", rest))];
    assert_totals(&update(&list, &fits).await.assert_status(200).json(), 1, 0);
}

#[apply(database_test)]
async fn what_is_no_record_of_the_list_fails_by_itself(app: TestApp) {
    let (list, ids) = list_of(&app, 2).await;
    let (other, of_other) = list_of(&app, 1).await;
    list.delete_ids(&[&ids[1]]).await.assert_deleted(1, 0, 1);
    let value = json!({"priority": 9});
    let unknown = [
        UNKNOWN,
        &ids[1],
        &of_other[0],
        &ids[0].replace('-', ""),
        "x",
        "+14155550000",
    ];
    let mut items: Vec<Value> = unknown.iter().map(|id| replace(id, value.clone())).collect();
    items.push(add(&ids[0].to_uppercase(), value));
    let answer = update(&list, &items).await.assert_status(200).json();
    assert_totals(&answer, 1, unknown.len());
    for (n, id) in unknown.iter().enumerate() {
        assert_failed(&answer, n, &["OTHER"]);
        // As it was sent.
        assert_eq!(entries(&answer)[n]["id"], *id);
    }
    assert_eq!(entries(&answer)[unknown.len()]["id"], ids[0]);
    assert_eq!(list.record(&ids[0]).await["priority"], 9);
    assert_eq!(other.record(&of_other[0]).await["priority"], 5);
    // Also when there is no other.
    let answer = update(&list, &items[..1]).await.assert_status(200).json();
    assert_totals(&answer, 0, 1);
}

#[apply(database_test)]
async fn records_stay_unique(app: TestApp) {
    let number = |number: &str| json!({"phone_numbers": [{"phone_number": number, "phone_type": "MOBILE"}]});
    let list = app.list_identified_by("PHONE_NUMBER").await;
    let ids = list
        .add(&["+14155550101", "+14155550102", "+14155550103"].map(person))
        .await;
    let not_unique = &["PHONE_NUMBER_NOT_UNIQUE"];
    let items = [
        replace(&ids[0], number("+1 (415) 555-0102")),
        // Its own is in nobody's way, and what one gives up the next may take.
        replace(&ids[0], number("+14155550101")),
        replace(&ids[1], number("+14155550109")),
        replace(&ids[0], number("+14155550102")),
        replace(&ids[2], number("+14155550102")),
        // Duplicates are looked for when all else is right.
        replace(
            &ids[2],
            json!({"priority": 0, "phone_numbers": number("+14155550109")["phone_numbers"]}),
        ),
        replace(&ids[2], number("+14155550101")),
    ];
    let answer = update(&list, &items).await.assert_status(200).json();
    assert_totals(&answer, 4, 3);
    assert_failed(&answer, 0, not_unique);
    assert_failed(&answer, 4, not_unique);
    assert_failed(&answer, 5, &["PRIORITY_INVALID"]);
    for (id, number) in [(&ids[0], "5550102"), (&ids[1], "5550109"), (&ids[2], "5550101")] {
        assert_eq!(
            list.found(&format!("phone_number=%2B1415{number}")).await,
            [id.as_str()]
        );
    }
    assert!(list.found("phone_number=%2B14155550103").await.is_empty());

    let list = app.list_identified_by("EXTERNAL").await;
    let people = ["1", "2"].map(|id| external_person("+14155550101", "crm", id));
    let ids = list.add(&people).await;
    let reference = |id: &str| json!({"external_id": id});
    let items = [
        replace(&ids[0], reference("2")),
        replace(&ids[0], reference("1")),
        replace(&ids[1], reference("3")),
        replace(&ids[0], json!({"external_provider": "crm", "external_id": "2"})),
    ];
    let answer = update(&list, &items).await.assert_status(200).json();
    assert_totals(&answer, 3, 1);
    assert_failed(&answer, 0, &["OTHER"]);
    for (id, reference) in ids.iter().zip(["2", "3"]) {
        assert_eq!(list.record(id).await["external_id"], reference);
    }
}
