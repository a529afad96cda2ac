//! How many faults an answer lists, and what it says of the others (docs/contract.md section 1.15).

use serde_json::{Value, json};

use crate::support::{TestApp, TestList, apply, database_test, has_additions, person};

/// The answer of a create whose records have this many unknown members each.
async fn with_unknown_members(list: &TestList, counts: &[usize]) -> Value {
    let records: Vec<Value> = counts
        .iter()
        .map(|count| {
            let mut record = person("+14155550132");
            for n in 0..*count {
                record[format!("x{n}")] = n.into();
            }
            record
        })
        .collect();
    let answer = list.try_add(&records).await.assert_status(201).json();
    assert_eq!(answer["total_errors"], counts.len());
    answer
}

/// Of each failed record: how many faults are listed, and what is said of the others.
fn listed(answer: &Value) -> Vec<(usize, Option<&str>)> {
    let records = answer["_embedded"]["records"].as_array().expect("records");
    records
        .iter()
        .map(|failed| {
            let fields = failed.get("fields").and_then(Value::as_array);
            let description = failed.get("description").and_then(Value::as_str);
            (fields.map_or(0, Vec::len), description)
        })
        .collect()
}

#[apply(database_test)]
async fn ten_faults_of_a_record_are_listed_and_a_hundred_of_all(app: TestApp) {
    let list = app.list().await;
    let answer = with_unknown_members(&list, &[10, 11, 3_000]).await;
    if !has_additions() {
        assert_eq!(listed(&answer), [(0, None); 3]);
        return;
    }
    let expected = [
        (10, None),
        (10, Some("One more fault is not listed.")),
        (10, Some("2990 more faults are not listed.")),
    ];
    assert_eq!(listed(&answer), expected);

    let answer = with_unknown_members(&list, &[&[9; 11][..], &[2, 1]].concat()).await;
    let mut expected = vec![(9, None); 11];
    expected.extend([
        (1, Some("One more fault is not listed.")),
        (0, Some("One more fault is not listed.")),
    ]);
    assert_eq!(listed(&answer), expected);
    // A duplicate that comes after the hundredth fault has its code, if no field.
    let unique = app.list_identified_by("PHONE_NUMBER").await;
    unique.add(&[person("+14155550199")]).await;
    let mut records: Vec<Value> = (0..34).map(|_| json!({})).collect();
    records.push(person("+14155550199"));
    let answer = unique.try_add(&records).await.assert_status(201).json();
    let last = &answer["_embedded"]["records"][34];
    assert_eq!(last["errors"], json!(["PHONE_NUMBER_NOT_UNIQUE"]));
    assert_eq!(listed(&answer)[34], (0, Some("One more fault is not listed.")));
}

/// Other answers list a hundred faults of the whole.
#[apply(database_test)]
async fn a_hundred_faults_of_a_request_are_listed(app: TestApp) {
    let list = app.list().await;
    for (items, listed, description) in [
        (vec![json!({}); 100], 100, None),
        (vec![json!({}); 101], 100, Some("One more fault is not listed.")),
        (
            vec![json!({"a": 1, "b": 2, "c": 3}); 100],
            100,
            Some("300 more faults are not listed."),
        ),
    ] {
        let answer = list.delete(&items.into()).await;
        let answer = answer.assert_error(400, "VALIDATION_FAILED").json();
        assert_eq!(answer["fields"].as_array().map(Vec::len), Some(listed));
        assert_eq!(answer.get("description").and_then(Value::as_str), description);
    }
    let query: String = (0..150).map(|n| format!("&x{n}=1")).collect();
    let answer = list
        .delete_by(&format!("?dry_run=true{query}"), &json!([{"id": "a"}]))
        .await;
    let answer = answer.assert_error(400, "QUERY_INVALID").json();
    assert_eq!(answer["fields"].as_array().map(Vec::len), Some(100));
    assert_eq!(answer["description"], "50 more faults are not listed.");
}
