//! What each operation of a patch does.

use serde_json::{Value, json};

use super::{add, remove, replace, test};
use crate::support::{LONG_AGO, TestApp, TestList, age, apply, database_test, external_person, person};

/// A list with one record that has all members; the record's id.
pub async fn list_of_one(app: &TestApp) -> (TestList, String) {
    let list = app.list().await;
    let mut record = external_person("+14155550101", "crm", "1");
    record["phone_numbers"] = json!([
        {"phone_number": "+14155550101", "phone_type": "MOBILE"},
        {"phone_number": "+14155550102", "phone_type": "HOME"},
    ]);
    record["timezone"] = "Europe/Lisbon".into();
    record["priority"] = 5.into();
    record["extra_data"] = json!({"home": "a", "list": [1, 2]});
    record["external_url"] = "https://crm.example.com/1".into();
    record["sync_external_id"] = true.into();
    let id = list.add(&[record]).await.swap_remove(0);
    (list, id)
}

/// Sends a patch that fits; the record is answered as it is read then, and is otherwise as before.
pub async fn assert_patched(list: &TestList, id: &str, operations: Value, changed: &[(&str, Value)]) {
    let mut expected = list.record(id).await;
    let answer = list.patch(id, &operations).await.assert_status(200).json();
    let after = list.record(id).await;
    assert_eq!(answer, after, "{operations}");
    for (name, value) in changed {
        match value {
            Value::Null => drop(expected.as_object_mut().expect("an object").remove(*name)),
            value => expected[*name] = value.clone(),
        }
    }
    expected["updated_at"] = after["updated_at"].clone();
    assert_eq!(after, expected, "{operations}");
}

#[apply(database_test)]
async fn every_writable_member_is_set_and_the_others_are_kept(app: TestApp) {
    let (list, id) = list_of_one(&app).await;
    let numbers = json!([
        {"phone_number": "+442079460958", "phone_type": "OFFICE"},
        {"phone_number": "+14155550101", "phone_type": "HOME"},
    ]);
    for (name, value) in [
        ("first_name", json!("Zoë\nMaria")),
        ("last_name", json!("x".repeat(80))),
        ("timezone", json!("America/New_York")),
        ("priority", json!(1)),
        ("extra_data", json!({"only": [1]})),
        ("external_provider", json!("salesforce")),
        ("external_id", json!("003DL0000212DetYAE")),
        ("external_url", json!("https://crm.example.com/2")),
        ("sync_external_id", json!(false)),
    ] {
        assert_patched(&list, &id, json!([replace(name, value.clone())]), &[(name, value)]).await;
    }
    let with_slash = json!([replace("/phone_numbers", numbers.clone())]);
    let first = json!("+442079460958");
    let changed = [("phone_numbers", numbers), ("phone_number", first)];
    assert_patched(&list, &id, with_slash, &changed).await;
}

#[apply(database_test)]
async fn values_are_stored_as_on_creation(app: TestApp) {
    let (list, id) = list_of_one(&app).await;
    for (operations, name, value) in [
        (
            json!([replace("timezone", "america/new_york")]),
            "timezone",
            json!("America/New_York"),
        ),
        (
            json!([replace("/timezone", "asia/calcutta")]),
            "timezone",
            json!("Asia/Calcutta"),
        ),
        (json!([replace("/priority", 7.0)]), "priority", json!(7)),
    ] {
        assert_patched(&list, &id, operations, &[(name, value)]).await;
    }
    let operations = json!([replace("/phone_numbers/1/phone_number", "+1 (415) 555-0199")]);
    let numbers = json!([
        {"phone_number": "+14155550101", "phone_type": "MOBILE"},
        {"phone_number": "+14155550199", "phone_type": "HOME"},
    ]);
    assert_patched(&list, &id, operations, &[("phone_numbers", numbers)]).await;
}

#[apply(database_test)]
async fn a_path_counts_with_and_without_its_slash(app: TestApp) {
    let (list, id) = list_of_one(&app).await;
    for (n, slash) in ["/", ""].into_iter().enumerate() {
        let path = |path: &str| format!("{slash}{path}");
        let extra_data = json!({"home": n, "list": [1, 2], "vip": true});
        let operations = json!([
            replace(&path("priority"), n + 2),
            replace(&path("extra_data/home"), n),
            add(&path("extra_data/vip"), true),
            test(&path("first_name"), person("x")["first_name"].clone()),
        ]);
        let changed = [("priority", json!(n + 2)), ("extra_data", extra_data)];
        assert_patched(&list, &id, operations, &changed).await;
    }
}

#[apply(database_test)]
async fn optional_members_are_added_and_removed(app: TestApp) {
    let (list, id) = list_of_one(&app).await;
    for (name, value) in [("timezone", json!("GMT")), ("external_url", json!("https://a.example"))] {
        assert_patched(&list, &id, json!([remove(name)]), &[(name, Value::Null)]).await;
        let path = format!("/{name}");
        assert_patched(&list, &id, json!([add(&path, value.clone())]), &[(name, value)]).await;
    }
    assert_patched(&list, &id, json!([remove("/extra_data")]), &[("extra_data", json!({}))]).await;
    // The two halves of an external reference go and come together, in either order.
    let halves = ["external_provider", "external_id"];
    let gone = halves.map(|name| (name, Value::Null));
    let there = halves.map(|name| (name, json!("x")));
    for [first, second] in [halves, ["external_id", "external_provider"]] {
        assert_patched(&list, &id, json!([remove(first), remove(second)]), &gone).await;
        assert_patched(&list, &id, json!([add(first, "x"), add(second, "x")]), &there).await;
    }
}

#[apply(database_test)]
async fn numbers_are_added_moved_and_removed_by_their_place(app: TestApp) {
    let (list, id) = list_of_one(&app).await;
    let number = |number: &str, phone_type: &str| json!({"phone_number": number, "phone_type": phone_type});
    let (a, b) = (number("+14155550101", "MOBILE"), number("+14155550102", "HOME"));
    let (c, d) = (number("+14155550103", "OFFICE"), number("+14155550104", "EXTRA_1"));
    for (operations, numbers) in [
        (json!([add("/phone_numbers/-", c.clone())]), [&a, &b, &c].to_vec()),
        // In front of the one that is there.
        (json!([add("/phone_numbers/0", d.clone())]), vec![&d, &a, &b, &c]),
        (json!([remove("/phone_numbers/0")]), vec![&a, &b, &c]),
        (json!([remove("phone_numbers/1")]), vec![&a, &c]),
        (json!([add("/phone_numbers/2", b.clone())]), vec![&a, &c, &b]),
        (json!([replace("/phone_numbers/0", d.clone())]), vec![&d, &c, &b]),
        (
            json!([remove("/phone_numbers/2"), remove("/phone_numbers/1")]),
            vec![&d],
        ),
        (
            json!([
                add("/phone_numbers/0", a.clone()),
                remove("/phone_numbers/1"),
                add("/phone_numbers/-", b.clone())
            ]),
            vec![&a, &b],
        ),
    ] {
        let first = numbers[0]["phone_number"].clone();
        let changed = [("phone_numbers", json!(numbers)), ("phone_number", first)];
        assert_patched(&list, &id, operations, &changed).await;
    }
    let operations = json!([replace("/phone_numbers/0/phone_type", "EXTRA_3")]);
    let numbers = json!([number("+14155550101", "EXTRA_3"), b]);
    assert_patched(&list, &id, operations, &[("phone_numbers", numbers)]).await;
}

#[apply(database_test)]
async fn operations_see_what_those_before_them_did(app: TestApp) {
    let (list, id) = list_of_one(&app).await;
    let operations = json!([
        test("/priority", 5),
        replace("/priority", 6),
        test("/priority", 6),
        replace("/priority", 7),
        add("/extra_data", json!({"a": {}})),
        add("/extra_data/a/b", 1),
        test("/extra_data", json!({"a": {"b": 1}})),
    ]);
    let changed = [("priority", json!(7)), ("extra_data", json!({"a": {"b": 1}}))];
    assert_patched(&list, &id, operations, &changed).await;
}

#[apply(database_test)]
async fn a_test_compares_values_and_not_their_spelling(app: TestApp) {
    let (list, id) = list_of_one(&app).await;
    let extra_data = json!({"n": 1, "o": {"a": 1, "b": [1, 2]}, "t": "1", "null": null});
    list.patch(&id, &json!([replace("/extra_data", extra_data)]))
        .await
        .assert_status(200);
    let before = list.record(&id).await;
    for (path, value, is_equal) in [
        ("/priority", json!(5), true),
        ("/priority", json!(5.0), true),
        ("/priority", json!("5"), false),
        ("/priority", json!(6), false),
        ("/last_name", json!("Other"), false),
        ("/last_name", before["last_name"].clone(), true),
        ("/sync_external_id", json!(true), true),
        ("/sync_external_id", json!("true"), false),
        ("/phone_numbers/1/phone_type", json!("HOME"), true),
        ("/phone_numbers", before["phone_numbers"].clone(), true),
        ("/extra_data/n", json!(1.0), true),
        ("/extra_data/n", json!(true), false),
        ("/extra_data/t", json!(1), false),
        ("/extra_data/o", json!({"b": [1, 2.0], "a": 1}), true),
        ("/extra_data/o", json!({"b": [2, 1], "a": 1}), false),
        ("/extra_data/o", json!({"b": [1, 2]}), false),
        ("/extra_data/o/b", json!([1, 2, 3]), false),
        ("extra_data/o/b/1", json!(2), true),
        ("/extra_data", json!({}), false),
    ] {
        let answer = list.patch(&id, &json!([test(path, value.clone())])).await;
        match is_equal {
            true => assert_eq!(answer.assert_status(200).json()["id"], id, "{path} {value}"),
            false => drop(answer.assert_error(409, "PATCH_TEST_FAILED")),
        }
    }
    let mut after = list.record(&id).await;
    after["updated_at"] = before["updated_at"].clone();
    assert_eq!(after, before);
}

/// Where it may not be written, it may be compared.
#[apply(database_test)]
async fn a_member_that_is_read_only_can_be_tested(app: TestApp) {
    let (list, id) = list_of_one(&app).await;
    let updated_at = list.record(&id).await["updated_at"].clone();
    let operations = json!([
        test("/id", id.clone()),
        test("/updated_at", updated_at),
        replace("/priority", 2)
    ]);
    list.patch(&id, &operations).await.assert_status(200);
    let operations = json!([test("/id", "x"), replace("/priority", 3)]);
    let answer = list.patch(&id, &operations).await;
    answer.assert_error(409, "PATCH_TEST_FAILED");
    assert_eq!(list.record(&id).await["priority"], 2);
}

/// A hot lead stays one, although a request may not make one.
#[apply(database_test)]
async fn a_hot_lead_stays_one(app: TestApp) {
    let list = app.list().await;
    let record = list.create_record(&person("+14155550101")).await;
    let id = record["id"].as_str().expect("an id");
    let operations = json!([test("/priority", 11), replace("/last_name", "Other")]);
    assert_patched(&list, id, operations, &[("last_name", json!("Other"))]).await;
    assert_eq!(list.record(id).await["priority"], 11);
    let answer = list.patch(id, &json!([replace("/priority", 11)])).await;
    answer.assert_error(400, "VALIDATION_FAILED");
}

#[apply(database_test)]
async fn a_record_was_updated_when_it_changed_and_not_else(app: TestApp) {
    let (list, id) = list_of_one(&app).await;
    age(&app).await;
    let before = list.record(&id).await;
    assert_eq!(before["updated_at"], LONG_AGO);
    let answer = list.patch(&id, &json!([])).await.assert_status(200).json();
    assert_eq!(answer, before);
    let refused = json!([replace("/priority", 9), test("/last_name", "Other")]);
    list.patch(&id, &refused).await.assert_status(409);
    assert_eq!(list.record(&id).await, before);
    let answer = list.patch(&id, &json!([replace("/priority", 9)])).await.json();
    assert_ne!(answer["updated_at"], LONG_AGO);
    assert_eq!(answer["created_at"], LONG_AGO);
}

#[apply(database_test)]
async fn the_order_of_the_list_is_kept(app: TestApp) {
    let list = app.list().await;
    let ids = list
        .add(&["+14155550101", "+14155550102", "+14155550103"].map(person))
        .await;
    for (n, id) in [(1, &ids[1]), (0, &ids[0]), (2, &ids[2])] {
        let number = format!("+1415555019{n}");
        let operations = json!([
            replace("/phone_numbers/0/phone_number", number),
            replace("/priority", n + 1)
        ]);
        list.patch(id, &operations).await.assert_status(200);
        assert_eq!(list.ids().await, ids);
    }
}
