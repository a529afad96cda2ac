//! Saved responses: they are compressed, and an account has a share of the database for them.

use serde_json::{Value, json};

use std::time::Duration;

use super::caller;
use crate::support::{
    Blocker,
    Database::{Postgres, Sqlite},
    ServerProcess, TestApp, TestDatabase, TestList, TestResponse, apply, database_test, person,
};

/// The least share, in bytes.
const LEAST: &str = "1048576";

/// So many records with free data of 16 KB that cannot be compressed.
fn random_records(count: usize) -> Value {
    let record = |_| {
        let mut record = person("+14155550101");
        let text: String = std::iter::repeat_with(fastrand::alphanumeric).take(16_000).collect();
        record["extra_data"] = json!({"text": text});
        record
    };
    (0..count).map(record).collect()
}

async fn create(list: &TestList, key: &str, records: &Value) -> TestResponse {
    let request = list.caller.post(&list.path("/records/bulks"));
    let request = request.header("idempotency-key", key);
    request.json(&json!({"records": records})).send().await
}

#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn an_account_has_a_share_for_them(database: TestDatabase) {
    let server = ServerProcess::start(
        database.folder.path(),
        &database.url,
        &["--saved-response-bytes", LEAST],
    );
    server.ready().await;
    let list = TestList::create(caller(&server, "loud"), "NOTHING").await;
    let records = random_records(30);
    let first = create(&list, "0", &records).await.assert_status(201);
    let mut saved = 1;
    let refused = loop {
        let answer = create(&list, &saved.to_string(), &records).await;
        if answer.status != 201 {
            break answer;
        }
        saved += 1;
        assert!(saved < 10);
    };
    let refused = refused.assert_error(429, "RATE_LIMITED");
    assert!(refused.header("retry-after").parse::<u64>().is_ok());
    // Each occupies about 480 KB, and the last one may exceed the share.
    assert_eq!((saved, list.count().await), (3, 90));
    // Nothing with a key is done any more, on any list, but what was done is repeated.
    let other = TestList::create(caller(&server, "loud"), "NOTHING").await;
    create(&other, "a", &random_records(1))
        .await
        .assert_error(429, "RATE_LIMITED");
    other
        .delete_once("b", &json!([{"id": "1"}]))
        .await
        .assert_error(429, "RATE_LIMITED");
    let list_once = other.caller.post("/record-lists").header("idempotency-key", "c");
    let list_once = list_once.json(&json!({"name": "a"})).send().await;
    list_once.assert_error(429, "RATE_LIMITED");
    let again = create(&list, "0", &records).await;
    assert!(again.is_replay() && again.body == first.body);
    // Without a key there is nothing to save, and others have a share of their own.
    other.add(&[person("+14155550101")]).await;
    let quiet = TestList::create(caller(&server, "quiet"), "NOTHING").await;
    create(&quiet, "0", &records).await.assert_status(201);
    // The same key for something else is what it always is.
    create(&list, "0", &random_records(1))
        .await
        .assert_error(422, "IDEMPOTENCY_KEY_REUSED");
    // Those of other processes count, too.
    if database.kind == Postgres {
        let folder = database.folder.path();
        let another = ServerProcess::start(folder, &database.url, &["--saved-response-bytes", LEAST]);
        another.ready().await;
        let there = list.asked_by(caller(&another, "loud"));
        create(&there, "d", &records).await.assert_error(429, "RATE_LIMITED");
    }
    // A day later they have expired. Those of this hour a day ago may not have.
    let mut session = Blocker::connect(&database).await;
    const FORM: &str = "%Y-%m-%dT%H:%M:%S+00:00";
    let [day_old, older] = match database.kind {
        Sqlite => ["-24 hours", "-1 hours"]
            .map(|time| format!("UPDATE saved_response_bytes SET hour = strftime('{FORM}', hour, '{time}')")),
        Postgres => ["24 hours", "1 hour"]
            .map(|time| format!("UPDATE saved_response_bytes SET hour = hour - interval '{time}'")),
    };
    session.execute(&day_old).await;
    drop(server);
    let server = ServerProcess::start(
        database.folder.path(),
        &database.url,
        &["--saved-response-bytes", LEAST],
    );
    server.ready().await;
    let list = list.asked_by(caller(&server, "loud"));
    create(&list, "late", &records).await.assert_error(429, "RATE_LIMITED");
    session.execute(&older).await;
    for _ in 0..600 {
        if create(&list, "late", &records).await.status == 201 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("the responses of yesterday count");
}

/// What was counted of responses that have expired is forgotten, however much it is.
#[apply(database_test)]
async fn what_was_counted_goes_with_them(database: TestDatabase) {
    let mut session = Blocker::connect(&database).await;
    let (random, numbers) = match database.kind {
        Sqlite => (
            "randomblob(16)",
            "(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1200) SELECT i FROM n)",
        ),
        Postgres => ("gen_random_uuid()", "generate_series(1, 1200) n(i)"),
    };
    for time in ["2026-01-01 00:00:00+00:00", "2099-01-01 00:00:00+00:00"] {
        let insert = "INSERT INTO saved_response_bytes (record_list_id, account_id, hour, bytes)";
        let insert = format!("{insert} SELECT {random}, 'acme', '{time}', 1 FROM {numbers}");
        session.execute(&insert).await;
    }
    let app = TestApp::on(database, |_| {}).await;
    for _ in 0..4_000 {
        if session.number("SELECT count(*) FROM saved_response_bytes").await == 1200 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    drop(app);
    panic!("it is not forgotten");
}

#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn they_are_compressed_and_counted(database: TestDatabase) {
    let server = ServerProcess::start(database.folder.path(), &database.url, &[]);
    server.ready().await;
    let list = TestList::create(server.as_manager(), "NOTHING").await;
    let mut record = person("+14155550101");
    record["extra_data"] = json!({"text": "every word of it is there again ".repeat(500)});
    let records = json!(vec![record; 100]);
    let mut sent = 0;
    for key in 0..10 {
        let created = create(&list, &key.to_string(), &records).await.assert_status(201);
        sent += created.body.len() as i64;
        let again = create(&list, &key.to_string(), &records).await;
        assert!(again.is_replay() && again.body == created.body);
    }
    let mut session = Blocker::connect(&database).await;
    let stored = "SELECT CAST(sum(octet_length(response)) AS bigint) FROM idempotency_key";
    let stored = session.number(stored).await;
    assert!(stored < sent / 50, "{stored} of {sent}");
    let counted = "SELECT CAST(sum(bytes) AS bigint) FROM saved_response_bytes";
    let counted = session.number(counted).await;
    assert!((stored..stored + 10 * 600).contains(&counted), "{counted}, {stored}");
}
