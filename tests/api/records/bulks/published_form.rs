//! The published form of the answer (docs/contract.md section 1.14), asked for by the request or by the server's setting.

use serde_json::json;

use crate::support::{TestApp, TestDatabase, Via::Delete, apply, database_test, has_additions, person};

#[apply(database_test)]
async fn the_published_form_has_the_published_members_alone(
    database: TestDatabase,
    #[values("header", "setting")] asked_by: &str,
) {
    let published = asked_by == "setting";
    let app = TestApp::on(database, |settings| {
        if published {
            settings.wire_format = record_lists::http::response::format::WireFormat::Published;
        }
    })
    .await;
    let list = app.list().await;
    list.add(&[person("+14155550101")]).await;
    let mut request = list
        .deletion(Delete)
        .json(&json!([{"phone_number": "+14155550101"}, {"phone_number": "+14155550102"}]));
    if !published {
        request = request.header("prefer", "return=minimal");
    }
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
    if !has_additions() {
        // There the client states a preference of its own.
        return;
    }
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
