//! Deleting records by phone number (docs/contract.md sections 2.2, 4.1 and A.9.2).

use serde_json::json;

use crate::{
    idempotency::assert_replay,
    support::{TestApp, TestList, TestRequest, TestResponse, apply, database_test, external_person, person},
};

/// A deletion that is not sent yet.
fn deletion(list: &TestList, query: &str) -> TestRequest {
    list.caller.delete(&list.path(&format!("/records{query}")))
}

async fn delete(list: &TestList, query: &str) -> TestResponse {
    deletion(list, query).send().await
}

#[apply(database_test)]
async fn every_record_that_has_the_number_is_deleted(app: TestApp, #[values("phone_number", "phone")] name: &str) {
    let list = app.list().await;
    let mut further = person("+14155550102");
    further["phone_numbers"]
        .as_array_mut()
        .expect("numbers")
        .push(json!({"phone_number": "+14155550101", "phone_type": "EXTRA_3"}));
    let ids = list
        .add(&[
            person("+14155550101"),
            person("+14155550102"),
            further,
            external_person("+14155550101", "crm", "1"),
            person("+141555501011"),
        ])
        .await;
    let other = app.list().await;
    let of_other = other.add(&[person("+14155550101")]).await;
    let answer = delete(&list, &format!("?{name}=%2B14155550101")).await;
    let answer = answer.assert_listed(&list, "PHONE_NUMBER", 3).await;
    assert!(answer.body.is_empty());
    assert_eq!(list.ids().await, [&*ids[1], &ids[4]]);
    assert_eq!(other.ids().await, of_other);
    delete(&list, &format!("?{name}=%2B14155550101"))
        .await
        .assert_found_nothing();
    // The further number went with its record.
    delete(&list, &format!("?{name}=%2B14155550102"))
        .await
        .assert_listed(&list, "PHONE_NUMBER", 1)
        .await;
    assert_eq!(list.ids().await, ids[4..]);
    assert_eq!(list.trail().await.len(), 2);
}

#[apply(database_test)]
async fn a_number_is_found_however_it_is_written(app: TestApp, #[values("phone_number", "phone")] name: &str) {
    let list = app.list().await;
    let kept = list.add(&[person("+14155550199")]).await;
    for (stored, sent) in [
        ("+14155550132", "%2B14155550132"),
        // A raw plus means a blank in a query; clients send it all the same.
        ("+14155550132", "+14155550132"),
        ("+14155550132", "%2B1%20(415)%20555-0132"),
        ("+14155550132", "+1+415+555+0132"),
        ("+14155550132", "%2B1.415.555.0132"),
        ("+14155550132", "tel:%2B1-415-555-0132"),
        ("+14155550132", "%EF%BC%8B14155550132"),
        ("+442079460958", "%2B44%20(0)20%207946%200958"),
        ("+442079460958", "%E2%80%AA%2B44%2020%207946%200958%E2%80%AC"),
    ] {
        list.add(&[person(stored)]).await;
        let answer = delete(&list, &format!("?{name}={sent}")).await;
        answer.assert_listed(&list, "PHONE_NUMBER", 1).await;
        assert_eq!(list.ids().await, kept, "{sent}");
    }
}

#[apply(database_test)]
async fn what_matches_no_record_is_404_and_no_operation(app: TestApp) {
    let list = app.list().await;
    let people = [person("+14155550101"), external_person("+442079460958", "crm", "1")];
    let ids = list.add(&people).await;
    for sent in [
        "%2B14155550109",
        "%2B1415555010",
        // These can match no record, now or ever.
        "14155550101",
        "0014155550101",
        "020%207946%200958",
        "%2B14155550101.00",
        "%2B14155550101%20x5",
        "%27%2B14155550101",
        "%2B",
        "%2B0",
        "x",
        "*",
        "%25",
        "1",
        "null",
    ] {
        for name in ["phone_number", "phone"] {
            let answer = delete(&list, &format!("?{name}={sent}")).await;
            answer.assert_found_nothing();
        }
    }
    assert_eq!(list.ids().await, ids);
    assert!(list.trail().await.is_empty());
}

/// Whatever the query lacks or has too much of, it never means all.
#[apply(database_test)]
async fn the_number_is_said_exactly_once(app: TestApp) {
    let list = app.list().await;
    let ids = list.add(&[person("+14155550101"), person("+14155550102")]).await;
    let number = "%2B14155550101";
    for query in [
        String::new(),
        "?".to_owned(),
        "?phone_number".to_owned(),
        "?phone_number=".to_owned(),
        "?phone=".to_owned(),
        "?phone_number=&phone=".to_owned(),
        format!("?phone_number={number}&phone={number}"),
        format!("?phone=&phone_number={number}"),
        format!("?phone_number={number}&phone_number={number}"),
        format!("?phone={number}&phone=%2B14155550102"),
        format!("?phone_number={number}&phone_number="),
        format!("?phone_number[]={number}"),
        format!("?Phone_Number={number}"),
        format!("?phoneNumber={number}"),
        format!("?phone_numbers={number}"),
        format!("?phone_number={number}&dry_run=true"),
        format!("?phone_number={number}&page=1"),
        format!("?phone_number={number}&limit=1"),
        format!("?phone_number={number}&x"),
        format!("?phone_number={number}&external_provider=crm&external_id=1"),
        "?external_provider=crm&external_id=1".to_owned(),
        "?page=1&per_page=200".to_owned(),
        "?phone_number=%00".to_owned(),
        "?phone_number=%2B1415%075550101".to_owned(),
    ] {
        delete(&list, &query).await.assert_error(400, "QUERY_INVALID");
        assert_eq!(list.ids().await, ids, "{query}");
    }
    // The list itself and a record without a name are not meant either.
    let slash = list.caller.delete(&list.path("/records/")).send().await;
    slash.assert_error(400, "QUERY_INVALID");
    let double = list.caller.delete(&list.path("/records//")).send().await;
    double.assert_error(404, "NOT_FOUND");
    assert_eq!(list.ids().await, ids);
    assert!(list.trail().await.is_empty());
}

#[apply(database_test)]
async fn faults_of_the_query_are_named(app: TestApp) {
    let list = app.list().await;
    for (query, field) in [
        ("?phone_number=", "phone_number"),
        ("?phone=", "phone"),
        ("?phone_number=%2B1&phone_number=%2B1", "phone_number"),
        ("?phone=%2B1&phone=%2B1", "phone"),
        ("?phone=%2B1&dry_run=true", "dry_run"),
        ("?phone_number=%2B1&x=1", "x"),
    ] {
        let answer = delete(&list, query).await.assert_error(400, "QUERY_INVALID");
        answer.assert_names(field);
    }
}

#[apply(database_test)]
async fn what_is_too_long_to_be_a_number_deletes_nothing(app: TestApp) {
    let list = app.list().await;
    let ids = list.add(&[person("+14155550101")]).await;
    let padded = |blanks: usize| format!("?phone_number=%2B14155550101{}", "%20".repeat(blanks));
    let answer = delete(&list, &padded(53)).await;
    assert!(matches!(answer.status.as_u16(), 400 | 404), "{}", answer.status);
    assert_eq!(list.ids().await, ids);
    delete(&list, &padded(52)).await.assert_status(204);
}

#[apply(database_test)]
async fn what_keeps_it_from_deleting_deletes_nothing(app: TestApp) {
    let list = app.list().await;
    let ids = list.add(&[person("+14155550101")]).await;
    let query = "?phone_number=%2B14155550101";
    for (name, value) in [("if-match", "\"stale\""), ("if-none-match", "*")] {
        let answer = deletion(&list, query).header(name, value).send().await;
        answer.assert_error(412, "PRECONDITION_FAILED");
    }
    let foreign = delete(&list.asked_by(app.as_stranger()), query).await;
    foreign.assert_error(404, "RECORD_LIST_NOT_FOUND");
    let absent = "/record-lists/8858c834-481d-4a02-8176-cffc02c50350/records";
    let absent = list.caller.delete(&format!("{absent}{query}")).send().await;
    absent.assert_error(404, "RECORD_LIST_NOT_FOUND");
    let anonymous = delete(&list.asked_by(app.as_anonymous()), query).await;
    anonymous.assert_error(401, "UNAUTHENTICATED");
    assert_eq!(list.ids().await, ids);
    assert!(list.trail().await.is_empty());
}

#[apply(database_test)]
async fn a_repeated_deletion_gets_the_first_answer(app: TestApp) {
    let list = app.list().await;
    list.add(&[person("+14155550101"), person("+14155550102")]).await;
    let once = |query: &str| deletion(&list, query).header("idempotency-key", "K").send();
    // What found nothing leaves the key free.
    once("?phone_number=%2B14155550109").await.assert_found_nothing();
    let first = once("?phone_number=%2B14155550101").await;
    let first = first.assert_listed(&list, "PHONE_NUMBER", 1).await;
    // One that came later is not deleted by the repetition.
    list.add(&[person("+14155550101")]).await;
    assert_replay(&once("?phone_number=%2B14155550101").await, &first);
    let other = once("?phone_number=%2B14155550102").await;
    other.assert_error(422, "IDEMPOTENCY_KEY_REUSED");
    let bulk = list.delete_once("K", &json!([{"phone_number": "+14155550101"}])).await;
    bulk.assert_error(422, "IDEMPOTENCY_KEY_REUSED");
    assert_eq!(list.count().await, 2);
    assert_eq!(list.trail().await.len(), 1);
}
