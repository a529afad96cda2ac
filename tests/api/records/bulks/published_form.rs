//! The published form of answers (docs/contract.md section 1.14), asked for by the request or by the server's setting.

use record_lists::http::response::format::WireFormat;
use serde_json::json;

use crate::support::{
    TestApp, TestDatabase, TestRequest, Via::Delete, apply, database_test, entries, member_names, person,
};

/// An application that answers in the published form, or is asked for it.
async fn published_app(database: TestDatabase, asked_by: &str) -> TestApp {
    let published = asked_by == "setting";
    let change = |settings: &mut record_lists::config::Settings| {
        if published {
            settings.wire_format = WireFormat::Published;
        }
    };
    TestApp::on(database, change).await
}

/// Asks for the published form, unless the server has it set.
fn preferred(request: TestRequest, asked_by: &str) -> TestRequest {
    match asked_by {
        "header" => request.header("prefer", "return=minimal"),
        _ => request,
    }
}

#[apply(database_test)]
async fn the_published_form_has_the_published_members_alone(
    database: TestDatabase,
    #[values("header", "setting")] asked_by: &str,
) {
    let app = published_app(database, asked_by).await;
    let list = app.list().await;
    list.add(&[person("+14155550101")]).await;
    let request = list
        .deletion(Delete)
        .json(&json!([{"phone_number": "+14155550101"}, {"phone_number": "+14155550102"}]));
    let request = preferred(request, asked_by);
    let base = format!("http://{}/record-lists/{}", app.address, list.id);
    assert_eq!(
        request.send().await.assert_status(200).json(),
        json!({
            "record_list_id": list.id,
            "has_errors": true,
            "total_errors": 1,
            "total_deleted": 1,
            "_links": {"self": {"href": format!("{base}/records")}, "record_list": {"href": base}},
            "_embedded": {"failed_records": [{
                "id": "+14155550102",
                "_links": {"self": {"href": format!("{base}/records?phone_number=%2B14155550102")}},
            }]},
        })
    );
}

#[apply(database_test)]
async fn a_preference_is_read_by_its_grammar_and_confirmed(app: TestApp) {
    let list = app.list().await;
    for (prefer, is_applied) in [
        ("return=minimal", true),
        ("Return = \"Minimal\" ; a=b", true),
        ("respond-async, return=minimal; x=\"a, return=representation\"", true),
        ("return=representation, return=minimal", false),
        ("x=\"return=minimal\"", false),
        ("wait=5; return=minimal", false),
        ("return-minimal", false),
        ("return, return=minimal", false),
        ("return=\"min\\imal\"", true),
        ("return=minimal\"", false),
        ("x=\"a\\\", return=representation\", return=minimal", true),
    ] {
        let request = list.deletion(Delete).header("prefer", prefer);
        let answer = request.json(&json!([{"phone_number": "+14155550109"}])).send().await;
        let answer = answer.assert_status(200);
        let applied = answer.headers.get("preference-applied");
        let applied = applied.map(|value| value.to_str().expect("a text"));
        assert_eq!(applied, is_applied.then_some("return=minimal"), "{prefer}");
        if is_applied {
            assert_eq!(answer.json().get("total_records_deleted"), None, "{prefer}");
        }
    }
}

#[apply(database_test)]
async fn a_dry_run_is_marked_in_every_form(app: TestApp) {
    let list = app.list().await;
    for prefer in ["return=minimal", "return=representation"] {
        let body = json!([{"phone_number": "+14155550109"}]);
        let path = list.path("/records/bulks");
        let dry_run = list
            .caller
            .delete(&format!("{path}?dry_run=true"))
            .header("prefer", prefer);
        let answer = dry_run.json(&body).send().await.assert_status(200);
        assert_eq!(answer.header("dry-run"), "true");
        let deletion = list.caller.delete(&path).header("prefer", prefer);
        let answer = deletion.json(&body).send().await.assert_status(200);
        assert_eq!(answer.headers.get("dry-run"), None);
    }
}

/// Each operation lacks what the vendor's schema of that operation lacks, and nothing else.
#[apply(database_test)]
async fn each_write_has_a_published_form_of_its_own(
    database: TestDatabase,
    #[values("header", "setting")] asked_by: &str,
) {
    let app = published_app(database, asked_by).await;
    let confirmed = (asked_by == "header").then_some("return=minimal");
    let caller = app.as_manager();
    let create = || preferred(caller.post("/record-lists").json(&json!({"name": "a"})), asked_by);
    let answer = create().send().await.assert_status(201);
    let applied = |answer: &crate::support::TestResponse| {
        let applied = answer.headers.get("preference-applied");
        applied.map(|value| value.to_str().expect("a text").to_owned())
    };
    assert_eq!(applied(&answer).as_deref(), confirmed);
    assert!(
        answer
            .header("location")
            .ends_with(answer.json()["id"].as_str().expect("an id"))
    );
    assert_eq!(
        member_names(&answer.json()),
        ["_links", "id", "name", "status", "unique_identifier_type"]
    );

    let list = app.list().await;
    let mut faulty = json!({"last_name": "b", "phone_number": "+14155550102"});
    for n in 0..11 {
        faulty[format!("x{n}")] = n.into();
    }
    let body = json!({"records": [person("+14155550101"), faulty]});
    let create = || preferred(list.caller.post(&list.path("/records/bulks")).json(&body), asked_by);
    let answer = create().header("idempotency-key", "a").send().await.assert_status(201);
    assert_eq!(applied(&answer).as_deref(), confirmed);
    let bulk = answer.json();
    let expected = [
        "_embedded",
        "_links",
        "has_errors",
        "record_list_id",
        "total_created",
        "total_errors",
    ];
    assert_eq!(member_names(&bulk), expected);
    let [created, failed] = &entries(&bulk)[..] else {
        panic!("{bulk}");
    };
    assert_eq!(
        *failed,
        json!({"errors": ["FIRST_NAME_MISSING", "OTHER"], "phone_number": "+14155550102"})
    );
    assert!(created["created_at"].is_string() && created["_links"]["self"]["href"].is_string());
    // A saved answer has the form that it was given in.
    let again = list.caller.post(&list.path("/records/bulks")).json(&body);
    let again = again
        .header("prefer", "return=representation")
        .header("idempotency-key", "a");
    let again = again.send().await.assert_status(201);
    assert!(again.is_replay());
    assert_eq!((&again.body, applied(&again).as_deref()), (&answer.body, confirmed));
}

#[apply(database_test)]
async fn reads_have_the_published_form_by_the_setting_alone(database: TestDatabase) {
    let app = published_app(database, "setting").await;
    let list = app.list().await;
    list.add(&[person("+14155550101")]).await;
    let records = list.caller.page(&list.path("/records")).await;
    assert_eq!(
        member_names(&records),
        ["_embedded", "_links", "count", "page", "per_page", "total_pages"]
    );
    let lists = list.caller.page("/record-lists").await;
    assert_eq!(lists["total"], 1);
    let whole = [
        "_links",
        "created_at",
        "id",
        "name",
        "records_count",
        "status",
        "teams",
        "unique_identifier_type",
        "updated_at",
    ];
    assert_eq!(member_names(&entries(&lists)[0]), whole);
    assert_eq!(member_names(&list.caller.page(&list.path("")).await), whole);
    let deletions = list.caller.page("/deletions").await;
    assert_eq!(deletions["total"], 0);
}

#[apply(database_test)]
async fn a_preference_changes_no_read_and_no_error(app: TestApp) {
    let list = app.list().await;
    for path in [
        list.path("/records"),
        list.path(""),
        "/record-lists".to_owned(),
        "/deletions".to_owned(),
    ] {
        let plain = list.caller.get(&path).send().await.assert_status(200);
        let answer = list.caller.get(&path).header("prefer", "return=minimal").send().await;
        assert_eq!(answer.json(), plain.json(), "{path}");
        assert_eq!(answer.headers.get("preference-applied"), None, "{path}");
    }
    let create = list
        .caller
        .post(&list.path("/records/bulks"))
        .header("prefer", "return=minimal");
    let answer = create.json(&json!({"records": []})).send().await;
    let answer = answer
        .assert_error(400, "VALIDATION_FAILED")
        .assert_fields(&["records"]);
    assert_eq!(answer.headers.get("preference-applied"), None);
}
