//! The published form of the answer (docs/contract.md section 1.14), asked for by the request or by the server's setting.

use serde_json::json;

use crate::support::{TestApp, TestDatabase, Via::Delete, apply, database_test, person};

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
