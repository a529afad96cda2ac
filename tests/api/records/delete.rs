//! Deleting one record (docs/contract.md sections 4.1 and 5.6).

use futures_util::future::join_all;
use serde_json::json;

use crate::{
    idempotency::assert_replay,
    support::{TestApp, TestList, TestRequest, TestResponse, apply, database_test, external_person, person},
};

/// An id that nobody has.
const UNKNOWN: &str = "8858c834-481d-4a02-8176-cffc02c50350";

/// A deletion that is not sent yet.
fn deletion(list: &TestList, record: &str) -> TestRequest {
    list.caller.delete(&list.at(record))
}

async fn delete(list: &TestList, record: &str) -> TestResponse {
    deletion(list, record).send().await
}

#[apply(database_test)]
async fn the_record_and_no_other_is_gone(app: TestApp) {
    let list = app.list().await;
    let mut twin = external_person("+14155550101", "crm", "1");
    twin["phone_numbers"]
        .as_array_mut()
        .expect("numbers")
        .push(json!({"phone_number": "+14155550102", "phone_type": "HOME"}));
    let ids = list
        .add(&[person("+14155550101"), twin.clone(), twin, person("+14155550103")])
        .await;
    let answer = delete(&list, &ids[1]).await.assert_listed(&list, "RECORD", 1).await;
    assert!(uuid::Uuid::parse_str(answer.header("operation-id")).is_ok());
    assert_eq!(list.ids().await, [&*ids[0], &ids[2], &ids[3]]);
    let gone = list.caller.get(&list.at(&ids[1])).send().await;
    gone.assert_error(404, "RECORD_NOT_FOUND");
    // Its numbers and its external id lead to it no more.
    assert_eq!(list.found("phone_number=%2B14155550102").await, [&*ids[2]]);
    assert_eq!(list.found("external_provider=crm&external_id=1").await, [&*ids[2]]);
    list.delete_phones(&["+14155550102"]).await.assert_deleted(1, 0, 1);
    assert_eq!(list.ids().await, [&*ids[0], &ids[3]]);
}

#[apply(database_test)]
async fn what_it_had_is_free_again(app: TestApp) {
    let by_phone = app.list_identified_by("PHONE_NUMBER").await;
    let external = app.list_identified_by("EXTERNAL").await;
    let record = external_person("+14155550101", "crm", "1");
    for list in [by_phone, external] {
        for _ in 0..2 {
            let ids = list.add(std::slice::from_ref(&record)).await;
            delete(&list, &ids[0]).await.assert_status(204);
        }
        assert_eq!(list.count().await, 0);
    }
}

#[apply(database_test)]
async fn other_spellings_of_the_path_name_the_same(app: TestApp) {
    let list = app.list().await;
    for n in 0..4 {
        let ids = list.add(&[person("+14155550101")]).await;
        let path = match n {
            0 => list.at(&ids[0].to_uppercase()),
            1 => format!("{}/", list.at(&ids[0])),
            2 => format!("/{}", list.at(&ids[0])),
            _ => format!("//{}/", list.at(&ids[0])),
        };
        let answer = list.caller.delete(&path).send().await;
        answer.assert_listed(&list, "RECORD", 1).await;
        assert_eq!(list.count().await, 0, "{path}");
    }
}

#[apply(database_test)]
async fn a_body_is_not_read(app: TestApp) {
    let list = app.list().await;
    for (content_type, body) in [
        ("application/json", "{}"),
        ("application/json", "[]"),
        ("application/json", "not json"),
        ("application/json", "{"),
        ("text/csv", "a;b"),
        ("application/merge-patch+json", "{}"),
    ] {
        let ids = list.add(&[person("+14155550101")]).await;
        let deletion = deletion(&list, &ids[0]).header("content-type", content_type);
        let answer = deletion.body(body).send().await.assert_status(204);
        assert!(answer.body.is_empty());
        assert_eq!(list.count().await, 0, "{content_type}: {body}");
    }
}

#[apply(database_test)]
async fn what_is_no_record_of_the_list_is_404_and_no_operation(app: TestApp) {
    let list = app.list().await;
    let ids = list
        .add(&[external_person("+14155550101", "crm", "1"), person("+14155550102")])
        .await;
    let other = app.list().await;
    let of_other = other.add(&[person("+14155550101")]).await;
    delete(&list, &ids[1]).await.assert_status(204);
    let absent = delete(&list, UNKNOWN).await.assert_found_nothing();
    let without_hyphens = ids[0].replace('-', "");
    let in_braces = format!("%7B{}%7D", ids[0]);
    let with_a_blank = format!("{}%20", ids[0]);
    for id in [
        ids[1].as_str(),
        &of_other[0],
        &without_hyphens,
        &in_braces,
        &with_a_blank,
        "x",
        "1",
        "*",
        "+14155550101",
        "%00",
        &"a".repeat(300),
    ] {
        let answer = delete(&list, id).await.assert_found_nothing();
        assert_eq!(answer.body, absent.body, "{id}");
    }
    assert_eq!(list.ids().await, ids[..1]);
    assert_eq!(other.ids().await, of_other);
    assert_eq!((list.trail().await.len(), other.trail().await.len()), (1, 0));
}

/// Words of the contract are no record ids, whatever is served there.
#[apply(database_test)]
async fn words_of_the_contract_are_no_records(app: TestApp) {
    let list = app.list().await;
    let ids = list.add(&[person("+14155550101")]).await;
    for path in ["timezones", "timezones/"] {
        let answer = delete(&list, path).await;
        let code = answer.json()["code"].clone();
        match answer.status.as_u16() {
            405 => assert_eq!(code, "METHOD_NOT_ALLOWED", "{path}"),
            _ => assert_eq!((answer.status.as_u16(), code), (404, "NOT_FOUND".into()), "{path}"),
        }
    }
    // This one is the bulk delete, which wants a body.
    delete(&list, "bulks").await.assert_error(400, "BODY_MISSING");
    delete(&list, "bulks/").await.assert_error(400, "BODY_MISSING");
    let twin = delete(&list, "bulks/delete").await;
    twin.assert_error(405, "METHOD_NOT_ALLOWED");
    assert_eq!(list.ids().await, ids);
    assert!(list.trail().await.is_empty());
}

#[apply(database_test)]
async fn what_keeps_it_from_deleting_deletes_nothing(app: TestApp) {
    let list = app.list().await;
    let ids = list.add(&[person("+14155550101")]).await;
    for name in ["dry_run", "all_or_none", "phone_number", "x"] {
        let path = format!("{}?{name}=true", list.at(&ids[0]));
        let answer = list.caller.delete(&path).send().await;
        answer.assert_error(400, "QUERY_INVALID").assert_fields(&[name]);
    }
    for (name, value) in [("if-match", "\"stale\""), ("if-none-match", "*")] {
        let answer = deletion(&list, &ids[0]).header(name, value).send().await;
        answer.assert_error(412, "PRECONDITION_FAILED");
    }
    let wrong = deletion(&list, &ids[0]).header("idempotency-key", "").send().await;
    wrong.assert_error(400, "HEADER_INVALID");
    let foreign = delete(&list.asked_by(app.as_stranger()), &ids[0]).await;
    let foreign = foreign.assert_error(404, "RECORD_LIST_NOT_FOUND");
    let absent = format!("/record-lists/{UNKNOWN}/records/{}", ids[0]);
    let absent = list.caller.delete(&absent).send().await;
    assert_eq!(absent.assert_status(404).body, foreign.body);
    let anonymous = delete(&list.asked_by(app.as_anonymous()), &ids[0]).await;
    anonymous.assert_error(401, "UNAUTHENTICATED");
    assert_eq!(list.ids().await, ids);
    assert!(list.trail().await.is_empty());
    // These conditions hold, or do not count.
    let request = deletion(&list, &ids[0]).header("if-match", "*");
    let request = request.header("if-unmodified-since", "Thu, 01 Jan 1970 00:00:00 GMT");
    request.send().await.assert_status(204);
}

#[apply(database_test)]
async fn a_repeated_deletion_gets_the_first_answer(app: TestApp) {
    let list = app.list().await;
    let ids = list.add(&[person("+14155550101"), person("+14155550102")]).await;
    let once = |record: &str| deletion(&list, record).header("idempotency-key", "K").send();
    // What found nothing leaves the key free.
    once(UNKNOWN).await.assert_found_nothing();
    let first = once(&ids[0]).await.assert_listed(&list, "RECORD", 1).await;
    let again = once(&ids[0]).await.assert_status(204);
    assert_replay(&again, &first);
    // The key belongs to that record.
    once(&ids[1]).await.assert_error(422, "IDEMPOTENCY_KEY_REUSED");
    let bulk = list.delete_once("K", &json!([{"id": ids[0]}])).await;
    bulk.assert_error(422, "IDEMPOTENCY_KEY_REUSED");
    delete(&list, &ids[0]).await.assert_found_nothing();
    assert_eq!(list.ids().await, ids[1..]);
    assert_eq!(list.trail().await.len(), 1);
}

#[apply(database_test)]
async fn of_many_at_once_one_deletes_it(app: TestApp) {
    let list = app.list().await;
    let ids = list.add(&[person("+14155550101"), person("+14155550102")]).await;
    let answers = join_all((0..10).map(|_| deletion(&list, &ids[0]).send())).await;
    let (deleted, others): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 204);
    assert_eq!((deleted.len(), others.len()), (1, 9));
    for answer in others {
        answer.assert_found_nothing();
    }
    assert_eq!(list.ids().await, ids[1..]);
    assert_eq!(list.trail().await, [deleted[0].header("operation-id")]);
}
