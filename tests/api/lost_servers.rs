//! A PostgreSQL server that is absent, gone or silent: 503 within the time limits, and recovery without a restart.

use std::time::Duration;

use serde_json::json;

use crate::support::{
    Blocker,
    Database::{self, Postgres},
    Relay, TestApp, TestDatabase, apply, database_test, person, redirect,
};

#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_comes_later_is_waited_for(#[values(Postgres)] database: Database) {
    let Some(mut database) = database.create_empty().await else {
        return;
    };
    // A relay that is not there yet stands for the server.
    let (port, real_port) = redirect(&mut database);
    let app = TestApp::beside(database, |_| {}).await;
    let caller = app.as_manager();
    let answer = caller.post("/record-lists").json(&json!({"name": "a"})).send().await;
    let answer = answer.assert_error(503, "DATABASE_UNAVAILABLE");
    assert_eq!(answer.header("retry-after"), "1");
    app.as_anonymous().get("/health/ready").send().await.assert_status(503);
    app.as_anonymous().get("/health/live").send().await.assert_status(200);

    let _relay = Relay::start(port, real_port).await;
    app.wait_until_ready().await;
    caller
        .post("/record-lists")
        .json(&json!({"name": "a"}))
        .send()
        .await
        .assert_status(201);
}

#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn a_lost_server_is_503_until_it_is_back(#[values(Postgres)] mut database: TestDatabase) {
    let (port, real_port) = redirect(&mut database);
    let relay = Relay::start(port, real_port).await;
    let app = TestApp::on(database, |_| {}).await;
    let list = app.list().await;
    let ids = list.add(&[person("+14155550101")]).await;
    relay.end().await;
    let answer = list
        .delete_ids(&[&ids[0]])
        .await
        .assert_error(503, "DATABASE_UNAVAILABLE");
    assert_eq!(answer.header("retry-after"), "1");
    let read = list.caller.get(&list.path("/records")).send().await;
    read.assert_error(503, "DATABASE_UNAVAILABLE");
    let _relay = Relay::start(port, real_port).await;
    app.wait_until_ready().await;
    list.delete_ids(&[&ids[0]]).await.assert_deleted(1, 0, 1);
}

#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn a_silent_server_is_503_within_the_time_limits(#[values(Postgres)] mut database: TestDatabase) {
    let (port, real_port) = redirect(&mut database);
    let relay = Relay::start(port, real_port).await;
    let app = TestApp::on(database, |settings| {
        settings.lock_timeout = Duration::from_secs(1);
        settings.statement_timeout = Duration::from_secs(2);
    })
    .await;
    let list = app.list().await;
    let ids = list.add(&[person("+14155550101")]).await;
    relay.be_silent(true);
    list.delete_ids(&[&ids[0]])
        .await
        .assert_error(503, "DATABASE_UNAVAILABLE");
    let read = list.caller.get(&list.path("/records")).send().await;
    read.assert_error(503, "DATABASE_UNAVAILABLE");
    relay.be_silent(false);
    app.wait_until_ready().await;
    list.delete_ids(&[&ids[0]]).await.assert_deleted(1, 0, 1);
}

/// A transaction that nobody waits for any more while it begins must not stay open: the next who gets the connection would
/// be in it.
#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_silent_for_a_moment_leaves_no_transaction_open(
    #[values(Postgres)] mut database: TestDatabase,
) {
    let mut session = Blocker::connect(&database).await;
    let (port, real_port) = redirect(&mut database);
    let relay = Relay::start(port, real_port).await;
    let app = TestApp::on(database, |settings| {
        settings.lock_timeout = Duration::from_millis(200);
        settings.statement_timeout = Duration::from_millis(300);
    })
    .await;
    let list = app.list().await;
    let path = list.path("/deletions");
    list.caller.get(&path).send().await.assert_status(200);
    relay.be_silent(true);
    let read = list.caller.get(&path).send().await;
    read.assert_error(503, "DATABASE_UNAVAILABLE");
    list.delete_ids(&["x"]).await.assert_error(503, "DATABASE_UNAVAILABLE");
    relay.be_silent(false);
    app.wait_until_ready().await;
    let open = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
                AND state LIKE 'idle in transaction%'";
    for _ in 0..2_000 {
        session.execute("SELECT pg_stat_clear_snapshot()").await;
        list.caller.get(&list.path("")).send().await.assert_status(200);
        if session.number(open).await == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("a transaction stays open");
}

#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn a_start_beside_a_silent_server_answers_503(#[values(Postgres)] mut database: TestDatabase) {
    let (port, real_port) = redirect(&mut database);
    let relay = Relay::start(port, real_port).await;
    relay.be_silent(true);
    let app = TestApp::beside(database, |settings| {
        settings.lock_timeout = Duration::from_secs(1);
        settings.statement_timeout = Duration::from_secs(2);
    })
    .await;
    let live = app.as_anonymous().get("/health/live").send().await;
    live.assert_status(200);
    let new = app.as_manager().post("/record-lists").json(&json!({"name": "a"}));
    new.send().await.assert_error(503, "DATABASE_UNAVAILABLE");
    relay.be_silent(false);
    app.wait_until_ready().await;
}
