//! Which answers are kept, and for how long.

use serde_json::json;

use super::assert_replay;
use crate::support::{
    Blocker, Claims,
    Database::{Postgres, Sqlite},
    Fleet,
    Servers::{OneOnPostgres, OneOnSqlite, ThreeOnPostgres},
    TestApp, TestDatabase, Via, apply, database_test, person,
};

/// Waits until so many saved answers are left, for less than the time until they are looked for again.
async fn wait_for_answers(session: &mut Blocker, count: i64) {
    for _ in 0..4_000 {
        if session.number("SELECT count(*) FROM idempotency_key").await == count {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    panic!("expired answers are not deleted");
}

#[apply(database_test)]
async fn only_what_was_carried_out_is_kept(#[values(OneOnSqlite, OneOnPostgres, ThreeOnPostgres)] fleet: Fleet) {
    let list = fleet.list().await;
    let ids = list.add(&[person("+14155550101")]).await;
    let body = json!([{"id": ids[0]}]);
    list.asked_by(fleet.with_token("bad"))
        .delete_once("K", &body)
        .await
        .assert_error(401, "TOKEN_INVALID");
    let no_scope = Claims::of("acme").with("scope", "other").token();
    list.asked_by(fleet.with_token(&no_scope))
        .delete_once("K", &body)
        .await
        .assert_error(403, "INSUFFICIENT_SCOPE");
    let too_many: Vec<_> = (0..101).map(|_| json!({"id": "x"})).collect();
    fleet
        .next(&list)
        .delete_once("K", &too_many.into())
        .await
        .assert_error(400, "VALIDATION_FAILED");
    fleet
        .next(&list)
        .deletion_with(Via::Delete, "?dry_run=1")
        .header("idempotency-key", "K")
        .json(&body)
        .send()
        .await
        .assert_error(400, "QUERY_INVALID");
    // The list is not there yet.
    let mut session = Blocker::connect(fleet.database()).await;
    session.execute("UPDATE record_list SET account_id = 'nobody'").await;
    // Nobody remembers whose it was.
    let stranger = list.asked_by(fleet.with_token(&Claims::of("other").token()));
    stranger
        .delete_once("K", &body)
        .await
        .assert_error(404, "RECORD_LIST_NOT_FOUND");
    session.execute("UPDATE record_list SET account_id = 'acme'").await;
    // The transaction fails before its commit.
    session.execute("ALTER TABLE operation RENAME TO elsewhere").await;
    fleet
        .next(&list)
        .delete_once("K", &body)
        .await
        .assert_error(503, "DATABASE_UNAVAILABLE");
    session.execute("ALTER TABLE elsewhere RENAME TO operation").await;
    let good = fleet.next(&list).delete_once("K", &body).await;
    assert!(!good.is_replay());
    good.assert_deleted(1, 0, 1);
}

#[apply(database_test)]
async fn a_refusal_for_want_of_room_is_not_kept(database: TestDatabase) {
    let app = TestApp::on(database, |settings| settings.queue_length = 1).await;
    let list = app.list().await;
    let ids = list.add(&[person("+14155550101")]).await;
    let lock = Blocker::hold(&app.database, &list.id).await;
    let first = list.delete_ids(&["x"]);
    let second = async {
        app.wait_for_callers(1).await;
        let second = list.delete_once("K", &json!([{"id": ids[0]}])).await;
        second.assert_error(503, "OVERLOADED");
        lock.release().await;
    };
    tokio::join!(first, second);
    let good = list.delete_once("K", &json!([{"id": ids[0]}])).await;
    assert!(!good.is_replay());
    good.assert_deleted(1, 0, 1);
}

#[apply(database_test)]
async fn a_limit_that_was_met_is_not_kept(database: TestDatabase) {
    let app = TestApp::on(database, |settings| settings.max_records_per_list = 1).await;
    let list = app.list().await;
    let ids = list.add(&[person("+14155550101")]).await;
    let add = async || {
        list.caller
            .post(&list.path("/records/bulks"))
            .header("idempotency-key", "K")
            .json(&json!({"records": [person("+14155550102")]}))
            .send()
            .await
    };
    add().await.assert_error(422, "LIMIT_EXCEEDED");
    list.delete_ids(&[&ids[0]]).await.assert_deleted(1, 0, 1);
    let added = add().await.assert_status(201);
    assert!(!added.is_replay());
    assert!(add().await.is_replay());
}

#[apply(database_test)]
async fn an_expired_key_is_a_new_one_and_its_answer_goes(app: TestApp) {
    let list = app.list().await;
    let ids = list.add(&[person("+14155550101"), person("+14155550102")]).await;
    let body = json!([{"id": ids[0]}]);
    list.delete_once("K", &body).await.assert_deleted(1, 0, 1);
    let mut session = Blocker::connect(&app.database).await;
    let a_day_old = match app.database.kind {
        Sqlite => "UPDATE idempotency_key SET expires_at = '2026-01-01 00:00:00+00:00'",
        Postgres => "UPDATE idempotency_key SET expires_at = now() - interval '1 hour'",
    };
    session.execute(a_day_old).await;
    // It may stand for another request now, and holds again.
    let other = json!([{"id": ids[1]}]);
    let new = list.delete_once("K", &other).await.assert_deleted(1, 0, 1);
    assert_replay(&list.delete_once("K", &other).await, &new);

    session.execute(a_day_old).await;
    list.delete_once("lasting", &body).await.assert_deleted(0, 1, 0);
    let rows = "SELECT count(*) FROM idempotency_key";
    assert_eq!(session.number(rows).await, 2);
    // A server that starts looks for expired answers at once.
    let database = app.database.clone();
    drop(app);
    let app = TestApp::on(database, |_| {}).await;
    wait_for_answers(&mut session, 1).await;
    let list = list.asked_by(app.as_manager());
    assert!(list.delete_once("lasting", &body).await.is_replay());
}

#[apply(database_test)]
async fn expired_answers_go_however_many_they_are(database: TestDatabase) {
    let mut session = Blocker::connect(&database).await;
    let (list, numbers, bytes) = match database.kind {
        Sqlite => (
            "x'00000000000000000000000000000000'",
            "(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1200) SELECT i FROM n)",
            "blob",
        ),
        Postgres => (
            "'00000000-0000-0000-0000-000000000000'",
            "generate_series(1, 1200) n(i)",
            "bytea",
        ),
    };
    // A few of them are large.
    session
        .execute(&format!(
            "INSERT INTO idempotency_key SELECT {list}, 'account ' || i % 7, CAST(i AS text), 'f', \
             CASE WHEN i % 300 = 0 THEN CAST(replace('{}', ' ', 'megabyte') AS {bytes}) ELSE CAST('a' AS {bytes}) END, \
             '2026-01-01 00:00:00+00:00' FROM {numbers}",
            " ".repeat(300_000)
        ))
        .await;
    let app = TestApp::on(database, |_| {}).await;
    wait_for_answers(&mut session, 0).await;
    drop(app);
}
