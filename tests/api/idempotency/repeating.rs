//! What a repeated request gets, on one process and on three.

use serde_json::{Value, json};

use super::assert_replay;
use crate::support::{
    Claims, Fleet,
    Servers::{OneOnPostgres, OneOnSqlite, ThreeOnPostgres},
    TestApp, Via, apply, database_test, external_person, person,
};

fn salesforce(id: &str) -> Value {
    json!([{"external_provider": "salesforce", "external_id": id}])
}

#[apply(database_test)]
async fn a_repeated_deletion_gets_the_first_answer(
    #[values(OneOnSqlite, OneOnPostgres, ThreeOnPostgres)] fleet: Fleet,
) {
    let list = fleet.list().await;
    let people = [
        external_person("+14155550101", "salesforce", "A"),
        external_person("+14155550102", "salesforce", "B"),
    ];
    let ids = list.add(&people).await;
    let first = fleet
        .next(&list)
        .delete_once("K", &salesforce("A"))
        .await
        .assert_deleted(1, 0, 1);
    // Another with the same number comes: the answer tells of the first all the same.
    list.add(&people[..1]).await;

    // The members in another order, with blanks, by the other way, in quotes.
    let swapped = r#" [ {"external_id": "\u0041" , "external_provider":"salesforce"} ] "#;
    for (via, key) in [(Via::Delete, "K"), (Via::Post, "\"K\"")] {
        let again = fleet
            .next(&list)
            .deletion(via)
            .header("idempotency-key", key)
            .header("content-type", "application/json")
            .body(swapped)
            .send()
            .await;
        assert_replay(&again, &first);
    }
    // An option that says what holds anyway is no other request.
    let spelt_out = fleet
        .next(&list)
        .deletion_with(Via::Delete, "?all_or_none=false&missing=error")
        .header("idempotency-key", "K")
        .json(&salesforce("A"))
        .send()
        .await;
    assert_replay(&spelt_out, &first);

    for (query, body) in [("", salesforce("B")), ("?all_or_none=true", salesforce("A"))] {
        fleet
            .next(&list)
            .deletion_with(Via::Delete, query)
            .header("idempotency-key", "K")
            .json(&body)
            .send()
            .await
            .assert_error(422, "IDEMPOTENCY_KEY_REUSED");
    }
    assert_eq!(list.count().await, 2);

    // Another list, and another account, have keys of their own.
    let other = fleet.list().await;
    other.add(&people[..1]).await;
    let elsewhere = fleet.next(&other).delete_once("K", &salesforce("A")).await;
    assert!(!elsewhere.is_replay());
    elsewhere.assert_deleted(1, 0, 1);
    assert_eq!(list.ids().await[0], ids[1]);
}

/// A number is part of the caller's data as it is written, and a text as it reads.
#[apply(database_test)]
async fn numbers_are_compared_as_they_were_written(app: TestApp) {
    let list = app.list().await;
    let create = |data: &str| {
        let record = r#""first_name":"a","last_name":"b","phone_number":"+14155550101""#;
        let body = format!(r#"{{"records":[{{{record},"extra_data":{data}}}]}}"#);
        let request = list.caller.post(&list.path("/records/bulks"));
        request.header("idempotency-key", "K").body(body).send()
    };
    let first = create(r#"{"n":1.50,"t":"a"}"#).await.assert_status(201);
    assert_replay(&create(r#" {"t" : "\u0061", "n":1.50}"#).await, &first);
    for other in [
        r#"{"n":1.5,"t":"a"}"#,
        r#"{"n":15e-1,"t":"a"}"#,
        r#"{"n":1.500,"t":"a"}"#,
    ] {
        create(other).await.assert_error(422, "IDEMPOTENCY_KEY_REUSED");
    }
    assert_eq!(list.count().await, 1);
}

#[apply(database_test)]
async fn a_dry_run_neither_reads_nor_takes_a_key(#[values(OneOnSqlite, OneOnPostgres, ThreeOnPostgres)] fleet: Fleet) {
    let list = fleet.list().await;
    let ids = list.add(&[person("+14155550101")]).await;
    let body = json!([{"id": ids[0]}]);
    let dry_run = async || {
        fleet
            .next(&list)
            .deletion_with(Via::Delete, "?dry_run=true")
            .header("idempotency-key", "M")
            .json(&body)
            .send()
            .await
    };
    assert!(!dry_run().await.assert_deleted(1, 0, 1).is_replay());
    let real = fleet.next(&list).delete_once("M", &body).await;
    assert!(!real.is_replay());
    let real = real.assert_deleted(1, 0, 1);
    assert!(!dry_run().await.assert_deleted(0, 1, 0).is_replay());
    assert_replay(&fleet.next(&list).delete_once("M", &body).await, &real);
}

#[apply(database_test)]
async fn records_and_lists_are_made_once_for_a_key(
    #[values(OneOnSqlite, OneOnPostgres, ThreeOnPostgres)] fleet: Fleet,
) {
    let make = async |key: &str, body: &Value| {
        fleet
            .as_manager()
            .post("/record-lists")
            .header("idempotency-key", key)
            .json(body)
            .send()
            .await
    };
    let body = json!({"name": "a", "unique_identifier_type": "PHONE_NUMBER"});
    let first = make("K", &body).await.assert_status(201);
    let swapped = json!({"unique_identifier_type": "PHONE_NUMBER", "name": "a"});
    assert_replay(&make("K", &swapped).await, &first);
    make("K", &json!({"name": "b"}))
        .await
        .assert_error(422, "IDEMPOTENCY_KEY_REUSED");
    make("K", &json!({"name": ""}))
        .await
        .assert_error(400, "VALIDATION_FAILED");
    let stranger = fleet.with_token(&Claims::of("other").token());
    let theirs = stranger
        .post("/record-lists")
        .header("idempotency-key", "K")
        .json(&body)
        .send()
        .await
        .assert_status(201);
    assert!(!theirs.is_replay());

    let id = first.json()["id"].as_str().expect("an id").to_owned();
    let add = async |records: &[Value]| {
        fleet
            .as_manager()
            .post(&format!("/record-lists/{id}/records/bulks"))
            .header("idempotency-key", "K")
            .json(&json!({"records": records}))
            .send()
            .await
    };
    let faulty = json!({"first_name": "Ada"});
    let people = [person("+14155550101"), faulty, person("+14155550101")];
    let created = add(&people).await.assert_status(201);
    assert_eq!(created.json()["total_created"], 1);
    assert_replay(&add(&people).await, &created);
    add(&people[..1]).await.assert_error(422, "IDEMPOTENCY_KEY_REUSED");
    let list = fleet.as_manager().get(&format!("/record-lists/{id}"));
    assert_eq!(list.send().await.json()["records_count"], 1);
    // A deletion with the key of a creation of the same list is another request.
    fleet
        .as_manager()
        .delete(&format!("/record-lists/{id}/records/bulks"))
        .header("idempotency-key", "K")
        .json(&json!([{"id": "x"}]))
        .send()
        .await
        .assert_error(422, "IDEMPOTENCY_KEY_REUSED");
}

#[apply(database_test)]
async fn a_key_that_is_not_well_formed_is_400(app: TestApp) {
    let list = app.list().await;
    let ids = list.add(&[person("+14155550101")]).await;
    let body = json!([{"id": ids[0]}]);
    for key in ["", "\"\"", &"k".repeat(256), "tab\tin it", "ü"] {
        list.delete_once(key, &body)
            .await
            .assert_error(400, "HEADER_INVALID")
            .assert_fields(&["Idempotency-Key"]);
    }
    let twice = list
        .deletion(Via::Delete)
        .header("idempotency-key", "a")
        .header("idempotency-key", "a");
    twice.json(&body).send().await.assert_error(400, "HEADER_INVALID");
    // A query that is wrong is told first, a body after the headers; a read does not look at the key.
    let both = list.deletion_with(Via::Delete, "?x=1").header("idempotency-key", "");
    both.json(&body).send().await.assert_error(400, "QUERY_INVALID");
    let read = list.caller.get(&list.path("")).header("idempotency-key", "");
    read.send().await.assert_status(200);
    assert_eq!(list.ids().await, ids);
    for key in ["~", &"k".repeat(255), "a b \\ \" c"] {
        list.delete_once(key, &json!([{"id": "x"}]))
            .await
            .assert_deleted(0, 1, 0);
    }
}
