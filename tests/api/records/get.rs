//! Reading one record (docs/contract.md section 4.1).

use serde_json::{Value, json};

use crate::support::{Claims, TestApp, TestList, TestResponse, apply, assert_total, database_test, person};

/// An id that nobody has.
const UNKNOWN: &str = "8858c834-481d-4a02-8176-cffc02c50350";

async fn get(list: &TestList, record: &str) -> TestResponse {
    let path = list.path(&format!("/records/{record}"));
    list.caller.get(&path).send().await
}

/// Asks for what a record's own link leads to.
async fn follow(list: &TestList, record: &Value) -> TestResponse {
    let href = record["_links"]["self"]["href"].as_str().expect("a link");
    let address = href.strip_prefix("http://").expect("an absolute link");
    let path = &address[address.find('/').expect("a path")..];
    list.caller.get(path).send().await
}

/// A record with all members.
fn full() -> Value {
    let types = ["OFFICE", "HOME", "MOBILE", "EXTRA_3", "EXTRA_2", "EXTRA_1"];
    let numbers = types
        .iter()
        .enumerate()
        .map(|(n, phone_type)| json!({"phone_number": format!("+1415555011{n}"), "phone_type": phone_type}));
    json!({
        "first_name": "Ada\nMaria", "last_name": "Zoë 😀",
        "phone_numbers": numbers.collect::<Vec<_>>(),
        "timezone": "america/new_york", "priority": 10,
        "extra_data": {"k": [1, 2.5, {"x": true}], "a": "b"},
        "external_provider": "salesforce", "external_id": "003DL0000212DetYAE",
        "external_url": "https://crm.example.com/003", "sync_external_id": true,
    })
}

#[apply(database_test)]
async fn a_record_is_shown_as_on_the_page(app: TestApp) {
    let list = app.list().await;
    let ids = list
        .add(&[person("+14155550101"), full(), person("+14155550101")])
        .await;
    let shown = list.records().await;
    assert_eq!(shown.len(), 3);
    for (id, record) in ids.iter().zip(shown) {
        let answer = get(&list, id).await.assert_status(200);
        assert_eq!(answer.json(), record);
    }
    let record = get(&list, &ids[1]).await.json();
    assert_eq!(record["record_list_id"], list.id);
    assert_eq!(record["phone_numbers"], full()["phone_numbers"]);
    assert_eq!(record["phone_number"], "+14155550110");
    assert_eq!(record["extra_data"], full()["extra_data"]);
    assert_eq!(record["timezone"], "America/New_York");
}

#[apply(database_test)]
async fn a_query_is_passed_over(app: TestApp) {
    let list = app.list().await;
    let ids = list.add(&[person("+14155550101")]).await;
    let plain = get(&list, &ids[0]).await.assert_status(200);
    for query in [
        "?",
        "?page=0&search=x&whatever",
        "?page=1&page=1&page_size=",
        "?phone_number=%00&fields=x&cursor=x",
    ] {
        let answer = get(&list, &format!("{}{query}", ids[0])).await;
        assert_eq!(answer.assert_status(200).body, plain.body, "{query}");
    }
}

#[apply(database_test)]
async fn ids_may_be_in_upper_case(app: TestApp) {
    let list = app.list().await;
    let ids = list.add(&[person("+14155550101")]).await;
    let plain = get(&list, &ids[0]).await.assert_status(200);
    let (upper_list, upper_record) = (list.id.to_uppercase(), ids[0].to_uppercase());
    for path in [
        list.path(&format!("/records/{upper_record}")),
        list.path(&format!("/records/{upper_record}/")),
        format!("/record-lists/{upper_list}/records/{upper_record}"),
    ] {
        let answer = list.caller.get(&path).send().await;
        assert_eq!(answer.assert_status(200).body, plain.body, "{path}");
    }
}

#[apply(database_test)]
async fn what_is_no_record_of_the_list_is_404(app: TestApp) {
    let list = app.list().await;
    let ids = list.add(&[person("+14155550101"), person("+14155550102")]).await;
    let other = app.list().await;
    let of_other = other.add(&[person("+14155550101")]).await;
    list.delete_ids(&[&ids[0]]).await.assert_deleted(1, 0, 1);
    let absent = get(&list, UNKNOWN).await;
    let absent = absent.assert_error(404, "RECORD_NOT_FOUND");
    let without_hyphens = ids[1].replace('-', "");
    let in_braces = format!("%7B{}%7D", ids[1]);
    for id in [
        ids[0].as_str(),
        &of_other[0],
        &without_hyphens,
        &in_braces,
        "x",
        "+14155550102",
        "%00",
        &"a".repeat(300),
    ] {
        let answer = get(&list, id).await;
        let answer = answer.assert_error(404, "RECORD_NOT_FOUND");
        assert_eq!(answer.body, absent.body, "{id}");
    }
    get(&other, &of_other[0]).await.assert_status(200);
    // The list is looked up first, whatever stands behind it.
    let gone = format!("/record-lists/{UNKNOWN}/records/x");
    let gone = list.caller.get(&gone).send().await;
    gone.assert_error(404, "RECORD_LIST_NOT_FOUND");
}

#[apply(database_test)]
async fn a_list_that_is_not_the_callers_is_404(app: TestApp) {
    let list = app.list().await;
    let ids = list.add(&[person("+14155550101")]).await;
    let theirs = get(&list.asked_by(app.as_stranger()), &ids[0]).await;
    let theirs = theirs.assert_error(404, "RECORD_LIST_NOT_FOUND");
    for id in [UNKNOWN, "x", "%00"] {
        let path = format!("/record-lists/{id}/records/{}", ids[0]);
        let answer = list.caller.get(&path).send().await;
        let answer = answer.assert_error(404, "RECORD_LIST_NOT_FOUND");
        assert_eq!(answer.body, theirs.body, "{id}");
    }
}

#[apply(database_test)]
async fn bulks_is_no_record(app: TestApp) {
    let list = app.list().await;
    for record in ["bulks", "bulks/", "bulks?page=1", "bulks/delete"] {
        let answer = get(&list, record).await;
        let answer = answer.assert_error(405, "METHOD_NOT_ALLOWED");
        let allow = answer.header("allow");
        assert!(allow.contains("POST") && !allow.contains("GET"), "{allow}");
    }
}

#[apply(database_test)]
async fn the_scope_for_pages_of_records_is_not_enough(app: TestApp) {
    let list = app.list().await;
    let ids = list.add(&[person("+14155550101")]).await;
    for (scope, status) in [
        ("record-lists:manage", 200),
        ("tod.records-list.manage", 403),
        ("openid record-lists:manage", 200),
        ("record-lists:write", 403),
        ("do-not-call-lists:manage", 403),
        ("", 403),
    ] {
        let claims = Claims::of("acme").with("scope", scope);
        let asked = list.asked_by(app.with_token(&claims.token()));
        let answer = get(&asked, &ids[0]).await.assert_status(status);
        if status == 403 {
            answer.assert_error(403, "INSUFFICIENT_SCOPE");
        }
    }
    let anonymous = get(&list.asked_by(app.as_anonymous()), &ids[0]).await;
    anonymous.assert_error(401, "UNAUTHENTICATED");
}

#[apply(database_test)]
async fn links_of_created_and_listed_records_lead_here(app: TestApp) {
    let list = app.list().await;
    let created = list.try_add(&[person("+14155550101"), full()]).await;
    let created = created.assert_status(201).json();
    let created = created["_embedded"]["records"].as_array().expect("records");
    let listed = list.records().await;
    assert_eq!(listed.len(), 2);
    for record in created.iter().chain(&listed) {
        let answer = follow(&list, record).await.assert_status(200);
        assert_eq!(answer.json()["id"], record["id"]);
    }
}

#[apply(database_test)]
async fn links_of_failed_ids_lead_to_the_record_or_to_404(app: TestApp) {
    let list = app.list().await;
    let ids = list.add(&[person("+14155550101")]).await;
    let odd = ["x", UNKNOWN, "a/b", "?x#y", "%41", "ü ", "bulks\\"];
    let failed = list.delete_ids(&odd).await.assert_deleted(0, 7, 0).failed();
    for record in &failed {
        let answer = follow(&list, record).await;
        answer.assert_error(404, "RECORD_NOT_FOUND");
    }
    // These mean something else as a part of a path: their links lead to the records.
    let words = [".", "..", "bulks", "timezones"];
    let failed = list.delete_ids(&words).await.assert_deleted(0, 4, 0).failed();
    for record in &failed {
        let page = follow(&list, record).await.assert_status(200).json();
        assert_total(&page, 1);
    }
    // The one that would have been deleted is still there.
    let body = json!([{"id": ids[0]}, {"id": UNKNOWN}]);
    let kept = list.delete_by("?all_or_none=true", &body).await;
    let kept = kept.assert_deleted(0, 2, 0).failed();
    let answer = follow(&list, &kept[0]).await.assert_status(200);
    assert_eq!(answer.json()["id"], ids[0]);
    // And then it is not.
    list.delete_ids(&[&ids[0]]).await.assert_deleted(1, 0, 1);
    let again = list.delete_ids(&[&ids[0]]).await.failed();
    let answer = follow(&list, &again[0]).await;
    answer.assert_error(404, "RECORD_NOT_FOUND");
}
