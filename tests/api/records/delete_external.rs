//! Deleting records by external provider and external id (docs/contract.md sections 4.1 and A.9.2).

use serde_json::json;

use crate::{
    idempotency::assert_replay,
    support::{TestApp, TestList, TestRequest, TestResponse, apply, database_test, external_person, person},
};

/// A deletion that is not sent yet.
fn deletion(list: &TestList, query: &str) -> TestRequest {
    list.caller.delete(&list.path(&format!("/external-records{query}")))
}

async fn delete(list: &TestList, query: &str) -> TestResponse {
    deletion(list, query).send().await
}

/// The query for a pair.
fn pair(provider: &str, id: &str) -> String {
    let mut query = url::form_urlencoded::Serializer::new("?".to_owned());
    query
        .append_pair("external_provider", provider)
        .append_pair("external_id", id);
    query.finish()
}

#[apply(database_test)]
async fn every_record_that_has_the_pair_is_deleted(app: TestApp) {
    let list = app.list().await;
    let ids = list
        .add(&[
            external_person("+14155550101", "crm", "1"),
            external_person("+14155550102", "crm", "2"),
            external_person("+14155550103", "crm", "1"),
            external_person("+14155550104", "hubspot", "1"),
            person("+14155550105"),
        ])
        .await;
    let other = app.list().await;
    let of_other = other.add(&[external_person("+14155550101", "crm", "1")]).await;
    let answer = delete(&list, "?external_provider=crm&external_id=1").await;
    let answer = answer.assert_listed(&list, "EXTERNAL", 2).await;
    assert!(answer.body.is_empty());
    assert_eq!(list.ids().await, [&*ids[1], &ids[3], &ids[4]]);
    assert_eq!(other.ids().await, of_other);
    delete(&list, "?external_provider=crm&external_id=1")
        .await
        .assert_found_nothing();
    // The order of the two does not matter.
    delete(&list, "?external_id=1&external_provider=hubspot")
        .await
        .assert_listed(&list, "EXTERNAL", 1)
        .await;
    assert_eq!(list.ids().await, [&*ids[1], &ids[4]]);
    assert_eq!(list.trail().await.len(), 2);
}

#[apply(database_test)]
async fn pairs_are_compared_exactly(app: TestApp, #[values("NOTHING", "EXTERNAL")] identified_by: &str) {
    let list = app.list_identified_by(identified_by).await;
    let long = ("p".repeat(64), "é".repeat(255));
    let pairs = [
        ("salesforce", "003DL0000212DetYAE"),
        ("salesforce", "003DL0000212DeTYAU"),
        ("salesforce", "003dl0000212detyae"),
        ("Salesforce", "003DL0000212DetYAE"),
        (" salesforce", "003DL0000212DetYAE"),
        ("salesforce", "003DL0000212DetYAE "),
        ("crm", "é"),
        ("crm", "e\u{301}"),
        ("crm", "a+b"),
        ("crm", "a b"),
        ("crm", "a%b"),
        ("crm", "a_b"),
        (&long.0, &long.1),
    ];
    let people: Vec<_> = pairs
        .iter()
        .map(|(provider, id)| external_person("+14155550101", provider, id))
        .collect();
    let ids = list.add(&people).await;
    for absent in [
        ("SALESFORCE", "003DL0000212DetYAE"),
        ("salesforce", "003DL0000212DetYA"),
        ("salesforce", " 003DL0000212DetYAE"),
        ("crm", "a%"),
        ("crm", "%"),
        ("%", "a+b"),
    ] {
        delete(&list, &pair(absent.0, absent.1)).await.assert_found_nothing();
    }
    assert_eq!(list.ids().await, ids);
    for (n, (provider, id)) in pairs.iter().enumerate() {
        let answer = delete(&list, &pair(provider, id)).await;
        answer.assert_listed(&list, "EXTERNAL", 1).await;
        assert_eq!(list.ids().await, ids[n + 1..], "{provider} {id}");
    }
    assert_eq!(list.trail().await.len(), pairs.len());
}

/// A plus that was sent raw is a blank here, as in every query but that of a number.
#[apply(database_test)]
async fn a_raw_plus_is_a_blank(app: TestApp) {
    let list = app.list().await;
    let people = ["+1", " 1"].map(|id| external_person("+14155550101", "crm", id));
    let ids = list.add(&people).await;
    let answer = delete(&list, "?external_provider=crm&external_id=+1").await;
    answer.assert_listed(&list, "EXTERNAL", 1).await;
    assert_eq!(list.ids().await, ids[..1]);
}

/// Whatever the query lacks or has too much of, it never means all.
#[apply(database_test)]
async fn both_are_said_exactly_once(app: TestApp) {
    let list = app.list().await;
    let ids = list
        .add(&[external_person("+14155550101", "crm", "1"), person("+14155550102")])
        .await;
    let long = |length: usize| "x".repeat(length);
    for (query, field) in [
        (String::new(), "external_provider"),
        (String::new(), "external_id"),
        ("?".to_owned(), "external_id"),
        ("?external_provider=crm".to_owned(), "external_id"),
        ("?external_id=1".to_owned(), "external_provider"),
        ("?external_provider=&external_id=1".to_owned(), "external_provider"),
        ("?external_provider=crm&external_id=".to_owned(), "external_id"),
        ("?external_provider&external_id".to_owned(), "external_id"),
        (
            "?external_provider=crm&external_id=1&external_id=1".to_owned(),
            "external_id",
        ),
        (
            "?external_provider=crm&external_provider=x&external_id=1".to_owned(),
            "external_provider",
        ),
        (pair("crm", &long(256)), "external_id"),
        (pair(&long(65), "1"), "external_provider"),
        (pair("crm", "1\u{0}"), "external_id"),
        (pair("crm\t", "1"), "external_provider"),
        (format!("{}&dry_run=true", pair("crm", "1")), "dry_run"),
        (format!("{}&page=1", pair("crm", "1")), "page"),
        (
            format!("{}&phone_number=%2B14155550101", pair("crm", "1")),
            "phone_number",
        ),
        ("?phone_number=%2B14155550101".to_owned(), "phone_number"),
    ] {
        let answer = delete(&list, &query).await.assert_error(400, "QUERY_INVALID");
        answer.assert_names(field);
        assert_eq!(list.ids().await, ids, "{query}");
    }
    assert!(list.trail().await.is_empty());
}

#[apply(database_test)]
async fn what_keeps_it_from_deleting_deletes_nothing(app: TestApp) {
    let list = app.list().await;
    let ids = list.add(&[external_person("+14155550101", "crm", "1")]).await;
    let query = pair("crm", "1");
    for (name, value) in [("if-match", "\"stale\""), ("if-none-match", "*")] {
        let answer = deletion(&list, &query).header(name, value).send().await;
        answer.assert_error(412, "PRECONDITION_FAILED");
    }
    let foreign = delete(&list.asked_by(app.as_stranger()), &query).await;
    foreign.assert_error(404, "RECORD_LIST_NOT_FOUND");
    let absent = "/record-lists/8858c834-481d-4a02-8176-cffc02c50350/external-records";
    let absent = list.caller.delete(&format!("{absent}{query}")).send().await;
    absent.assert_error(404, "RECORD_LIST_NOT_FOUND");
    let anonymous = delete(&list.asked_by(app.as_anonymous()), &query).await;
    anonymous.assert_error(401, "UNAUTHENTICATED");
    // The path has no other method.
    for request in [
        list.caller.get(&list.path(&format!("/external-records{query}"))),
        list.caller.post(&list.path("/external-records")),
    ] {
        let answer = request.send().await.assert_error(405, "METHOD_NOT_ALLOWED");
        assert_eq!(answer.header("allow"), "DELETE, OPTIONS");
    }
    assert_eq!(list.ids().await, ids);
    assert!(list.trail().await.is_empty());
    let slash = list.caller.delete(&list.path(&format!("/external-records/{query}")));
    slash.send().await.assert_listed(&list, "EXTERNAL", 1).await;
}

#[apply(database_test)]
async fn a_repeated_deletion_gets_the_first_answer(app: TestApp) {
    let list = app.list().await;
    let people = ["1", "2"].map(|id| external_person("+14155550101", "crm", id));
    list.add(&people).await;
    let once = |id: &str| deletion(&list, &pair("crm", id)).header("idempotency-key", "K").send();
    // What found nothing leaves the key free.
    once("3").await.assert_found_nothing();
    let first = once("1").await.assert_listed(&list, "EXTERNAL", 1).await;
    // One that came later is not deleted by the repetition.
    list.add(&people[..1]).await;
    assert_replay(&once("1").await, &first);
    once("2").await.assert_error(422, "IDEMPOTENCY_KEY_REUSED");
    let bulk = json!([{"external_provider": "crm", "external_id": "1"}]);
    let bulk = list.delete_once("K", &bulk).await;
    bulk.assert_error(422, "IDEMPOTENCY_KEY_REUSED");
    assert_eq!(list.count().await, 2);
    assert_eq!(list.trail().await.len(), 1);
}
