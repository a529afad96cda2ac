//! Tokens that are issued, and what they are good for.

use jsonwebtoken::{dangerous::insecure_decode, decode_header};
use serde_json::{Value, json};

use super::{Client, MANAGE, TOKEN, app_on, post, status};
use crate::support::{TestDatabase, TestList, apply, database_test};

#[apply(database_test)]
async fn a_client_gets_a_token_for_its_account(database: TestDatabase) {
    let app = app_on(database).await;
    let client = Client::add(&app.database, "acme", MANAGE);
    let answer = client.ask(&app.as_anonymous(), "").await.assert_status(200);
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("content-type"), "application/json");
    let body = answer.json();
    let token = body["access_token"].as_str().expect("a token");
    let expected = json!({
        "access_token": token, "token_type": "Bearer", "expires_in": 600, "scope": MANAGE,
    });
    assert_eq!(body, expected);
    let header = decode_header(token).expect("a header");
    assert_eq!(
        (header.typ.as_deref(), header.alg),
        (Some("at+jwt"), jsonwebtoken::Algorithm::EdDSA)
    );
    let claims = insecure_decode::<Value>(token).expect("claims").claims;
    assert_eq!(
        (&claims["sub"], &claims["client_id"]),
        (&json!(client.id), &json!(client.id))
    );
    let caller = app.with_token(token);
    // It is a manager's like any other, and no other account's.
    let list = TestList::create(caller.clone(), "NOTHING").await;
    let deleted = caller.delete(&list.path("")).send().await;
    deleted.assert_status(204);
    let deletions = caller.page("/deletions").await;
    assert_eq!(deletions["_embedded"]["deletions"][0]["client_id"], client.id.as_str());
    let others = TestList::create(app.as_stranger(), "NOTHING").await;
    let foreign = caller.get(&others.path("")).send().await;
    foreign.assert_error(404, "RECORD_LIST_NOT_FOUND");
}

#[apply(database_test)]
async fn credentials_come_by_basic_or_in_the_form(database: TestDatabase) {
    let app = app_on(database).await;
    let client = Client::add(&app.database, "acme", MANAGE);
    let (id, secret) = (&client.id, &client.secret);
    let anonymous = app.as_anonymous();
    let with_basic = anonymous.clone().authorization(&client.basic());
    for (caller, members) in [
        (&anonymous, format!("client_id={id}&client_secret={secret}")),
        (&with_basic, String::new()),
        (&with_basic, format!("client_id={id}")),
        (&with_basic, format!("client_id={id}&client_secret={secret}")),
        // Encoded although nothing has to be.
        (
            &anonymous,
            format!("client_id=%{:02x}{}&client_secret={secret}", id.as_bytes()[0], &id[1..]),
        ),
        (&with_basic, "unknown=1&token_type=opaque&audience=a".to_owned()),
    ] {
        let answer = post(caller, &format!("grant_type=client_credentials&{members}")).await;
        let token = answer.assert_status(200).json()["access_token"]
            .as_str()
            .expect("a token")
            .to_owned();
        assert_eq!(status(&anonymous, &token).await, 200, "{members}");
    }
    // Without a media type, as some clients send it, and with a charset.
    for content_type in [None, Some("application/x-www-form-urlencoded; charset=UTF-8")] {
        let mut request = with_basic.post(TOKEN).body("grant_type=client_credentials");
        if let Some(content_type) = content_type {
            request = request.header("content-type", content_type);
        }
        request.send().await.assert_status(200);
    }
}

#[apply(database_test)]
async fn what_is_requested_and_registered_is_granted(database: TestDatabase) {
    let app = app_on(database).await;
    let client = Client::add(&app.database, "acme", "record-lists:manage data-reports:read");
    let anonymous = app.as_anonymous();
    for (scope, granted, may_manage) in [
        ("", "record-lists:manage data-reports:read", true),
        ("scope=", "record-lists:manage data-reports:read", true),
        (
            "scope=data-reports:read+data-reports:write+record-lists:manage",
            "record-lists:manage data-reports:read",
            true,
        ),
        ("scope=record-lists:manage", "record-lists:manage", true),
        ("scope=data-reports%3Aread%20none", "data-reports:read", false),
    ] {
        let answer = client.ask(&anonymous, scope).await.assert_status(200).json();
        assert_eq!(answer["scope"], granted, "{scope}");
        let token = answer["access_token"].as_str().expect("a token");
        assert_eq!(
            status(&anonymous, token).await,
            if may_manage { 200 } else { 403 },
            "{scope}"
        );
    }
}

#[apply(database_test)]
async fn a_life_can_be_shorter_and_never_longer(database: TestDatabase) {
    let app = app_on(database).await;
    let client = Client::add(&app.database, "acme", MANAGE);
    for (asked, expected) in [
        ("expires_in=1", 1),
        ("expires_in=599", 599),
        ("expires_in=601", 600),
        ("expires_in=99999999999999999999", 600),
        ("expires_in=", 600),
    ] {
        let answer = client.ask(&app.as_anonymous(), asked).await.assert_status(200).json();
        assert_eq!(answer["expires_in"], expected, "{asked}");
        let token = answer["access_token"].as_str().expect("a token");
        let claims = insecure_decode::<Value>(token).expect("claims").claims;
        let date = |name: &str| claims[name].as_u64().expect("a date");
        assert_eq!(date("exp") - date("iat"), expected, "{asked}");
    }
}

#[apply(database_test)]
async fn tokens_of_others_count_beside(database: TestDatabase) {
    let app = app_on(database).await;
    let client = Client::add(&app.database, "acme", MANAGE);
    let token = client.token(&app.as_anonymous()).await;
    assert_eq!(status(&app.as_anonymous(), &token).await, 200);
    app.as_manager().get("/record-lists").send().await.assert_status(200);
}

/// What is configured for tokens of others does not matter for the service's own.
#[apply(database_test)]
async fn settings_for_tokens_of_others_do_not_matter(database: TestDatabase) {
    let change = super::issuing(&database);
    let app = crate::support::TestApp::on(database, |settings| {
        change(settings);
        settings.jwt_issuer = vec!["https://id.example.com".into()];
        settings.jwt_audience = Some("dialer".into());
        settings.jwt_account_claim = "tid".into();
        settings.jwt_scope_claims = vec!["roles".into()];
        settings.jwt_client_claims = Vec::new();
        settings.public_url = Some("https://lists.example.com/api/".parse().expect("a URL"));
    })
    .await;
    let client = Client::add(&app.database, "acme", MANAGE);
    let token = client.token(&app.as_anonymous()).await;
    let claims = insecure_decode::<Value>(&token).expect("claims").claims;
    assert_eq!(claims["iss"], "https://lists.example.com/api");
    assert_eq!(claims["aud"], "dialer");
    assert_eq!(status(&app.as_anonymous(), &token).await, 200);
}
