//! Row 8: nobody is let in who should not be. Every operation of the document is asked for with every kind of token
//! that must not count; one that is new there is covered as it stands.

mod tokens;

use jsonwebtoken::{Algorithm, EncodingKey};
use reqwest::header::HeaderMap;
use serde_json::{Value, json};

pub use self::tokens::refused_tokens;
use self::tokens::{AUDIENCE, ISSUER, MANAGE, claims_of, key_file, key_text, named, refused_scopes};
use crate::support::{
    Blocker, Caller, Operation, TestApp, TestDatabase, TestList, TestResponse, Things, apply, database_test, operations,
};

/// An application with a secret and a public key, whose tokens must have an issuer and an audience.
async fn app(database: TestDatabase) -> TestApp {
    TestApp::on(database, |settings| {
        settings.jwt_public_key = vec![format!("k1={}", key_file("rsa.pub.pem").display())];
        settings.jwt_issuer = vec![ISSUER.into()];
        settings.jwt_audience = Some(AUDIENCE.into());
    })
    .await
}

fn manager(app: &TestApp, account: &str) -> Caller {
    app.with_token(&claims_of(account).token())
}

/// How much of everything there is. The records of a deleted list go in the background.
async fn amounts(app: &TestApp) -> Vec<i64> {
    let mut session = Blocker::connect(&app.database).await;
    let mut amounts = Vec::new();
    for what in [
        "count(*) FROM record JOIN record_list ON record_list.id = record_list_id WHERE deleted_at IS NULL",
        "count(*) FROM record_phone JOIN record_list ON record_list.id = record_list_id WHERE deleted_at IS NULL",
        "count(*) FROM record_list WHERE deleted_at IS NULL",
        "count(*) FROM operation",
        "count(*) FROM idempotency_key",
        "CAST(coalesce(sum(records_count), 0) AS bigint) FROM record_list WHERE deleted_at IS NULL",
    ] {
        amounts.push(session.number(&format!("SELECT {what}")).await);
    }
    amounts
}

/// Sends every documented body of an operation; the answers.
async fn ask(operation: &Operation, caller: &Caller, path: &str, named: &Things) -> Vec<TestResponse> {
    let mut answers = Vec::new();
    for body in operation.bodies(named) {
        let request = operation.request(caller, path, body.as_ref());
        let request = request.header("x-request-id", "the-same");
        answers.push(request.send().await);
    }
    answers
}

#[track_caller]
fn assert_refused(answer: &TestResponse, status: u16, code: &str, challenge: &str, what: &str) {
    let body = String::from_utf8_lossy(&answer.body);
    assert_eq!(answer.status, status, "{what}: {body}");
    assert_eq!(answer.json()["code"], code, "{what}: {body}");
    assert_eq!(answer.header("www-authenticate"), challenge, "{what}");
}

/// Shows that the requests of the other tests are refused for their callers alone, and that one that passed would
/// be seen.
#[apply(database_test)]
async fn a_good_token_is_let_in_everywhere(database: TestDatabase) {
    let app = app(database).await;
    let rsa = EncodingKey::from_rsa_pem(&key_text("rsa.pem")).expect("a key");
    let by_public_key = named(Algorithm::RS256, Some("k1"), &rsa);
    let operations = operations();
    assert!(!operations.is_empty());
    for operation in &operations {
        let owner = manager(&app, "acme");
        for caller in [&owner, &app.with_token(&by_public_key)] {
            let things = Things::create(owner.clone()).await;
            let before = amounts(&app).await;
            let path = operation.path_to(&things, &things, 0);
            for answer in ask(operation, caller, &path, &things).await {
                let body = String::from_utf8_lossy(&answer.body);
                assert!(answer.status.is_success(), "{}: {body}", operation.name());
            }
            let changes = amounts(&app).await != before;
            assert_eq!(changes, !operation.reads(), "{}", operation.name());
        }
    }
}

#[apply(database_test)]
async fn a_token_that_does_not_count_is_401_everywhere_and_changes_nothing(database: TestDatabase) {
    let app = app(database).await;
    let things = Things::create(manager(&app, "acme")).await;
    let before = amounts(&app).await;
    for operation in operations() {
        let path = operation.path_to(&things, &things, 0);
        for answer in ask(&operation, &app.as_anonymous(), &path, &things).await {
            let what = format!("{}, nothing sent", operation.name());
            assert_refused(&answer, 401, "UNAUTHENTICATED", "Bearer", &what);
        }
        let challenge = "Bearer error=\"invalid_token\"";
        for (wrong, token) in refused_tokens() {
            let what = format!("{}, {wrong}", operation.name());
            for answer in ask(&operation, &app.with_token(&token), &path, &things).await {
                assert_refused(&answer, 401, "TOKEN_INVALID", challenge, &what);
            }
        }
        assert_eq!(amounts(&app).await, before, "{}", operation.name());
    }
}

#[apply(database_test)]
async fn a_scope_that_only_looks_right_is_403_everywhere_and_changes_nothing(database: TestDatabase) {
    let app = app(database).await;
    let things = Things::create(manager(&app, "acme")).await;
    let before = amounts(&app).await;
    let challenge = "Bearer error=\"insufficient_scope\", scope=\"record-lists:manage\"";
    let missing = claims_of("acme").without("scope");
    let tokens = refused_scopes()
        .into_iter()
        .map(|scope| (scope.to_string(), missing.clone().with("scope", scope)))
        .chain([
            ("none".to_owned(), missing.clone()),
            ("roles".to_owned(), missing.clone().with("roles", MANAGE)),
            (
                "permissions".to_owned(),
                missing.clone().with("permissions", json!([MANAGE])),
            ),
        ]);
    let tokens: Vec<_> = tokens.map(|(scope, claims)| (scope, claims.token())).collect();
    for operation in operations() {
        let path = operation.path_to(&things, &things, 0);
        for (scope, token) in &tokens {
            let what = format!("{}, {scope}", operation.name());
            for answer in ask(&operation, &app.with_token(token), &path, &things).await {
                assert_refused(&answer, 403, "INSUFFICIENT_SCOPE", challenge, &what);
            }
        }
        assert_eq!(amounts(&app).await, before, "{}", operation.name());
    }
}

/// Status, headers and body, without the time of day.
fn bytes_of(answer: &TestResponse) -> (u16, HeaderMap, Vec<u8>) {
    let mut headers = answer.headers.clone();
    headers.remove("date");
    (answer.status.as_u16(), headers, answer.body.clone())
}

#[apply(database_test)]
async fn what_another_account_has_is_404_byte_for_byte_as_if_absent(database: TestDatabase) {
    let app = app(database).await;
    let foreign = Things::create(manager(&app, "acme")).await;
    let stranger = manager(&app, "other");
    let own = Things::create(stranger.clone()).await;
    let absent = Things::absent();
    let before = amounts(&app).await;
    for operation in operations() {
        for from in 0..operation.path_parameters().len() {
            let path = operation.path_to(&own, &foreign, from);
            let to_foreign = ask(&operation, &stranger, &path, &foreign).await;
            let path = operation.path_to(&own, &absent, from);
            let to_absent = ask(&operation, &stranger, &path, &foreign).await;
            for (foreign, absent) in to_foreign.iter().zip(&to_absent) {
                assert_eq!(foreign.status, 404, "{}", operation.name());
                assert_eq!(bytes_of(foreign), bytes_of(absent), "{}", operation.name());
            }
            assert_eq!(amounts(&app).await, before, "{}", operation.name());
        }
    }
}

#[apply(database_test)]
async fn identifiers_reach_no_record_of_another_account(database: TestDatabase) {
    let app = app(database).await;
    let owner = manager(&app, "acme");
    let foreign = Things::create(owner.clone()).await;
    let list = TestList {
        caller: owner,
        id: foreign.list.clone(),
    };
    list.delete_ids(&[&foreign.records[0]]).await.assert_deleted(1, 0, 1);
    let before = list.records().await;
    let stranger = manager(&app, "other");
    for operation in operations() {
        let own = TestList::create(stranger.clone(), "NOTHING").await;
        let own = Things {
            list: own.id,
            records: foreign.records.clone(),
        };
        let path = operation.path_to(&own, &own, 0);
        for answer in ask(&operation, &stranger, &path, &foreign).await {
            let body = String::from_utf8_lossy(&answer.body);
            assert!(!body.contains(&foreign.list), "{}: {body}", operation.name());
            // A response without a body tells of no record.
            let deleted = match answer.body.is_empty() {
                true => Value::Null,
                false => answer.json()["total_deleted"].clone(),
            };
            assert!(deleted.is_null() || deleted == 0, "{}: {body}", operation.name());
        }
        assert_eq!(list.records().await, before, "{}", operation.name());
    }
}
