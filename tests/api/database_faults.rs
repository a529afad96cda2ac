//! A database that is broken, held or full: 503 and Retry-After, nothing done; and the end of a process.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::json;

use crate::support::{
    Blocker,
    Database::{self, Postgres},
    ServerProcess, TestApp, TestDatabase, TestList, apply, database_test, free_port, person, program,
};

#[apply(database_test)]
async fn a_broken_schema_is_503_and_not_500(app: TestApp) {
    let list = app.list().await;
    let ids = list.add(&[person("+14155550101")]).await;
    let mut session = Blocker::connect(&app.database).await;
    session.execute("ALTER TABLE operation RENAME TO elsewhere").await;
    list.delete_ids(&[&ids[0]])
        .await
        .assert_error(503, "DATABASE_UNAVAILABLE");
    session.execute("ALTER TABLE elsewhere RENAME TO operation").await;
    list.delete_ids(&[&ids[0]]).await.assert_deleted(1, 0, 1);
}

/// A transaction that the server refuses to begin may leave its connection in a transaction in which every statement
/// fails.
#[apply(database_test)]
async fn a_transaction_that_cannot_begin_spoils_no_connection(#[values(Postgres)] database: TestDatabase) {
    let one = ["--database-pool-size", "1"];
    let mut server = ServerProcess::start(database.folder.path(), &database.url, &one);
    server.ready().await;
    let list = TestList::create(server.as_manager(), "NOTHING").await;
    let ids = list.add(&[person("+14155550101")]).await;
    server.plant("begin=1*return");
    server.ready().await;
    let refused = list.delete_ids(&[&ids[0]]).await;
    refused.assert_error(503, "DATABASE_UNAVAILABLE");
    list.delete_ids(&[&ids[0]]).await.assert_deleted(1, 0, 1);
    assert_eq!(list.count().await, 0);
}

#[apply(database_test)]
async fn a_held_database_is_waited_for(app: TestApp) {
    let list = app.list().await;
    let records: Vec<_> = (0..26).map(|n| person(&format!("+1415555{n:04}"))).collect();
    let ids = list.add(&records).await;
    let lock = Blocker::hold(&app.database, &list.id).await;
    let deletions = join_all(ids[1..].iter().map(async |id| list.delete_ids(&[id]).await));
    let new = [person("+14155559999")];
    let creations = join_all((0..25).map(async |_| list.try_add(&new).await));
    let release = async {
        app.wait_for_callers(50).await;
        // Reads go on meanwhile.
        let read = list.caller.get(&list.path("/records")).send().await;
        read.assert_status(200);
        lock.release().await;
    };
    let (deletions, creations, ()) = tokio::join!(deletions, creations, release);
    for answer in deletions {
        answer.assert_deleted(1, 0, 1);
    }
    for answer in creations {
        answer.assert_status(201);
    }
    assert_eq!(list.count().await, 26);
}

#[apply(database_test)]
async fn a_held_database_is_waited_for_up_to_the_limit(database: TestDatabase) {
    let app = TestApp::on(database, |settings| {
        settings.lock_timeout = Duration::from_secs(1);
    })
    .await;
    let list = app.list().await;
    let ids = list.add(&[person("+14155550101")]).await;
    let lock = Blocker::hold(&app.database, &list.id).await;
    list.delete_ids(&[&ids[0]])
        .await
        .assert_error(503, "DATABASE_UNAVAILABLE");
    lock.release().await;
    list.delete_ids(&[&ids[0]]).await.assert_deleted(1, 0, 1);
}

#[apply(database_test)]
async fn a_server_without_free_connections_is_503(#[values(Postgres)] mut database: TestDatabase) {
    let mut session = Blocker::connect(&database).await;
    let role = format!("limited_{}", free_port());
    session.execute(&format!("CREATE ROLE {role} LOGIN SUPERUSER")).await;
    database.url = database
        .url
        .replace("postgres://postgres@", &format!("postgres://{role}@"));
    let app = TestApp::on(database, |_| {}).await;
    let list = app.list().await;
    let ids = list.add(&[person("+14155550101")]).await;
    // The server says 53300 to a role over its limit, superusers aside.
    session
        .execute(&format!("ALTER ROLE {role} NOSUPERUSER CONNECTION LIMIT 0"))
        .await;
    session
        .execute(&format!(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{role}'"
        ))
        .await;
    let answer = list
        .delete_ids(&[&ids[0]])
        .await
        .assert_error(503, "DATABASE_UNAVAILABLE");
    assert_eq!(answer.header("retry-after"), "1");
    session
        .execute(&format!("ALTER ROLE {role} SUPERUSER CONNECTION LIMIT -1"))
        .await;
    app.wait_until_ready().await;
    list.delete_ids(&[&ids[0]]).await.assert_deleted(1, 0, 1);
}

#[apply(database_test)]
async fn accepted_requests_are_answered_before_the_end(mut app: TestApp) {
    let list = app.list().await;
    let ids = list.add(&[person("+14155550101")]).await;
    let lock = Blocker::hold(&app.database, &list.id).await;
    let waiting = list.asked_by(app.as_manager());
    let id = ids[0].clone();
    let waiting = tokio::spawn(async move { waiting.delete_ids(&[&id]).await });
    app.wait_for_callers(1).await;
    app.order_stop();
    lock.release().await;
    waiting.await.expect("no panic").assert_deleted(1, 0, 1);
}

#[apply(database_test)]
async fn sigterm_ends_the_process_well(database: TestDatabase) {
    let mut server = ServerProcess::start(database.folder.path(), &database.url, &[]);
    server.ready().await;
    assert!(server.terminate().success());
}

#[apply(database_test)]
async fn without_migrations_the_schema_is_waited_for(#[values(Postgres)] database: Database) {
    let Some(database) = database.create_empty().await else {
        return;
    };
    let url = database.url.clone();
    let migrate = |action: &str| {
        let output = program(database.folder.path())
            .args(["migrate", action, "--database-url", &url])
            .output()
            .expect("the program runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    assert!(migrate("status").starts_with("pending "));
    let server = ServerProcess::start(database.folder.path(), &url, &["--no-migrate"]);
    server.alive().await;
    let answer = server
        .as_manager()
        .post("/record-lists")
        .json(&json!({"name": "a"}))
        .send()
        .await;
    answer.assert_error(503, "DATABASE_UNAVAILABLE");
    assert!(migrate("up").starts_with("applied "));
    server.ready().await;
    let answer = server
        .as_manager()
        .post("/record-lists")
        .json(&json!({"name": "a"}))
        .send()
        .await;
    answer.assert_status(201);
}
