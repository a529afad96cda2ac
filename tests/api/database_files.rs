//! SQLite's file: one process, a log that stays small, and a disk that fails.

use std::{fs::Permissions, os::unix::fs::PermissionsExt, process::Command, time::Duration};

use serde_json::json;
use tokio::{io::AsyncWriteExt, net::TcpStream};

use crate::support::{
    Blocker, Claims, Database::Sqlite, ServerProcess, TestApp, TestDatabase, TestList, apply, assert_says,
    database_test, end_of, pass_over, person, program, refusal, run_well,
};

#[apply(database_test)]
async fn a_second_process_on_a_database_file_is_refused(#[values(Sqlite)] database: TestDatabase) {
    let first = ServerProcess::start(database.folder.path(), &database.url, &[]);
    first.ready().await;
    let second = program(database.folder.path())
        .env("RECORD_LISTS_JWT_SECRET", crate::support::SECRET)
        .args(["--bind", "127.0.0.1:0", "--database-url", &database.url])
        .output()
        .expect("the program runs");
    assert!(!second.status.success());
    let message = String::from_utf8_lossy(&second.stderr);
    assert!(message.contains("another process uses the database"), "{message}");
    assert!(message.contains("PostgreSQL"), "{message}");
}

/// The folder may be that of another user, who would have root change any file.
#[apply(database_test)]
async fn links_in_the_place_of_its_files_are_refused_and_not_followed(#[values(Sqlite)] database: TestDatabase) {
    let folder = database.folder.path();
    let path = std::path::PathBuf::from(database.url.trim_start_matches("sqlite://"));
    let mut backup = program(folder);
    run_well(backup.args(["backup", "saved", "--database-url", &database.url]));
    let victim = folder.join("victim");
    let expose = || {
        std::fs::write(&victim, "x".repeat(100)).expect("a file");
        std::fs::set_permissions(&victim, Permissions::from_mode(0o644)).expect("a mode");
    };
    for suffix in ["-wal", "-shm", "-journal", ".lock"] {
        let mut link = path.clone().into_os_string();
        link.push(suffix);
        let _ = std::fs::remove_file(&link);
        std::os::unix::fs::symlink(&victim, &link).expect("a link");
        for arguments in [
            &["client", "list"][..],
            &["migrate", "up"],
            &["restore", "saved"],
            &["serve"],
        ] {
            expose();
            let mut command = program(folder);
            let output = end_of(command.args(arguments).args(["--database-url", &database.url]));
            assert!(!output.status.success());
            assert_says(&String::from_utf8_lossy(&output.stderr), &[suffix, "is a link"]);
            assert_eq!(std::fs::read(&victim).expect("a file"), [b'x'; 100]);
            let mode = std::fs::metadata(&victim).expect("a file").permissions().mode();
            assert_eq!(mode & 0o777, 0o644);
        }
        std::fs::remove_file(&link).expect("a link");
    }
}

/// With the settings of another database, a command must not make one and succeed.
#[apply(database_test)]
async fn a_migration_makes_no_database_that_nobody_named(#[values(Sqlite)] database: TestDatabase) {
    let folder = database.folder.path();
    let message = refusal(program(folder).args(["migrate", "up"]));
    assert_says(
        &message,
        &["there is no database data/record-lists.db", "--database-url"],
    );
    assert!(!folder.join("data").exists());
    let named = ["migrate", "up", "--database-url", "sqlite://data/record-lists.db"];
    run_well(program(folder).args(named));
    run_well(program(folder).args(["migrate", "up"]));
}

#[apply(database_test)]
async fn a_new_database_file_has_small_pages(#[values(Sqlite)] app: TestApp) {
    let mut session = Blocker::connect(&app.database).await;
    let size = session.number("SELECT page_size FROM pragma_page_size").await;
    assert_eq!(size, 2_048);
}

/// `ANALYZE` removes the statistics of a table that is empty, and with others a list would be read to find a number.
#[apply(database_test)]
async fn a_start_brings_back_the_statistics_of_the_planner(#[values(Sqlite)] database: TestDatabase) {
    let mut server = ServerProcess::start(database.folder.path(), &database.url, &[]);
    server.ready().await;
    let kept = "SELECT count(*) FROM sqlite_stat1 WHERE tbl = 'record' AND stat LIKE '1000000 100000%'";
    for change in ["ANALYZE", "DELETE FROM sqlite_stat1", "DROP TABLE sqlite_stat1"] {
        server.terminate();
        let mut session = Blocker::connect(&database).await;
        session.execute(change).await;
        drop(session);
        server.start_again();
        server.ready().await;
        let mut session = Blocker::connect(&database).await;
        assert_eq!(session.number(kept).await, 5, "{change}");
    }
}

#[apply(database_test)]
async fn the_log_of_a_database_file_stays_small_and_is_emptied(#[values(Sqlite)] app: TestApp) {
    let list = app.list().await;
    let records: Vec<_> = (0..200)
        .map(|n| {
            let mut record = person(&format!("+1416555{n:04}"));
            record["extra_data"] = json!({"k": "x".repeat(8_000)});
            record
        })
        .collect();
    list.add(&records).await;
    // A client that has asked for a page of 1.6 MB and does not read it.
    let mut slow = TcpStream::connect(app.address).await.expect("a connection");
    let request = format!(
        "GET {} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n\r\n",
        list.path("/records?per_page=200"),
        Claims::of("acme").token()
    );
    slow.write_all(request.as_bytes()).await.expect("a request");
    for round in 0..20 {
        let records: Vec<_> = (0..100).map(|n| person(&format!("+1415{round:03}{n:04}"))).collect();
        let ids = list.add(&records).await;
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        list.delete_ids(&ids).await.assert_deleted(100, 0, 100);
    }
    let log = app.database.folder.path().join("test.db-wal");
    let size = || std::fs::metadata(&log).map_or(0, |log| log.len());
    assert!(size() < 64 * 1024 * 1024, "{}", size());
    // It is emptied when nothing is written for a while, though the client still has not read its page.
    for _ in 0..1_000 {
        if size() == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(size(), 0);
}

/// A backup that reads for long keeps the log from being emptied, and nobody from writing.
#[apply(database_test)]
async fn someone_who_reads_the_file_holds_up_no_writer(#[values(Sqlite)] database: TestDatabase) {
    let app = TestApp::on(database, |settings| {
        settings.lock_timeout = Duration::from_secs(600);
    })
    .await;
    let list = app.list().await;
    let ids = list.add(&[person("+14155550101"), person("+14155550102")]).await;
    let mut backup = Blocker::connect(&app.database).await;
    backup.execute("BEGIN").await;
    assert_eq!(backup.number("SELECT count(*) FROM record").await, 2);
    for id in &ids {
        list.delete_ids(&["x"]).await.assert_deleted(0, 1, 0);
        // Longer than the service waits until it empties the log.
        tokio::time::sleep(Duration::from_millis(2_500)).await;
        let deleted = tokio::time::timeout(Duration::from_secs(60), list.delete_ids(&[id])).await;
        deleted.expect("an answer").assert_deleted(1, 0, 1);
    }
    assert_eq!(backup.number("SELECT count(*) FROM record").await, 2);
    backup.release().await;
    let log = app.database.folder.path().join("test.db-wal");
    let is_empty = async {
        while std::fs::metadata(&log).is_ok_and(|log| log.len() > 0) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), is_empty)
        .await
        .expect("the log is emptied");
}

/// The log is moved into the database while others go on writing, and not only when they rest.
#[apply(database_test)]
async fn the_log_is_moved_under_load(#[values(Sqlite)] app: TestApp) {
    let list = app.list().await;
    let path = app.database.folder.path().join("test.db");
    let size = || std::fs::metadata(&path).expect("a file").len();
    let records: Vec<_> = (0..100).map(|n| person(&format!("+1415555{n:04}"))).collect();
    let before = size();
    // Fewer pages than the writer would move by itself.
    for _ in 0..60 {
        list.add(&records).await;
        if size() > before + 100_000 {
            return;
        }
    }
    panic!("the file has {} bytes after 6,000 records", size());
}

/// SQLite ends a transaction by itself when the disk fails. The connection must not go on as if it were open: what is
/// answered afterwards would never be committed.
#[apply(database_test)]
async fn a_failed_disk_does_not_take_later_deletions_with_it(#[values(Sqlite)] database: TestDatabase) {
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

    list.delete_ids(&ids[60..70]).await.assert_deleted(10, 0, 10);
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
