//! Names, phone numbers, identifiers, tokens, secrets and bodies stay out of the log, at every level.
//!
//! The log of every server process of the tests is searched when the process ends, after every fault there is. Here
//! every route is asked, in every way that it answers.

use jsonwebtoken::Header;
use serde_json::{Value, json};

use super::access::refused_tokens;
use crate::support::{
    Blocker, Caller, Claims, ServerProcess, TestDatabase, TestList, apply, database_test, document, external_person,
};

/// Bodies and what is wrong with them: each holds something that must not be logged.
fn bodies() -> Vec<Value> {
    vec![
        json!([{"phone_number": "+14155550101"}]),
        json!([{"phone_number": "+1415555marked"}, {"id": 7}, {"person-1": "person-1"}]),
        json!([{"external_provider": "marked", "external_id": "person-1", "id": "marked"}]),
        json!({"records": [external_person("+14155550102", "crm", "person-1")]}),
        json!({"records": [external_person("+14155550103", "crm", "person-1"), {"first_name": "marked"}]}),
        json!({"name": "marked", "unique_identifier_type": "EXTERNAL"}),
        json!({"name": "x".repeat(300) + "marked", "marked": ["marked"]}),
        json!("marked"),
    ]
}

/// Whether the database takes records.
#[derive(Clone, Copy)]
enum Rows {
    Taken,
    Refused,
}

/// A new list with people, where the database takes them; its id, and that of one of them.
async fn people(owner: Caller, rows: Rows) -> (String, String) {
    let list = TestList::create(owner, "EXTERNAL").await;
    let people = ["person-0", "person-9"].map(|id| external_person(&format!("+1415555010{}", &id[7..]), "crm", id));
    let record = match rows {
        Rows::Taken => list.add(&people).await.swap_remove(0),
        Rows::Refused => {
            assert_eq!(list.try_add(&people).await.status, 503);
            "person-1".to_owned()
        }
    };
    (list.id, record)
}

/// Asks for every documented operation in all of these ways, each on a list of its own.
async fn ask_for_everything(caller: &Caller, owner: &Caller, rows: Rows) {
    let paths = document()["paths"].as_object().expect("paths");
    for (template, methods) in paths {
        for method in methods.as_object().expect("methods").keys() {
            let Ok(method) = method.to_uppercase().parse::<reqwest::Method>() else {
                continue;
            };
            let (list, record) = people(owner.clone(), rows).await;
            let path = template
                .replace("{record_list_id}", &list)
                .replace("{record_id}", &record);
            let refused = "?phone_number=%2B14155550101&external_id=person-1&marked=marked&after=marked&marked%ff=1";
            let found = "?search=marked&phone=%2B14155550101&upload_request_id=person-1&name=marked\
                         &extra_data_filter=person-1:marked&order_by=updated_at";
            for path in [
                path.clone(),
                format!("{path}{refused}"),
                format!("{path}{found}"),
                format!("{path}/+14155550101"),
            ] {
                for body in bodies() {
                    let request = caller
                        .request(method.clone(), &path)
                        .header("idempotency-key", "person-1-marked")
                        .header("referer", "http://a/marked");
                    drop(request.json(&body).try_send().await);
                }
                let broken = caller.request(method.clone(), &path);
                drop(
                    broken
                        .body("[{\"phone_number\": \"+14155550101 marked")
                        .try_send()
                        .await,
                );
            }
        }
    }
}

#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn the_log_tells_of_nobody(database: TestDatabase, #[values("pretty", "json")] format: &str) {
    let as_said = ["--log-format", format];
    let server = ServerProcess::start(database.folder.path(), &database.url, &as_said);
    server.ready().await;
    let owner = server.as_manager();
    for claims in [
        Claims::of("acme"),
        Claims::of("acme").with("scope", "marked"),
        Claims::of("acme").with("exp", 1),
        Claims::of("acme").without("account_id"),
    ] {
        let caller = server.as_anonymous();
        let caller = caller.authorization(&format!("Bearer {}", claims.token()));
        ask_for_everything(&caller, &owner, Rows::Taken).await;
    }
    let stranger = server.as_anonymous().authorization("Basic marked");
    ask_for_everything(&stranger, &owner, Rows::Taken).await;
    let marked = |header: &mut Header| {
        header.typ = Some("marked".to_owned());
    };
    let marked = ("marked", Claims::of("marked").header(marked).token());
    let (list, _) = people(owner.clone(), Rows::Taken).await;
    for (_, token) in refused_tokens().into_iter().chain([marked]) {
        let caller = server.as_anonymous();
        let caller = caller.authorization(&format!("Bearer {token}"));
        drop(caller.get(&format!("/record-lists/{list}/records")).try_send().await);
    }
    // What the database says of rows that it does not take.
    let mut session = Blocker::connect(&database).await;
    session.execute("ALTER TABLE record RENAME TO elsewhere").await;
    ask_for_everything(&owner, &owner, Rows::Refused).await;
    let log = server.log();
    assert!(log.contains("DATABASE_UNAVAILABLE") || log.contains("no such table") || log.contains("42P01"));
    assert!(log.lines().count() > 1_000);
}
