//! The DELETE and its POST twin are one operation: on equal data they give equal answers.

use serde_json::{Value, json};

use crate::support::{
    Fleet,
    Servers::{OneOnPostgres, OneOnSqlite, ThreeOnPostgres},
    TestApp,
    Via::{Delete, Post},
    apply, database_test, external_person, person,
};

#[apply(database_test)]
async fn equal_requests_get_equal_answers_by_both_ways(app: TestApp, #[values(false, true)] minimal: bool) {
    let mut two_numbers = external_person("+14155550101", "salesforce", "A");
    two_numbers["phone_numbers"] = json!([
        {"phone_number": "+14155550101", "phone_type": "HOME"},
        {"phone_number": "+14155550102", "phone_type": "OFFICE"},
    ]);
    let people = [
        two_numbers,
        person("+14155550102"),
        external_person("+14155550103", "salesforce", "a"),
    ];
    // `{0}` and the like stand for the ids of the records.
    let bodies = [
        r#"[{"id":"{0}"},{"id":"{2}"},{"id":"x"}]"#,
        r#"[{"id":"{0}"},{"id":"{0}"}]"#,
        r#"[{"id":"..","phone_number":null}]"#,
        r#"[{"phone_number":"+1 (415) 555-0102"},{"phone_number":"14155550103"}]"#,
        r#"[{"phone_number":"+14155550101"},{"phone_number":"+14155550102"}]"#,
        r#"[{"external_provider":"salesforce","external_id":"A"},{"external_provider":"Salesforce","external_id":"a"}]"#,
        "[]",
        "{}",
        "[{}]",
        "nonsense",
        r#"[{"id":"{0}"},{"phone_number":"+14155550102"}]"#,
        r#"[{"id":7},{"id":null}]"#,
    ];
    for body in bodies {
        let mut answers = Vec::new();
        for via in [Delete, Post] {
            let list = app.list().await;
            let ids = list.add(&people).await;
            let sent = (0..3).fold(body.to_owned(), |sent, n| sent.replace(&format!("{{{n}}}"), &ids[n]));
            let mut request = list.deletion(via).body(sent);
            if minimal {
                request = request.header("prefer", "return=minimal");
            }
            let answer = request.send().await;
            let text = String::from_utf8(answer.body.clone())
                .expect("a text")
                .replace(&list.id, "{list}");
            let text = (0..3).fold(text, |text, n| text.replace(&ids[n], &format!("{{{n}}}")));
            let left: Vec<Value> = list.records().await.iter().map(|r| r["phone_number"].clone()).collect();
            answers.push((answer.status, text, left));
        }
        assert_eq!(answers[0], answers[1], "{body}");
    }
}

#[apply(database_test)]
async fn options_and_keys_mean_the_same_by_both_ways(
    #[values(OneOnSqlite, OneOnPostgres, ThreeOnPostgres)] fleet: Fleet,
) {
    let people = [
        external_person("+14155550101", "salesforce", "A"),
        person("+14155550101"),
        person("+14155550102"),
    ];
    let queries = [
        "?dry_run=true",
        "?all_or_none=true",
        "?missing=ignore",
        "?match=sole",
        "?dry_run=true&all_or_none=true&missing=ignore&match=sole",
        "?all_or_none=true&match=sole&missing=ignore",
        "?dry_run=yes",
    ];
    let bodies = [
        json!([{"phone_number": "+14155550101"}, {"phone_number": "+14155550102"}]),
        json!([{"phone_number": "+14155550102"}, {"phone_number": "+14155550199"}]),
        json!([{"external_provider": "salesforce", "external_id": "A"}]),
    ];
    for (query, body) in queries.iter().flat_map(|q| bodies.iter().map(move |b| (q, b))) {
        let mut answers = Vec::new();
        for via in [Delete, Post] {
            let list = fleet.list().await;
            list.add(&people).await;
            let send = async |via| {
                let request = fleet.next(&list).deletion_with(via, query);
                let request = request.header("idempotency-key", "K").json(body);
                request.send().await
            };
            let answer = send(via).await;
            // Links name the server that was asked, when there are several.
            let text = String::from_utf8(answer.body.clone()).expect("a text");
            let mut parsed: Value = serde_json::from_str(&text.replace(&list.id, "{list}")).expect("JSON");
            without_hosts(&mut parsed);
            answers.push((answer.status, parsed, list.count().await));
            // The second by the other way is the first.
            let other = send(match via {
                Delete => Post,
                Post => Delete,
            })
            .await;
            let is_rehearsal = query.contains("dry_run");
            assert_eq!(other.is_replay(), !is_rehearsal, "{query}");
            if !is_rehearsal {
                assert_eq!(other.body, answer.body, "{query}");
            }
        }
        assert_eq!(answers[0], answers[1], "{query} {body}");
    }
}

fn without_hosts(value: &mut Value) {
    match value {
        Value::String(text) if text.starts_with("http://") => {
            let path = text.find("/record-lists").expect("a link");
            text.drain(..path);
        }
        Value::Array(items) => items.iter_mut().for_each(without_hosts),
        Value::Object(members) => members.values_mut().for_each(without_hosts),
        _ => {}
    }
}
