//! A database that is absent, broken or full: 503 and Retry-After, nothing done, and recovery without a restart.

use std::{process::Command, time::Duration};

use rstest::rstest;
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
};

use crate::support::{
    Blocker,
    Database::{self, Postgres, Sqlite},
    ServerProcess, TestApp, TestDatabase, TestList, Via, free_port, pass_over, person, program,
};

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_comes_later_is_waited_for(#[values(Postgres)] database: Database) {
    let Some(mut database) = database.create_empty().await else {
        return;
    };
    // A relay that is not there yet stands for the server.
    let (port, real_port) = redirect(&mut database);
    let app = TestApp::on(database, |_| {}).await;
    let caller = app.as_manager();
    let answer = caller
        .post("/record-lists")
        .json(&json!({"name": "a"}))
        .send()
        .await;
    let answer = answer.assert_error(503, "DATABASE_UNAVAILABLE");
    assert_eq!(answer.header("retry-after"), "1");
    app.as_anonymous()
        .get("/health/ready")
        .send()
        .await
        .assert_status(503);
    app.as_anonymous()
        .get("/health/live")
        .send()
        .await
        .assert_status(200);

    let _relay = Relay::start(port, real_port).await;
    wait_until_ready(&app).await;
    caller
        .post("/record-lists")
        .json(&json!({"name": "a"}))
        .send()
        .await
        .assert_status(201);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_lost_server_is_503_until_it_is_back(#[values(Postgres)] database: Database) {
    let Some(mut database) = database.create().await else {
        return;
    };
    let (port, real_port) = redirect(&mut database);
    let relay = Relay::start(port, real_port).await;
    let app = TestApp::on(database, |_| {}).await;
    let list = app.list().await;
    let ids = list.add(&[person("+14155550101")]).await;
    drop(relay);
    let answer = list
        .delete_ids(&[&ids[0]])
        .await
        .assert_error(503, "DATABASE_UNAVAILABLE");
    assert_eq!(answer.header("retry-after"), "1");
    let read = list.caller.get(&list.path("/records")).send().await;
    read.assert_error(503, "DATABASE_UNAVAILABLE");
    let _relay = Relay::start(port, real_port).await;
    wait_until_ready(&app).await;
    list.delete_ids(&[&ids[0]]).await.assert_deleted(1, 0, 1);
}

#[rstest]
#[tokio::test]
async fn a_broken_schema_is_503_and_not_500(#[values(Sqlite, Postgres)] database: Database) {
    let Some(app) = TestApp::start(database).await else {
        return;
    };
    let list = app.list().await;
    let ids = list.add(&[person("+14155550101")]).await;
    let mut session = Blocker::connect(&app.database).await;
    session
        .execute("ALTER TABLE operation RENAME TO elsewhere")
        .await;
    list.delete_ids(&[&ids[0]])
        .await
        .assert_error(503, "DATABASE_UNAVAILABLE");
    session
        .execute("ALTER TABLE elsewhere RENAME TO operation")
        .await;
    list.delete_ids(&[&ids[0]]).await.assert_deleted(1, 0, 1);
}

#[rstest]
#[tokio::test]
async fn a_held_database_is_waited_for_up_to_the_limit(
    #[values(Sqlite, Postgres)] database: Database,
) {
    let app = TestApp::with(database, |settings| {
        settings.lock_timeout = Some(Duration::from_secs(1))
    });
    let Some(app) = app.await else { return };
    let list = app.list().await;
    let ids = list
        .add(&[person("+14155550101"), person("+14155550102")])
        .await;
    let lock = Blocker::hold(&app.database, &list.id).await;
    let release = async {
        app.wait_for_callers(1).await;
        // Reads go on meanwhile.
        list.caller
            .get(&list.path("/records"))
            .send()
            .await
            .assert_status(200);
        lock.release().await;
    };
    let deletion = async { list.delete_ids(&[&ids[0]]).await };
    let (answer, ()) = tokio::join!(deletion, release);
    answer.assert_deleted(1, 0, 1);

    let lock = Blocker::hold(&app.database, &list.id).await;
    list.delete_ids(&[&ids[1]])
        .await
        .assert_error(503, "DATABASE_UNAVAILABLE");
    lock.release().await;
    list.delete_ids(&[&ids[1]]).await.assert_deleted(1, 0, 1);
}

#[rstest]
#[tokio::test]
async fn a_server_without_free_connections_is_503(#[values(Postgres)] database: Database) {
    let Some(mut database) = database.create().await else {
        return;
    };
    let mut session = Blocker::connect(&database).await;
    let role = format!("limited_{}", free_port());
    session
        .execute(&format!("CREATE ROLE {role} LOGIN SUPERUSER"))
        .await;
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
    wait_until_ready(&app).await;
    list.delete_ids(&[&ids[0]]).await.assert_deleted(1, 0, 1);
}

#[rstest]
#[tokio::test]
async fn a_second_process_on_a_database_file_is_refused(#[values(Sqlite)] database: Database) {
    let Some(database) = database.create().await else {
        return;
    };
    let first = ServerProcess::start(database.folder.path(), &database.url, &[]);
    first.ready().await;
    let second = program(database.folder.path())
        .env("RECORD_LISTS_JWT_SECRET", crate::support::SECRET)
        .args(["--bind", "127.0.0.1:0", "--database-url", &database.url])
        .output()
        .expect("the program runs");
    assert!(!second.status.success());
    let message = String::from_utf8_lossy(&second.stderr);
    assert!(
        message.contains("another process uses the database"),
        "{message}"
    );
    assert!(message.contains("PostgreSQL"), "{message}");
}

#[rstest]
#[tokio::test]
async fn the_log_of_a_database_file_stays_small_and_is_emptied(
    #[values(Sqlite)] database: Database,
) {
    let Some(mut app) = TestApp::start(database).await else {
        return;
    };
    let list = app.list().await;
    for round in 0..20 {
        let records: Vec<_> = (0..100)
            .map(|n| person(&format!("+1415{round:03}{n:04}")))
            .collect();
        let ids = list.add(&records).await;
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        list.delete_ids(&ids).await.assert_deleted(100, 0, 100);
    }
    let log = app.database.folder.path().join("test.db-wal");
    let size = || std::fs::metadata(&log).map_or(0, |log| log.len());
    assert!(size() < 64 * 1024 * 1024, "{}", size());
    app.stop();
    assert_eq!(size(), 0);
}

#[rstest]
#[tokio::test]
async fn accepted_requests_are_answered_before_the_end(
    #[values(Sqlite, Postgres)] database: Database,
) {
    let Some(mut app) = TestApp::start(database).await else {
        return;
    };
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

#[rstest]
#[tokio::test]
async fn sigterm_ends_the_process_well(#[values(Sqlite, Postgres)] database: Database) {
    let Some(database) = database.create().await else {
        return;
    };
    let mut server = ServerProcess::start(database.folder.path(), &database.url, &[]);
    server.ready().await;
    assert!(server.terminate().success());
}

#[rstest]
#[tokio::test]
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
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
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

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_silent_server_is_503_within_the_time_limits(#[values(Postgres)] database: Database) {
    let Some(mut database) = database.create().await else {
        return;
    };
    let (port, real_port) = redirect(&mut database);
    let relay = Relay::start(port, real_port).await;
    let app = TestApp::on(database, |settings| {
        settings.lock_timeout = Some(Duration::from_millis(200));
        settings.statement_timeout = Some(Duration::from_millis(300));
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
    wait_until_ready(&app).await;
    list.delete_ids(&[&ids[0]]).await.assert_deleted(1, 0, 1);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_start_beside_a_silent_server_answers_503(#[values(Postgres)] database: Database) {
    let Some(mut database) = database.create().await else {
        return;
    };
    let (port, real_port) = redirect(&mut database);
    let relay = Relay::start(port, real_port).await;
    relay.be_silent(true);
    let app = TestApp::on(database, |_| {}).await;
    let live = app.as_anonymous().get("/health/live").send().await;
    live.assert_status(200);
    let new = app
        .as_manager()
        .post("/record-lists")
        .json(&json!({"name": "a"}));
    new.send().await.assert_error(503, "DATABASE_UNAVAILABLE");
    relay.be_silent(false);
    wait_until_ready(&app).await;
}

/// A process that ends without a warning: what was answered is done, what was not is done whole or not at all.
#[rstest]
#[tokio::test]
async fn a_killed_process_leaves_all_or_nothing(#[values(Sqlite, Postgres)] database: Database) {
    let Some(database) = database.create().await else {
        return;
    };
    let server = ServerProcess::start(database.folder.path(), &database.url, &[]);
    server.ready().await;
    let list = TestList::create(server.as_manager(), "NOTHING").await;
    let records: Vec<_> = (0..500)
        .map(|n| person(&format!("+1415555{n:04}")))
        .collect();
    let ids = list.add(&records).await;
    let (answered, mut answers) = tokio::sync::mpsc::unbounded_channel();
    let requests: Vec<_> = ids
        .chunks(5)
        .map(|group| {
            let group = group.to_vec();
            let list = list.asked_by(server.as_manager());
            let answered = answered.clone();
            tokio::spawn(async move {
                let items: Vec<_> = group.iter().map(|id| json!({"id": id})).collect();
                if list
                    .deletion(Via::Delete)
                    .json(&items.into())
                    .served()
                    .await
                {
                    let _ = answered.send(group[0].clone());
                }
            })
        })
        .collect();
    // Killed as soon as some have their answers.
    let mut done = Vec::new();
    while done.len() < 10 {
        done.push(answers.recv().await.expect("an answer"));
    }
    drop(server);
    for request in requests {
        request.await.expect("no panic");
    }
    drop(answered);
    while let Some(group) = answers.recv().await {
        done.push(group);
    }

    let server = ServerProcess::start(database.folder.path(), &database.url, &[]);
    server.ready().await;
    let left = list.asked_by(server.as_manager()).ids().await;
    for group in ids.chunks(5) {
        let present = group.iter().filter(|id| left.contains(id)).count();
        assert!(present == 0 || present == 5, "{present} of 5 are left");
        assert!(
            present == 0 || !done.contains(&group[0]),
            "an answered deletion was lost"
        );
    }
}

/// SQLite ends a transaction by itself when the disk fails. The connection must not go on as if it were open: what is
/// answered afterwards would never be committed.
#[rstest]
#[tokio::test]
async fn a_failed_disk_does_not_take_later_deletions_with_it(#[values(Sqlite)] database: Database) {
    let Some(database) = database.create().await else {
        return;
    };
    if Command::new("prlimit").arg("--version").output().is_err() {
        return pass_over("prlimit");
    }
    let server = ServerProcess::start_with_limits(&database);
    server.ready().await;
    let list = TestList::create(server.as_manager(), "NOTHING").await;
    let records: Vec<_> = (0..300)
        .map(|n| {
            let mut record = person(&format!("+1415555{n:04}"));
            record["extra_data"] = json!({"k": "x".repeat(2000)});
            record
        })
        .collect();
    let ids = list.add(&records).await;
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();

    server.limit_files("4096");
    let failed = list.delete_ids(&ids[..50]).await;
    assert_eq!(failed.status, 503);
    server.limit_files("unlimited");

    // A failure of another kind right behind, which leaves the transaction open.
    let lock = Blocker::hold(&database, &list.id).await;
    list.delete_ids(&ids[50..60])
        .await
        .assert_error(503, "DATABASE_UNAVAILABLE");
    lock.release().await;

    list.delete_ids(&ids[60..70])
        .await
        .assert_deleted(10, 0, 10);
    let mut other = Blocker::connect(&database).await;
    let left = other.number("SELECT count(*) FROM record").await;
    let gone = if failed.json()["code"] == "OUTCOME_UNKNOWN" {
        left <= 290
    } else {
        left == 290
    };
    assert!(gone, "{left} records are left");
    assert_eq!(list.ids().await.len() as i64, left);
}

/// Waits until the application can serve.
async fn wait_until_ready(app: &TestApp) {
    for _ in 0..400 {
        let answer = app.as_anonymous().get("/health/ready").send().await;
        if answer.status == 200 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("the application does not become ready");
}

/// Gives the database another port, where a relay can stand; that port, and the server's own.
fn redirect(database: &mut TestDatabase) -> (u16, u16) {
    let port = database
        .url
        .rsplit(':')
        .next()
        .and_then(|rest| rest.split('/').next());
    let real_port: u16 = port.and_then(|port| port.parse().ok()).expect("a port");
    let port = free_port();
    database.url = database
        .url
        .replace(&format!(":{real_port}/"), &format!(":{port}/"));
    (port, real_port)
}

/// Stands between the application and its server: passes everything on, or nothing, and cuts every connection when
/// dropped.
struct Relay {
    task: tokio::task::JoinHandle<()>,
    silence: tokio::sync::watch::Sender<bool>,
}

impl Relay {
    async fn start(port: u16, to: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", port))
            .await
            .expect("the port is free");
        let (silence, is_silent) = tokio::sync::watch::channel(false);
        let task = tokio::spawn(async move {
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((near, _)) = listener.accept().await {
                let is_silent = is_silent.clone();
                connections.spawn(async move {
                    let Ok(far) = TcpStream::connect(("127.0.0.1", to)).await else {
                        return;
                    };
                    let (near_in, near_out) = near.into_split();
                    let (far_in, far_out) = far.into_split();
                    tokio::select! {
                        () = pass_on(near_in, far_out, is_silent.clone()) => {}
                        () = pass_on(far_in, near_out, is_silent) => {}
                    }
                });
            }
        });
        Self { task, silence }
    }

    /// Holds back what comes, or passes it on again.
    fn be_silent(&self, silent: bool) {
        self.silence.send_replace(silent);
    }
}

async fn pass_on(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut is_silent: tokio::sync::watch::Receiver<bool>,
) {
    let mut buffer = vec![0; 16 * 1024];
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        if is_silent.wait_for(|silent| !silent).await.is_err() {
            return;
        }
        if to.write_all(&buffer[..length]).await.is_err() {
            return;
        }
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.task.abort();
    }
}
