//! Patches of free-form data: it is the caller's, and what is not patched stays as it was sent.

use serde_json::{Value, json};

use crate::support::{TestApp, TestList, apply, ask, data_in, database_test, person};

/// A list with one record that has this data; the record's id.
async fn list_with(app: &TestApp, extra_data: Value) -> (TestList, String) {
    let list = app.list().await;
    let mut record = person("+14155550101");
    record["extra_data"] = extra_data;
    let id = list.add(&[record]).await.swap_remove(0);
    (list, id)
}

#[apply(database_test)]
async fn each_place_in_it_has_a_path(app: TestApp) {
    let before = json!({
        "home": "a", "a/b": 1, "m~n": 2, "~1": 3, "o": {"p": {"q": 1}}, "list": ["x", {"k": 1}, "z"], "ü 😀": 4,
    });
    let (list, id) = list_with(&app, json!({})).await;
    let set = async |value: &Value| {
        let operations = json!([{"op": "replace", "path": "/extra_data", "value": value}]);
        let answer = list.patch(&id, &operations).await.assert_status(200).json();
        assert_eq!(answer["extra_data"], *value);
    };
    // The place in the data, and what is there then.
    for (operation, place, value) in [
        (json!({"op": "add", "path": "home", "value": "b"}), "/home", json!("b")),
        (
            json!({"op": "add", "path": "vip", "value": {"a": [1]}}),
            "/vip",
            json!({"a": [1]}),
        ),
        (
            json!({"op": "add", "path": "none", "value": null}),
            "/none",
            json!(null),
        ),
        (json!({"op": "replace", "path": "a~1b", "value": 5}), "/a~1b", json!(5)),
        (json!({"op": "replace", "path": "m~0n", "value": 5}), "/m~0n", json!(5)),
        (json!({"op": "replace", "path": "~01", "value": 5}), "/~01", json!(5)),
        (json!({"op": "replace", "path": "ü 😀", "value": 5}), "/ü 😀", json!(5)),
        (
            json!({"op": "add", "path": "new~1key~0", "value": 5}),
            "/new~1key~0",
            json!(5),
        ),
        (json!({"op": "add", "path": "-", "value": 5}), "/-", json!(5)),
        (json!({"op": "add", "path": "0", "value": 5}), "/0", json!(5)),
        (
            json!({"op": "replace", "path": "o/p/q", "value": 5}),
            "/o/p/q",
            json!(5),
        ),
        (
            json!({"op": "add", "path": "o/p/r", "value": 5}),
            "/o/p",
            json!({"q": 1, "r": 5}),
        ),
        (json!({"op": "remove", "path": "o/p/q"}), "/o", json!({"p": {}})),
        (
            json!({"op": "replace", "path": "list/1/k", "value": 5}),
            "/list",
            json!(["x", {"k": 5}, "z"]),
        ),
        (
            json!({"op": "add", "path": "list/1", "value": 5}),
            "/list",
            json!(["x", 5, {"k": 1}, "z"]),
        ),
        (
            json!({"op": "add", "path": "list/-", "value": 5}),
            "/list",
            json!(["x", {"k": 1}, "z", 5]),
        ),
        (
            json!({"op": "add", "path": "list/3", "value": 5}),
            "/list",
            json!(["x", {"k": 1}, "z", 5]),
        ),
        (
            json!({"op": "replace", "path": "list/0", "value": [5]}),
            "/list",
            json!([[5], {"k": 1}, "z"]),
        ),
        (
            json!({"op": "remove", "path": "list/0"}),
            "/list",
            json!([{"k": 1}, "z"]),
        ),
    ] {
        for slash in ["/", ""] {
            set(&before).await;
            let mut operation = operation.clone();
            let path = operation["path"].as_str().expect("a path");
            operation["path"] = format!("{slash}extra_data/{path}").into();
            let answer = list.patch(&id, &json!([operation])).await.assert_status(200).json();
            let after = list.record(&id).await["extra_data"].clone();
            assert_eq!(after.pointer(place), Some(&value), "{operation}");
            assert_eq!(answer["extra_data"], after, "{operation}");
            // All the rest is as it was.
            let members = |data: &Value| {
                let mut data = data.as_object().expect("an object").clone();
                let first = place[1..].split('/').next().unwrap_or_default();
                data.remove(&first.replace("~1", "/").replace("~0", "~"));
                data
            };
            assert_eq!(members(&after), members(&before), "{operation}");
        }
    }
    set(&before).await;
    let operations = json!([{"op": "remove", "path": "/extra_data/a~1b"}, {"op": "remove", "path": "extra_data/list"}]);
    let answer = list.patch(&id, &operations).await.assert_status(200).json();
    let mut expected = before.as_object().expect("an object").clone();
    expected.retain(|name, _| name != "a/b" && name != "list");
    assert_eq!(answer["extra_data"], Value::Object(expected));
}

/// Neither the numbers beside a patched member nor those in its value go through a type of the program.
#[apply(database_test)]
async fn numbers_are_kept_as_they_were_sent(app: TestApp) {
    let list = app.list().await;
    let kept = [
        r#""big":1234567890123456789012345678901234567890"#,
        r#""max":1.7976931348623157e308"#,
        r#""inf":1e999"#,
        r#""one":1.0"#,
        r#""exp":1.50E+02"#,
        r#""minus":-0"#,
        r#""deep":{"list":[2.00,{"tiny":5e-324}]}"#,
        r#""n":1"#,
    ];
    let sent = format!("{{{}}}", kept.join(","));
    let body = format!(
        r#"{{"records":[{{"first_name":"a","last_name":"b","phone_number":"+14155550101","extra_data":{sent}}}]}}"#
    );
    let created = ask(&app, &list, "POST", "/records/bulks", &body).await;
    assert_eq!(data_in(&created), [&sent]);
    let start = created.find(r#""id":""#).expect("an id") + 6;
    let path = format!("/records/{}", &created[start..start + 36]);
    for (operation, patched, is_kept) in [
        (
            r#"{"op":"replace","path":"/extra_data/n","value":2.50}"#,
            r#""n":2.50"#,
            7,
        ),
        (
            r#"{"op":"add","path":"/extra_data/m","value":[1e999,10.0]}"#,
            r#""m":[1e999,10.0]"#,
            7,
        ),
        (
            r#"{"op":"replace","path":"/priority","value":3}"#,
            r#""m":[1e999,10.0]"#,
            7,
        ),
        (
            r#"{"op":"add","path":"/extra_data/deep/list/-","value":3.000}"#,
            r#""deep":{"list":[2.00,{"tiny":5e-324},3.000]}"#,
            6,
        ),
        (r#"{"op":"remove","path":"/extra_data/m"}"#, r#""n":2.50"#, 6),
    ] {
        let answer = ask(&app, &list, "PATCH", &path, &format!("[{operation}]")).await;
        let read = ask(&app, &list, "GET", &path, "").await;
        assert_eq!(data_in(&answer), data_in(&read));
        let data = data_in(&read)[0];
        for piece in kept[..is_kept].iter().chain([&patched]) {
            assert!(data.contains(piece), "{operation}: {piece} is not in {data}");
        }
    }
    let read = ask(&app, &list, "GET", "/records", "").await;
    assert!(!data_in(&read)[0].contains(r#""m":"#));
}

/// Numbers that differ in their last digit are not equal, though a program's types would hold them as one.
#[apply(database_test)]
async fn a_test_of_a_long_number_is_exact(app: TestApp) {
    let list = app.list().await;
    let record = r#"{"first_name":"a","last_name":"b","phone_number":"+14155550101",
        "extra_data":{"n":1234567890123456789012345678901234567890,"m":1.50}}"#;
    let create = list.caller.post(&list.path("/records")).body(record);
    let created = create.send().await.assert_status(201).json();
    let id = created["id"].as_str().expect("an id");
    for (member, value, status) in [
        ("n", "1234567890123456789012345678901234567890", 200),
        ("n", "1234567890123456789012345678901234567891", 409),
        ("n", "1.23456789012345678901234567890123456789e39", 200),
        ("m", "1.5", 200),
        ("m", "15e-1", 200),
        ("m", "1.5000000000000000000000000000000000000001", 409),
        ("m", "\"1.50\"", 409),
    ] {
        let patch = format!(r#"[{{"op":"test","path":"/extra_data/{member}","value":{value}}}]"#);
        let request = list.caller.request(reqwest::Method::PATCH, &list.at(id)).body(patch);
        let answer = request.send().await;
        assert_eq!(answer.status, status, "{member} {value}");
    }
}

#[apply(database_test)]
async fn it_is_filled_up_to_its_limit(app: TestApp) {
    let (list, id) = list_with(&app, json!({"a": 1})).await;
    let patch = |length: usize| json!([{"op": "add", "path": "/extra_data/k", "value": "x".repeat(length)}]);
    // {"a":1,"k":""}
    let most = 16 * 1024 - 14;
    list.patch(&id, &patch(most)).await.assert_status(200);
    let before = list.record(&id).await;
    let answer = list.patch(&id, &patch(most + 1)).await;
    answer.assert_error(400, "VALIDATION_FAILED");
    assert_eq!(list.record(&id).await, before);
}

#[apply(database_test)]
async fn its_texts_are_checked_on_every_level(app: TestApp) {
    let (list, id) = list_with(&app, json!({"home": "a"})).await;
    let before = list.record(&id).await;
    let nested = |levels: usize| format!("{}1{}", r#"{"a":"#.repeat(levels), "}".repeat(levels));
    for (value, code) in [
        (r#"{"b":[1,{"c":1,"c":2}]}"#.to_owned(), "VALIDATION_FAILED"),
        (r#"{"b":"\u0000"}"#.to_owned(), "VALIDATION_FAILED"),
        (r#"{"\u001f":1}"#.to_owned(), "VALIDATION_FAILED"),
        (r#""\ud800""#.to_owned(), "BODY_MALFORMED"),
        (nested(40), "BODY_MALFORMED"),
    ] {
        let patch = format!(r#"[{{"op":"add","path":"/extra_data/k","value":{value}}}]"#);
        let request = list.caller.request(reqwest::Method::PATCH, &list.at(&id)).body(patch);
        request.send().await.assert_error(400, code);
        assert_eq!(list.record(&id).await, before, "{value}");
    }
    // Tabs and line breaks are its owner's.
    let patch = json!([{"op": "add", "path": "/extra_data/a\tb", "value": "line\nbreak"}]);
    let answer = list.patch(&id, &patch).await.assert_status(200).json();
    assert_eq!(answer["extra_data"], json!({"home": "a", "a\tb": "line\nbreak"}));
}

/// What others change at the same time is not lost.
#[apply(database_test)]
async fn patches_at_the_same_time_are_all_carried_out(app: TestApp) {
    let (list, id) = list_with(&app, json!({})).await;
    let patches = (0..20).map(|n| {
        let patch = json!([{"op": "add", "path": format!("/extra_data/k{n}"), "value": n}]);
        list.patching(&id, &patch).send()
    });
    for answer in futures_util::future::join_all(patches).await {
        answer.assert_status(200);
    }
    let expected = (0..20).map(|n| (format!("k{n}"), json!(n))).collect();
    assert_eq!(list.record(&id).await["extra_data"], Value::Object(expected));
}
