//! `GET /health/ready` and what the log says while the database cannot be used (docs/contract.md section 4.6).

use std::{os::unix::fs::PermissionsExt, time::Duration};

use serde_json::json;
use tokio::time::timeout;

use crate::support::{
    Cluster,
    Database::{self, Postgres, Sqlite},
    Mount, ServerProcess, TestDatabase, TestList, apply, database_test, free_port, pass_over, person, program, run,
    run_well,
};

/// What the server says about itself: status, `reason` and `message`.
async fn readiness(server: &ServerProcess) -> (u16, String, String) {
    let answer = server.as_anonymous().get("/health/ready").send().await;
    let body = answer.json();
    let told = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
    let expected = if answer.status == 200 { "ready" } else { "not_ready" };
    assert_eq!(told("status"), expected);
    if answer.status == 503 {
        assert_eq!(answer.header("retry-after"), "1");
    }
    (answer.status.as_u16(), told("reason"), told("message"))
}

/// Waits until the server gives this reason, or none if it is empty; its message.
pub async fn wait_for_reason(server: &ServerProcess, expected: &str) -> String {
    let mut last = String::new();
    for _ in 0..1_200 {
        let (_, reason, message) = readiness(server).await;
        if reason == expected {
            return message;
        }
        last = format!("{reason}: {message}");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("{expected:?} expected, last was {last}\n{}", server.log());
}

async fn unprepared(database: &TestDatabase, url: &str) -> ServerProcess {
    let server = ServerProcess::start(database.folder.path(), url, &[]);
    server.alive().await;
    server
}

/// Runs statements past the application.
async fn execute(url: &str, sql: &str) {
    use sqlx::Connection;
    let sql = sqlx::AssertSqlSafe(sql.to_owned());
    let done = if url.starts_with("sqlite:") {
        let mut connection = sqlx::SqliteConnection::connect(url).await.expect("a connection");
        sqlx::raw_sql(sql).execute(&mut connection).await.map(drop)
    } else {
        let mut connection = sqlx::PgConnection::connect(url).await.expect("a connection");
        sqlx::raw_sql(sql).execute(&mut connection).await.map(drop)
    };
    done.expect("a statement");
}

/// The address of another database on the same server.
fn beside(url: &str, name: &str) -> String {
    let (server, own) = url.rsplit_once('/').expect("a database");
    format!("{server}/{own}_{name}")
}

fn own_name(url: &str) -> &str {
    url.rsplit('/').next().expect("a name")
}

const NEWER: &str = "INSERT INTO seaql_migrations VALUES ('m20990101_000000_future', 1)";

#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn a_newer_schema_is_named(database: TestDatabase) {
    execute(&database.direct_url, NEWER).await;
    let url = database.url.clone();
    let migrate = |what: &str| {
        let mut command = program(database.folder.path());
        run(command.args(["migrate", what, "--database-url", &url]))
    };
    let up = migrate("up");
    let told = String::from_utf8_lossy(&up.stderr).into_owned();
    assert!(
        !up.status.success() && told.contains("m20990101_000000_future"),
        "{told}"
    );
    let status = migrate("status");
    let told = String::from_utf8_lossy(&status.stdout).into_owned();
    assert!(
        status.status.success() && told.ends_with("unknown m20990101_000000_future\n"),
        "{told}"
    );
    let mut server = ServerProcess::start(database.folder.path(), &database.url, &[]);
    if database.kind == Sqlite {
        assert_eq!(server.wait().code(), Some(1));
        let log = server.log();
        let last = log.lines().last().expect("a sentence");
        assert!(
            last.contains("m20990101_000000_future") && last.contains("create_credentials"),
            "{last}"
        );
        return;
    }
    server.alive().await;
    let message = wait_for_reason(&server, "SCHEMA_AHEAD").await;
    assert!(
        message.contains("m20990101_000000_future") && message.contains("create_credentials"),
        "{message}"
    );
    let refused = server.as_manager().get("/record-lists").send().await;
    refused.assert_error(503, "DATABASE_UNAVAILABLE");
    execute(
        &database.direct_url,
        "DELETE FROM seaql_migrations WHERE version LIKE '%_future'",
    )
    .await;
    server.ready().await;
}

#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn an_older_schema_is_named(database: Database) {
    let Some(database) = database.create_empty().await else {
        return;
    };
    let mut server = ServerProcess::start(database.folder.path(), &database.url, &["--no-migrate"]);
    if database.kind == Sqlite {
        assert_eq!(server.wait().code(), Some(1));
        let log = server.log();
        let last = log.lines().last().expect("a sentence");
        assert!(
            last.contains("create_tables") && last.contains("record-lists migrate up"),
            "{last}"
        );
        return;
    }
    server.alive().await;
    let message = wait_for_reason(&server, "SCHEMA_BEHIND").await;
    assert!(
        message.contains("create_tables") && message.contains("record-lists migrate up"),
        "{message}"
    );
    let mut command = program(database.folder.path());
    run_well(command.args(["migrate", "up", "--database-url", &database.url]));
    server.ready().await;
}

/// The role may not change the schema.
#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn a_schema_that_cannot_be_migrated_is_behind(#[values(Postgres)] database: Database) {
    let Some(database) = database.create_empty().await else {
        return;
    };
    let role = format!("stranger_{}", own_name(&database.direct_url));
    execute(&database.direct_url, &format!("CREATE ROLE {role} LOGIN")).await;
    let url = database.url.replace("postgres@", &format!("{role}@"));
    let server = unprepared(&database, &url).await;
    wait_for_reason(&server, "SCHEMA_BEHIND").await;
    assert!(server.log().contains("permission denied"), "{}", server.log());
    let grant = format!("GRANT CREATE ON SCHEMA public TO {role}");
    execute(&database.direct_url, &grant).await;
    server.ready().await;
}

#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn an_encoding_that_cannot_hold_all_names_is_told(#[values(Postgres)] database: TestDatabase) {
    let url = beside(&database.url, "latin");
    let create = format!(
        "CREATE DATABASE {} ENCODING 'LATIN1' LOCALE_PROVIDER libc LOCALE 'C' TEMPLATE template0",
        own_name(&url)
    );
    execute(&database.direct_url, &create).await;
    let server = unprepared(&database, &url).await;
    let message = wait_for_reason(&server, "ENCODING_NOT_UTF8").await;
    assert!(message.contains("LATIN1"), "{message}");
    // Nothing was created in it.
    let tables = "DO $$ BEGIN ASSERT NOT EXISTS (SELECT FROM pg_tables WHERE schemaname = 'public'); END $$";
    execute(&beside(&database.direct_url, "latin"), tables).await;
}

/// Also: what is printed for a newcomer comes when it is true.
#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_not_there_is_told_again_and_again(#[values(Postgres)] database: TestDatabase) {
    let url = beside(&database.url, "late");
    let folder = database.folder.path();
    let output = folder.join("output");
    let log = folder.join("log");
    let address = format!("127.0.0.1:{}", free_port());
    let mut command = program(folder);
    command
        .args(["--bind", &address, "--database-url", &url])
        .stdout(std::fs::File::create(&output).expect("a file"))
        .stderr(std::fs::File::create(&log).expect("a file"));
    let mut server = command.spawn().expect("the program starts");
    let read = |path: &std::path::Path| std::fs::read_to_string(path).unwrap_or_default();
    let cause = |log: &str| log.lines().filter(|line| line.contains("does not exist")).count();
    let port = url
        .rsplit(':')
        .next()
        .and_then(|rest| rest.split('/').next())
        .expect("a port");
    let told = async {
        while cause(&read(&log)) < 2 {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    timeout(Duration::from_secs(120), told)
        .await
        .expect("the cause is told twice");
    assert!(read(&log).contains(&format!("127.0.0.1:{port}: ")), "{}", read(&log));
    assert!(!read(&log).contains("the database is ready"));
    assert_eq!(read(&output), "");
    execute(&database.direct_url, &format!("CREATE DATABASE {}", own_name(&url))).await;
    let welcomed = async {
        while !read(&output).contains("record-lists is ready") {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    timeout(Duration::from_secs(120), welcomed).await.expect("a welcome");
    server.kill().expect("the process is there");
    server.wait().expect("an end");
}

#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_not_there_is_away(#[values(Sqlite)] database: TestDatabase) {
    let port = free_port();
    let url = format!("postgres://dialer:hidden@127.0.0.1:{port}/records");
    let server = unprepared(&database, &url).await;
    let message = wait_for_reason(&server, "DATABASE_AWAY").await;
    assert!(!message.contains("127.0.0.1"), "{message}");
    let log = server.log();
    assert!(
        log.contains(&format!("127.0.0.1:{port}: ")) && !log.contains("hidden"),
        "{log}"
    );
    for action in ["status", "up"] {
        let mut command = program(database.folder.path());
        let failed = run(command.args(["migrate", action, "--database-url", &url]));
        let told = String::from_utf8_lossy(&failed.stderr).into_owned();
        let is_named = told.contains(&format!("127.0.0.1:{port}: ")) && !told.contains("hidden");
        assert!(is_named, "{told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_only_server_is_not_ready() {
    let Some(cluster) = Cluster::with_connections(50) else {
        return pass_over("PostgreSQL (initdb and postgres)");
    };
    let Some(database) = TestDatabase::in_cluster(&cluster) else {
        return;
    };
    let server = ServerProcess::start(database.folder.path(), &database.url, &[]);
    server.ready().await;
    for (value, reason) in [("on", "DATABASE_READ_ONLY"), ("off", "")] {
        let set = format!("ALTER SYSTEM SET default_transaction_read_only = {value}");
        execute(&database.direct_url, &set).await;
        execute(&database.direct_url, "SELECT pg_reload_conf()").await;
        wait_for_reason(&server, reason).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_noticed_without_a_request() {
    let Some(mount) = Mount::memory(8) else {
        return pass_over("a file system of one's own (root, tmpfs)");
    };
    let database = TestDatabase::on_mount(&mount).await;
    let server = ServerProcess::start(database.folder.path(), &database.url, &[]);
    server.ready().await;
    let ballast = mount.fill();
    wait_for_reason(&server, "DATABASE_FULL").await;
    std::fs::remove_file(ballast).expect("a file");
    server.ready().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_of_a_server_is_noticed_by_a_write() {
    let Some(mount) = Mount::memory(256) else {
        return pass_over("a file system of one's own (root, tmpfs)");
    };
    std::fs::set_permissions(mount.path(), std::fs::Permissions::from_mode(0o777)).expect("a mode");
    let Some(cluster) = Cluster::in_folder(mount.path(), &[]) else {
        return pass_over("PostgreSQL (initdb and postgres)");
    };
    let Some(database) = TestDatabase::in_cluster(&cluster) else {
        return;
    };
    let server = ServerProcess::start(database.folder.path(), &database.url, &[]);
    server.ready().await;
    let list = TestList::create(server.as_manager(), "NOTHING").await;
    let ballast = mount.fill();
    let mut large = person("+14155550101");
    large["extra_data"] = json!({"text": "x".repeat(10_000)});
    let refused = async { while list.try_add(&vec![large.clone(); 50]).await.status == 201 {} };
    timeout(Duration::from_secs(120), refused)
        .await
        .expect("a disk that is full");
    wait_for_reason(&server, "DATABASE_FULL").await;
    std::fs::remove_file(ballast).expect("a file");
    server.ready().await;
    list.add(&[person("+14155550102")]).await;
}

/// Whoever asks whether the service is ready takes nothing from the time that a write waits for the file.
#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn a_probe_does_not_refuse_the_writes_behind_it(#[values(Sqlite)] database: TestDatabase) {
    let arguments = ["--lock-timeout", "4s"];
    let server = ServerProcess::start(database.folder.path(), &database.url, &arguments);
    server.ready().await;
    let list = TestList::create(server.as_manager(), "NOTHING").await;
    let blocker = crate::support::Blocker::hold(&database, &list.id).await;
    // The last write counts for a second as a sign that writing works.
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    server.ready().await;
    let write = tokio::spawn({
        let list = list.asked_by(server.as_manager());
        async move { list.try_add(&[person("+14155550101")]).await.status }
    });
    // The probe gives up now; the write behind it begins.
    tokio::time::sleep(Duration::from_millis(4_200)).await;
    blocker.release().await;
    assert_eq!(write.await.expect("no panic"), 201);
}

/// A damaged file: who meets the damage is not told to try again, and the operator is told.
#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn damage_is_told_as_such(#[values(Sqlite)] database: TestDatabase) {
    let mut server = ServerProcess::start(database.folder.path(), &database.url, &[]);
    server.ready().await;
    let list = TestList::create(server.as_manager(), "NOTHING").await;
    let mut large = person("+14155550101");
    large["extra_data"] = json!({"text": "x".repeat(2_000)});
    for _ in 0..5 {
        list.add(&vec![large.clone(); 100]).await;
    }
    assert_eq!(server.terminate().code(), Some(0));
    // The second half holds records only.
    let path = database.url.trim_start_matches("sqlite://");
    let mut bytes = std::fs::read(path).expect("the file");
    let half = bytes.len() / 2 / 4_096 * 4_096;
    bytes[half..].fill(0xff);
    std::fs::write(path, bytes).expect("the file");
    server.start_again();
    server.ready().await;
    let list = list.asked_by(server.as_manager());
    let mut page = format!("{}?per_page=200", list.path("/records"));
    let damaged = loop {
        let answer = list.caller.get(&page).send().await;
        if answer.status != 200 {
            break answer;
        }
        let body = answer.json();
        let next = body["_links"]["next"]["href"].as_str().expect("a page that is damaged");
        page = next
            .split_once("/record-lists")
            .map(|(_, rest)| format!("/record-lists{rest}"))
            .expect("a path");
    };
    let damaged = damaged.assert_error(500, "DATABASE_DAMAGED");
    assert!(damaged.headers.get("retry-after").is_none());
    assert!(
        !damaged.json()["message"]
            .as_str()
            .expect("a message")
            .contains("try again")
    );
    wait_for_reason(&server, "DATABASE_DAMAGED").await;
}
