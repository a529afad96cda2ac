//! The decisions of docs/contract.md section 5.

use serde_json::{Value, json};

use crate::support::{
    TestApp,
    Via::{self, Delete, Post},
    apply, database_test, external_person, has_additions, person,
};

const UNKNOWN: &str = "8858c834-481d-4a02-8176-cffc02c50350";

#[apply(database_test)]
async fn ids_delete_their_records(app: TestApp, #[values(Delete, Post)] via: Via) {
    let list = app.list().await;
    let ids = list
        .add(&[person("+14155550101"), person("+14155550102"), person("+14155550103")])
        .await;
    let body = json!([{"id": ids[0]}, {"id": ids[2]}]);
    let answer = list
        .deletion(via)
        .json(&body)
        .send()
        .await
        .assert_deleted(2, 0, 2)
        .json();
    assert_eq!(answer["record_list_id"], list.id.as_str());
    assert_eq!(answer["_embedded"], json!({"failed_records": []}));
    let base = format!("http://{}", app.address);
    assert_eq!(
        answer["_links"],
        json!({
            "self": {"href": format!("{base}/record-lists/{}/records", list.id)},
            "record_list": {"href": format!("{base}/record-lists/{}", list.id)},
        })
    );
    assert_eq!(list.ids().await, [ids[1].clone()]);
}

#[apply(database_test)]
async fn external_references_delete_their_records(app: TestApp, #[values(Delete, Post)] via: Via) {
    let list = app.list().await;
    let ids = list
        .add(&[
            external_person("+14155550101", "salesforce", "003DL0000212DetYAE"),
            external_person("+14155550102", "salesforce", "003DL0000212DeuYAE"),
            external_person("+14155550103", "hubspot", "003DL0000212DetYAE"),
        ])
        .await;
    let body = json!([{"external_provider": "salesforce", "external_id": "003DL0000212DetYAE"}]);
    list.deletion(via).json(&body).send().await.assert_deleted(1, 0, 1);
    assert_eq!(list.ids().await, ids[1..]);
}

#[apply(database_test)]
async fn what_matches_nothing_is_a_failed_record_also_when_all_miss(app: TestApp, #[values(Delete, Post)] via: Via) {
    let list = app.list().await;
    let ids = list.add(&[person("+14155550101")]).await;
    let records = format!("http://{}/record-lists/{}/records", app.address, list.id);

    let body = json!([{"id": "no uuid/?"}, {"id": ids[0]}, {"id": UNKNOWN}]);
    let answer = list.deletion(via).json(&body).send().await.assert_deleted(1, 2, 1);
    answer.assert_failed(&[
        json!({
            "id": "no uuid/?", "index": 0, "code": "IDENTIFIER_INVALID",
            "message": "This identifier can match no record: the id is not a UUID; send the hyphenated form of 36 \
                        characters.",
            "_links": {"self": {"href": format!("{records}/no%20uuid%2F%3F")}},
        }),
        json!({
            "id": UNKNOWN, "index": 2, "code": "RECORD_NOT_FOUND",
            "message": "No record of the list matches this identifier.",
            "_links": {"self": {"href": format!("{records}/{UNKNOWN}")}},
        }),
    ]);

    let body = json!([{"phone_number": "+14155550199"}]);
    let answer = list.deletion(via).json(&body).send().await.assert_deleted(0, 1, 0);
    answer.assert_failed(&[json!({
        "id": "+14155550199", "phone_number": "+14155550199", "index": 0,
        "code": "RECORD_NOT_FOUND", "message": "No record of the list matches this identifier.",
        "_links": {"self": {"href": format!("{records}?phone_number=%2B14155550199")}},
    })]);

    let body = json!([{"external_provider": "a&b", "external_id": "ü 1"}]);
    let answer = list.deletion(via).json(&body).send().await.assert_deleted(0, 1, 0);
    answer.assert_failed(&[json!({
        "id": "ü 1", "external_provider": "a&b", "external_id": "ü 1", "index": 0,
        "code": "RECORD_NOT_FOUND", "message": "No record of the list matches this identifier.",
        "_links": {"self": {"href": format!("{records}?external_provider=a%26b&external_id=%C3%BC%201")}},
    })]);
}

#[apply(database_test)]
async fn a_repeated_identifier_counts_once(app: TestApp) {
    let list = app.list().await;
    let ids = list.add(&[person("+14155550101"), person("+14155550102")]).await;
    let upper = ids[0].to_uppercase();
    list.delete_ids(&[&ids[0], &upper, &ids[0]])
        .await
        .assert_deleted(1, 0, 1);
    let answer = list.delete_ids(&["x", "x", UNKNOWN, &UNKNOWN.to_uppercase()]).await;
    answer
        .assert_deleted(0, 2, 0)
        .assert_failures(&[(0, "IDENTIFIER_INVALID"), (2, "RECORD_NOT_FOUND")]);
    let numbers = ["+1 415 555 0102", "+14155550102", "+1 (415) 555-0102", "+14155550109"];
    list.delete_phones(&numbers).await.assert_deleted(1, 1, 1);
}

#[apply(database_test)]
async fn a_phone_number_shared_by_records_deletes_them_all_in_that_list_alone(app: TestApp) {
    let (list, other) = (app.list().await, app.list().await);
    let number = "+442079460958";
    let mut second = person("+14155550101");
    second["phone_numbers"] = json!([
        {"phone_number": "+14155550101", "phone_type": "HOME"},
        {"phone_number": number, "phone_type": "OFFICE"},
    ]);
    list.add(&[person(number), second, person("+14155550102")]).await;
    other.add(&[person(number)]).await;
    list.delete_phones(&[number]).await.assert_deleted(1, 0, 2);
    assert_eq!(list.records().await[0]["phone_number"], "+14155550102");
    assert_eq!(other.count().await, 1);
}

#[apply(database_test)]
async fn two_numbers_of_one_record_both_count_as_deleted(app: TestApp) {
    let list = app.list().await;
    let mut record = person("+14155550101");
    record["phone_numbers"] = json!([
        {"phone_number": "+14155550101", "phone_type": "HOME"},
        {"phone_number": "+14155550102", "phone_type": "OFFICE"},
        {"phone_number": "+14155550101", "phone_type": "EXTRA_1"},
    ]);
    list.add(&[record]).await;
    let numbers = ["+14155550102", "+14155550101"];
    list.delete_phones(&numbers).await.assert_deleted(2, 0, 1);
    assert_eq!(list.count().await, 0);
}

#[apply(database_test)]
async fn records_of_another_list_are_out_of_reach(app: TestApp) {
    let (list, other) = (app.list().await, app.list().await);
    let ids = other.add(&[external_person("+14155550101", "salesforce", "a")]).await;
    list.delete_ids(&[&ids[0]]).await.assert_deleted(0, 1, 0);
    list.delete_phones(&["+14155550101"]).await.assert_deleted(0, 1, 0);
    list.delete_external(&[("salesforce", "a")])
        .await
        .assert_deleted(0, 1, 0);
    assert_eq!(other.count().await, 1);
}

#[apply(database_test)]
async fn a_list_of_another_account_is_as_if_absent(app: TestApp) {
    let list = app.list().await;
    let ids = list.add(&[person("+14155550101")]).await;
    let absent = app
        .as_stranger()
        .delete(&format!("/record-lists/{UNKNOWN}/records/bulks"));
    let absent = absent.json(&json!([{"id": ids[0]}])).send().await;
    let absent = absent.assert_error(404, "RECORD_LIST_NOT_FOUND");
    let foreign = list.asked_by(app.as_stranger());
    // First while the list has an actor, then from the database alone in a fresh application.
    let hidden = foreign.delete_ids(&[&ids[0]]).await;
    assert_eq!(hidden.body, absent.body);
    assert_eq!(hidden.status, absent.status);
    let no_uuid = app.as_manager().delete("/record-lists/mine/records/bulks");
    let no_uuid = no_uuid.json(&json!([{"id": ids[0]}])).send().await;
    assert_eq!(no_uuid.body, absent.body);
    assert_eq!(list.count().await, 1);
}

#[apply(database_test)]
async fn upper_case_ids_are_ids_and_other_spellings_match_nothing(app: TestApp) {
    let list = app.list().await;
    let ids = list.add(&[person("+14155550101"), person("+14155550102")]).await;
    let bare = ids[1].replace('-', "");
    let full_width = format!("{}\u{ff10}", &ids[1][..35]);
    list.delete_ids(&[&bare, &full_width]).await.assert_deleted(0, 2, 0);
    let braces = format!("{{{}}}", ids[1]);
    let refused = list.delete_ids(&[&braces]).await;
    refused
        .assert_error(400, "VALIDATION_FAILED")
        .assert_fields(&["[0].id"]);
    list.delete_ids(&[&ids[0].to_uppercase()]).await.assert_deleted(1, 0, 1);
    assert_eq!(list.ids().await, [ids[1].clone()]);
}

#[apply(database_test)]
async fn external_references_compare_byte_by_byte(app: TestApp) {
    let list = app.list_identified_by("EXTERNAL").await;
    let ids = [
        "003DL0000212DetYAE",
        "003DL0000212DeTYAU",
        "a",
        "A",
        "á",
        "a\u{301}",
        "_x",
        "ß",
        "SS",
        "ı",
    ];
    let records: Vec<Value> = ids
        .iter()
        .map(|id| external_person("+14155550101", "salesforce", id))
        .collect();
    let record_ids = list.add(&records).await;
    let wrong = [
        ("Salesforce", "003DL0000212DetYAE"),
        ("salesforce", "003dl0000212detyae"),
        (" salesforce", "003DL0000212DetYAE"),
    ];
    let failed = list.delete_external(&wrong).await.assert_deleted(0, 3, 0).failed();
    for (failed, (provider, id)) in failed.iter().zip(wrong) {
        assert_eq!(failed["id"], id);
        if has_additions() {
            assert_eq!(
                (&failed["external_provider"], &failed["external_id"]),
                (&provider.into(), &id.into())
            );
        }
    }
    assert_eq!(list.ids().await, record_ids);
    for (gone, id) in ids.iter().enumerate() {
        list.delete_external(&[("salesforce", id)])
            .await
            .assert_deleted(1, 0, 1);
        assert_eq!(list.ids().await, record_ids[gone + 1..]);
    }
}

#[apply(database_test)]
async fn unknown_parameters_are_refused_and_nothing_is_deleted(app: TestApp, #[values(Delete, Post)] via: Via) {
    let list = app.list().await;
    let ids = list.add(&[person("+14155550101")]).await;
    let path = list.path(match via {
        Delete => "/records/bulks",
        Post => "/records/bulks/delete",
    });
    for (query, field) in [
        ("dry_run=1", "dry_run"),
        ("dry_run=True", "dry_run"),
        ("dry_run", "dry_run"),
        ("dryRun=true", "dryRun"),
        ("dry-run=true", "dry-run"),
        ("access_token=x", "access_token"),
        ("=", ""),
    ] {
        let path = format!("{path}?{query}");
        let request = match via {
            Delete => list.caller.delete(&path),
            Post => list.caller.post(&path),
        };
        let answer = request.json(&json!([{"id": ids[0]}])).send().await;
        answer.assert_error(400, "QUERY_INVALID").assert_fields(&[field]);
    }
    let twice = format!("{path}?dry_run=true&dry_run=false");
    let request = match via {
        Delete => list.caller.delete(&twice),
        Post => list.caller.post(&twice),
    };
    let answer = request.json(&json!([{"id": ids[0]}])).send().await;
    answer.assert_error(400, "QUERY_INVALID");
    assert_eq!(list.ids().await, ids);
}
