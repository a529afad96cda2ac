//! The options of the bulk delete (docs/contract.md section 5.4).

use serde_json::{Value, json};

use crate::support::{
    Blocker, TestApp, TestList, Via, apply, database_test, external_person, has_additions, member_names, person,
};

const UNKNOWN: &str = "8858c834-481d-4a02-8176-cffc02c50350";

/// A list in which +14155550101 is one record's, +14155550102 two records', and a third record has a number of its own.
async fn list_with_a_shared_number(app: &TestApp) -> (TestList, Vec<String>) {
    let list = app.list().await;
    let mut two_numbers = external_person("+14155550101", "crm", "a");
    two_numbers["phone_numbers"] = json!([
        {"phone_number": "+14155550101", "phone_type": "HOME"},
        {"phone_number": "+14155550102", "phone_type": "OFFICE"},
    ]);
    let others = [person("+14155550102"), person("+14155550103")];
    let ids = list.add(&[&[two_numbers], others.as_slice()].concat()).await;
    (list, ids)
}

fn phones(numbers: &[&str]) -> Value {
    numbers.iter().map(|number| json!({"phone_number": number})).collect()
}

/// The message of the failed record at a position of the request.
fn message(answer: &crate::support::TestResponse, index: u64) -> String {
    let failed = answer.failed();
    let failed = failed.iter().find(|failed| failed["index"] == index);
    failed.expect("a failed record")["message"]
        .as_str()
        .expect("a message")
        .to_owned()
}

#[apply(database_test)]
async fn a_dry_run_answers_as_the_deletion_would_and_leaves_no_trace(
    app: TestApp,
    #[values(Via::Delete, Via::Post)] via: Via,
) {
    let (list, ids) = list_with_a_shared_number(&app).await;
    let body = phones(&["+14155550102", "+14155550199", "+14155550101"]);
    let dry = list
        .deletion_with(via, "?dry_run=true")
        .json(&body)
        .send()
        .await
        .assert_deleted(2, 1, 2);
    assert!(!dry.headers.contains_key("operation-id"));
    dry.assert_addition("dry_run", true);
    assert_eq!(list.ids().await, ids);
    let mut session = Blocker::connect(&app.database).await;
    for table in ["operation", "idempotency_key"] {
        let rows = session.number(&format!("SELECT count(*) FROM {table}")).await;
        assert_eq!(rows, 0, "{table}");
    }

    let real = list
        .deletion_with(via, "?dry_run=false")
        .json(&body)
        .send()
        .await
        .assert_deleted(2, 1, 2);
    assert!(real.headers.contains_key("operation-id"));
    let mut as_if = dry.json();
    as_if.as_object_mut().expect("an object").remove("dry_run");
    assert_eq!(real.json(), as_if);
    assert_eq!(list.ids().await, ids[2..]);
}

#[apply(database_test)]
async fn a_dry_run_waits_for_no_writer(app: TestApp) {
    let (list, ids) = list_with_a_shared_number(&app).await;
    let lock = Blocker::hold(&app.database, &list.id).await;
    list.delete_by("?dry_run=true", &json!([{"id": ids[0]}]))
        .await
        .assert_deleted(1, 0, 1);
    lock.release().await;
}

#[apply(database_test)]
async fn a_dry_run_checks_scope_list_and_body(app: TestApp) {
    let (list, _) = list_with_a_shared_number(&app).await;
    list.delete_by("?dry_run=true", &json!([]))
        .await
        .assert_error(400, "VALIDATION_FAILED");
    list.asked_by(app.as_stranger())
        .delete_by("?dry_run=true", &json!([{"id": UNKNOWN}]))
        .await
        .assert_error(404, "RECORD_LIST_NOT_FOUND");
    list.asked_by(app.as_anonymous())
        .delete_by("?dry_run=true", &json!([{"id": UNKNOWN}]))
        .await
        .assert_error(401, "UNAUTHENTICATED");
}

#[apply(database_test)]
async fn a_failure_of_all_or_none_deletes_nothing(app: TestApp) {
    let (list, ids) = list_with_a_shared_number(&app).await;
    let body = json!([{"id": ids[0]}, {"id": UNKNOWN}, {"id": ids[1]}]);
    let answer = list.delete_by("?all_or_none=true", &body).await.assert_deleted(0, 3, 0);
    answer.assert_failures(&[(0, "ROLLED_BACK"), (1, "RECORD_NOT_FOUND"), (2, "ROLLED_BACK")]);
    assert_eq!(list.ids().await, ids);

    let body = json!([{"id": ids[0]}, {"id": ids[1]}]);
    list.delete_by("?all_or_none=true", &body).await.assert_deleted(2, 0, 2);
    assert_eq!(list.ids().await, ids[2..]);
}

#[apply(database_test)]
async fn what_is_missing_is_counted_apart_where_it_is_ignored(app: TestApp) {
    let (list, ids) = list_with_a_shared_number(&app).await;
    let body = json!([{"id": UNKNOWN}, {"id": ids[0]}, {"id": "8858c834-481d-4a02-8176-cffc02c50359"}]);
    let answer = list
        .delete_by("?missing=ignore&all_or_none=true", &body)
        .await
        .assert_deleted(1, 0, 1);
    answer.assert_addition("total_missing", 2);
    let again = list.delete_by("?missing=error", &body).await.assert_deleted(0, 3, 0);
    assert!(again.json()["total_missing"].is_null());
}

#[apply(database_test)]
async fn no_option_forgives_what_can_match_no_record(app: TestApp) {
    let (list, ids) = list_with_a_shared_number(&app).await;
    let unhyphenated = ids[0].replace('-', "");
    let invalid = [
        json!([{"id": ids[0]}, {"id": unhyphenated}]),
        json!([{"id": ids[0]}, {"id": format!("{{{}}}", &unhyphenated[..32])}]),
        phones(&["+14155550103", "14155550133"]),
        phones(&["+14155550103", "0014155550133"]),
        phones(&["+14155550103", "+14155550132 x5"]),
    ];
    for body in &invalid {
        let answer = list
            .delete_by("?missing=ignore&all_or_none=true", body)
            .await
            .assert_deleted(0, 2, 0);
        answer.assert_addition("total_missing", 0);
        answer.assert_failures(&[(0, "ROLLED_BACK"), (1, "IDENTIFIER_INVALID")]);
        let answer = list
            .delete_by("?missing=ignore&match=all&dry_run=true", body)
            .await
            .assert_deleted(1, 1, 1);
        answer.assert_failures(&[(1, "IDENTIFIER_INVALID")]);
    }
    assert_eq!(list.ids().await, ids);
}

#[apply(database_test)]
async fn a_number_of_several_records_is_ambiguous_where_one_is_wanted(app: TestApp) {
    let (list, ids) = list_with_a_shared_number(&app).await;
    let body = phones(&["+14155550102", "+14155550103", "+14155550199"]);
    for query in ["?match=sole&dry_run=true", "?match=sole&all_or_none=true"] {
        let answer = list.delete_by(query, &body).await.assert_status(200);
        if has_additions() {
            assert_eq!(answer.failures()[0], (0, "AMBIGUOUS".to_owned()), "{query}");
            assert!(message(&answer, 0).starts_with("2 records "), "{query}");
        }
        assert_eq!(list.ids().await, ids, "{query}");
    }
    let answer = list
        .delete_by("?match=sole&missing=ignore", &body)
        .await
        .assert_deleted(1, 1, 1);
    answer.assert_addition("total_missing", 1);
    assert_eq!(list.ids().await, ids[..2]);
    // When one of the two is gone, the number is no longer ambiguous.
    list.delete_ids(&[&ids[0]]).await.assert_deleted(1, 0, 1);
    list.delete_by("?match=sole", &phones(&["+14155550102"]))
        .await
        .assert_deleted(1, 0, 1);
}

#[apply(database_test)]
async fn external_ids_can_be_ambiguous_too(app: TestApp) {
    let list = app.list().await;
    let twins = [
        external_person("+14155550101", "crm", "a"),
        external_person("+14155550102", "crm", "a"),
    ];
    list.add(&twins).await;
    let body = json!([{"external_provider": "crm", "external_id": "a"}]);
    let answer = list.delete_by("?match=sole", &body).await.assert_deleted(0, 1, 0);
    answer.assert_failures(&[(0, "AMBIGUOUS")]);
    list.delete_by("?match=all", &body).await.assert_deleted(1, 0, 2);
}

#[apply(database_test)]
async fn the_published_form_has_none_of_it(app: TestApp) {
    let (list, _) = list_with_a_shared_number(&app).await;
    let answer = list
        .deletion_with(Via::Delete, "?dry_run=true&missing=ignore&match=sole")
        .header("prefer", "return=minimal")
        .json(&phones(&["+14155550102", "+14155550199"]))
        .send()
        .await
        .assert_status(200)
        .json();
    let published = [
        "_embedded",
        "_links",
        "has_errors",
        "record_list_id",
        "total_deleted",
        "total_errors",
    ];
    assert_eq!(member_names(&answer), published);
    let failed = &answer["_embedded"]["failed_records"][0];
    assert_eq!(member_names(failed), ["_links", "id"]);
}

#[apply(database_test)]
async fn a_parameter_that_is_not_just_so_is_400_and_deletes_nothing(
    app: TestApp,
    #[values(Via::Delete, Via::Post)] via: Via,
) {
    let (list, ids) = list_with_a_shared_number(&app).await;
    for (query, named) in [
        ("?dry_run=1", &["dry_run"][..]),
        ("?dry_run=True", &["dry_run"]),
        ("?dry_run=TRUE", &["dry_run"]),
        ("?dry_run=%20true", &["dry_run"]),
        ("?dry_run", &["dry_run"]),
        ("?dry_run=", &["dry_run"]),
        ("?dryRun=true", &["dryRun"]),
        ("?dry-run=true", &["dry-run"]),
        ("?dry_run=true&dry_run=false", &["dry_run"]),
        ("?dry_run=true&dry_run=true", &["dry_run"]),
        ("?dry_run=true;x=1", &["dry_run"]),
        ("?all_or_none=yes", &["all_or_none"]),
        ("?missing=ignored", &["missing"]),
        ("?missing=Ignore", &["missing"]),
        ("?match=one", &["match"]),
        ("?match=", &["match"]),
        ("?missing=ignore&missing=error", &["missing"]),
        ("?dry_run=1&match=x&limit=5", &["dry_run", "match", "limit"]),
    ] {
        list.deletion_with(via, query)
            .json(&json!([{"id": ids[0]}]))
            .send()
            .await
            .assert_error(400, "QUERY_INVALID")
            .assert_fields(named);
    }
    assert_eq!(list.ids().await, ids);
}

/// Neither has such an option, and nobody may believe it has.
#[apply(database_test)]
async fn other_writes_refuse_the_options(app: TestApp) {
    let list = app.list().await;
    let caller = app.as_manager();
    let path = list.path("/records/bulks?dry_run=true");
    for request in [
        caller.post(&path).json(&json!({"records": [person("+14155550101")]})),
        caller.post("/record-lists?dry_run=true").json(&json!({"name": "a"})),
    ] {
        request
            .send()
            .await
            .assert_error(400, "QUERY_INVALID")
            .assert_fields(&["dry_run"]);
    }
    assert_eq!(list.count().await, 0);
}
