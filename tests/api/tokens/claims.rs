//! Claims and scopes that are named as an identity provider names them.

use serde_json::{Value, json};

use crate::support::{Claims, TestApp, TestDatabase, apply, database_test, entries};

/// The client in the newest deletion, which this token carries out.
async fn client_of(app: &TestApp, claims: &Claims) -> String {
    let list = app.list().await.asked_by(app.with_token(&claims.token()));
    list.delete_ids(&["x"]).await.assert_deleted(0, 1, 0);
    let page = list.caller.page(&list.path("/deletions")).await;
    entries(&page)[0]["client_id"].as_str().expect("a client").to_owned()
}

fn unnamed() -> Claims {
    Claims::of("acme").without("client_id").with("sub", "person-1")
}

#[apply(database_test)]
async fn the_client_is_the_first_claim_that_names_one(app: TestApp) {
    for (claims, expected) in [
        (json!({"cid": "0oaFIELD"}), "0oaFIELD".to_owned()),
        (
            json!({"client_id": "a", "cid": "b", "azp": "c", "appid": "d"}),
            "a".into(),
        ),
        (json!({"appid": "d", "azp": "c"}), "c".into()),
        (json!({"appid": "d"}), "d".into()),
        (
            json!({"client_id": "", "cid": 7, "azp": null, "appid": "d"}),
            "d".into(),
        ),
        (json!({"client_id": "é".repeat(300)}), "é".repeat(255)),
        (json!({"client_id": "a\0b"}), String::new()),
        (json!({}), String::new()),
    ] {
        let claims = claims.as_object().expect("an object");
        let token = claims
            .iter()
            .fold(unnamed(), |token, (name, value)| token.with(name, value.clone()));
        assert_eq!(client_of(&app, &token).await, expected, "{claims:?}");
    }
}

#[apply(database_test)]
async fn the_claims_of_the_client_are_as_configured(database: TestDatabase) {
    let app = TestApp::on(database, |settings| {
        settings.jwt_client_claims = vec!["https://a.example/client".into(), "sub".into()];
    })
    .await;
    assert_eq!(client_of(&app, &unnamed().with("client_id", "a")).await, "person-1");
    let named = unnamed().with("https://a.example/client", "b");
    assert_eq!(client_of(&app, &named).await, "b");
}

const PATH: &str = "/record-lists/8858c834-481d-4a02-8176-cffc02c50350";

#[apply(database_test)]
async fn other_scopes_are_required_in_the_place_of_manage(database: TestDatabase) {
    let app = TestApp::on(database, |settings| {
        settings.jwt_required_scope = vec!["record-lists/record-lists:manage".into(), "dial.all".into()];
    })
    .await;
    let with = |scope: &str| app.with_token(&Claims::of("acme").with("scope", scope).token());
    for scope in ["record-lists/record-lists:manage", "dial.all", "openid dial.all"] {
        let answer = with(scope).get(PATH).send().await;
        answer.assert_error(404, "RECORD_LIST_NOT_FOUND");
    }
    let challenge = "Bearer error=\"insufficient_scope\", scope=\"record-lists/record-lists:manage\"";
    for scope in [
        "record-lists:manage",
        "tod.records-list.manage",
        "record-lists/record-lists:manager",
        "Dial.all",
        "dial.all,openid",
        "",
    ] {
        let answer = with(scope).get(PATH).send().await;
        let answer = answer.assert_error(403, "INSUFFICIENT_SCOPE");
        assert_eq!(answer.header("www-authenticate"), challenge, "{scope}");
        let expected = "The token needs the scope record-lists/record-lists:manage or dial.all.";
        assert_eq!(answer.json()["description"], expected);
    }
    // What the vendor prints for one operation counts beside them there.
    let records = format!("{PATH}/records");
    let answer = with("tod.records-list.manage").get(&records).send().await;
    answer.assert_error(404, "RECORD_LIST_NOT_FOUND");
    let answer = with("record-lists:manage").get(&records).send().await;
    let answer = answer.assert_error(403, "INSUFFICIENT_SCOPE");
    assert_eq!(answer.header("www-authenticate"), challenge);
}

#[apply(database_test)]
async fn the_document_names_the_required_scopes(database: TestDatabase) {
    let app = TestApp::on(database, |settings| {
        settings.jwt_required_scope = vec!["dial.all".into(), "dial.lists".into()];
    })
    .await;
    let document = app.as_anonymous().get("/openapi.json").send().await;
    let document: Value = document.assert_status(200).json();
    assert!(!document.to_string().contains("record-lists:manage"));
    let text = document["info"]["description"].as_str().expect("a text");
    assert!(text.contains("--scope \"dial.all\""), "{text}");
    let operation = &document["paths"]["/record-lists/{record_list_id}/records"]["get"];
    let text = operation["description"].as_str().expect("a text");
    let expected = "The token needs the scope `dial.all` or `dial.lists` or `tod.records-list.manage`.";
    assert!(text.ends_with(expected), "{text}");
}
