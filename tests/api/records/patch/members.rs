//! What a patch makes of members that have a meaning of their own, and when a record counts as changed.

use serde_json::{Value, json};

use super::{
    add,
    operations::{assert_patched, list_of_one},
    remove, replace, test,
};
use crate::support::{LONG_AGO, TestApp, age, apply, database_test, person};

#[apply(database_test)]
async fn a_member_that_is_removed_or_null_is_as_if_it_had_never_been_sent(app: TestApp) {
    for (name, value, without) in [
        ("timezone", json!("GMT"), Value::Null),
        ("external_url", json!("https://crm.example.com"), Value::Null),
        ("extra_data", json!({"a": 1}), json!({})),
        ("sync_external_id", json!(true), json!(false)),
        // A record that was created alone is a hot lead.
        ("priority", json!(3), json!(11)),
    ] {
        let (list, id) = list_of_one(&app).await;
        for operation in [remove(name), replace(name, Value::Null), add(name, Value::Null)] {
            let set = json!([add(name, value.clone())]);
            assert_patched(&list, &id, set, &[(name, value.clone())]).await;
            assert_patched(&list, &id, json!([operation]), &[(name, without.clone())]).await;
        }
    }
}

#[apply(database_test)]
async fn the_number_is_the_first_of_the_numbers(app: TestApp) {
    let number = |number: &str, phone_type: &str| json!({"phone_number": number, "phone_type": phone_type});
    let (first, second) = (number("+14155550101", "MOBILE"), number("+14155550102", "HOME"));
    for (sent, numbers) in [
        ("+14155550101", json!([first, second])),
        // One that the record has comes to the front, and none is lost.
        ("+1 (415) 555-0102", json!([second, first])),
        ("+14155550109", json!([number("+14155550109", "MOBILE"), second])),
    ] {
        for op in ["replace", "add"] {
            let (list, id) = list_of_one(&app).await;
            let operations = json!([
                test("/phone_number", "+14155550101"),
                {"op": op, "path": "phone_number", "value": sent},
            ]);
            let main = numbers[0]["phone_number"].clone();
            let changed = [("phone_numbers", numbers.clone()), ("phone_number", main)];
            assert_patched(&list, &id, operations, &changed).await;
            for (number, is_there) in [("+14155550101", sent != "+14155550109"), ("+14155550102", true)] {
                let found = list.found(&format!("phone_number=%2B{}", &number[1..])).await;
                assert_eq!(!found.is_empty(), is_there, "{sent}: {number}");
            }
        }
    }
}

#[apply(database_test)]
async fn a_record_whose_values_stay_was_not_updated(app: TestApp) {
    let (list, id) = list_of_one(&app).await;
    age(&app).await;
    let before = list.record(&id).await;
    for operations in [
        json!([test("/priority", 5)]),
        json!([replace("/priority", 5)]),
        json!([replace("/priority", 6), replace("/priority", 5)]),
        json!([replace("/first_name", before["first_name"].clone())]),
        json!([replace("/timezone", "europe/lisbon")]),
        json!([replace("/phone_numbers", before["phone_numbers"].clone())]),
        json!([replace("/phone_numbers/0/phone_number", "+1 (415) 555-0101")]),
        json!([replace("/phone_number", "+14155550101")]),
        json!([replace("/extra_data/home", "a")]),
        json!([add("/extra_data/x", 1), remove("/extra_data/x")]),
        json!([remove("/timezone"), add("/timezone", "Europe/Lisbon")]),
    ] {
        let answer = list.patch(&id, &operations).await.assert_status(200).json();
        assert_eq!(answer, before, "{operations}");
        assert_eq!(list.record(&id).await, before, "{operations}");
    }
    let other = json!([replace("/extra_data/home", "b")]);
    let answer = list.patch(&id, &other).await.assert_status(200).json();
    assert_ne!(answer["updated_at"], LONG_AGO);
}

/// A client can change a record only if nobody else has.
#[apply(database_test)]
async fn the_time_of_the_last_change_can_be_a_condition(app: TestApp) {
    let list = app.list().await;
    let id = list.add(&[person("+14155550101")]).await.swap_remove(0);
    age(&app).await;
    let change = |priority: u8| json!([test("/updated_at", LONG_AGO), replace("/priority", priority)]);
    list.patch(&id, &change(7)).await.assert_status(200);
    let answer = list.patch(&id, &change(8)).await;
    answer.assert_error(409, "PATCH_TEST_FAILED");
    assert_eq!(list.record(&id).await["priority"], 7);
}
