//! Backups and restores that are killed or stopped halfway.

use std::{path::Path, time::Duration};

use crate::support::{Blocker, Database::Sqlite, ServerProcess, TestDatabase, apply, database_test};

use super::{
    assert_records, command, delete_nothing, fail, file, kill_with_log, names, records, serve, serve_list, succeed,
    with_suffix,
};

/// Runs a subcommand that ends itself at this place without cleaning up, as a signal that cannot be caught ends it.
fn killed_at(place: &str, database: &Path, arguments: &[&str]) {
    let ended = command(database, arguments)
        .env("FAILPOINTS", format!("{place}=return"))
        .output()
        .expect("the program runs");
    assert!(ended.status.code().is_none(), "{place}: {ended:?}");
}

#[apply(database_test)]
async fn a_killed_backup_leaves_nothing_under_its_name(#[values(Sqlite)] database: TestDatabase) {
    let path = file(&database);
    let folder = database.folder.path();
    let (_server, list) = serve_list(&path, 30).await;
    killed_at("backup_copied", &path, &["backup", "backup"]);
    assert_eq!(names(folder, "backup"), ["backup.partial"]);
    // The next one takes its place.
    succeed(&path, &["backup", "backup"]);
    assert_eq!(names(folder, "backup"), ["backup"]);
    let server = serve(&folder.join("backup")).await;
    assert_records(&server, &list, &records(&list).await).await;
}

/// A backup that waits for a database which another process keeps to itself.
#[apply(database_test)]
async fn a_stopped_backup_leaves_nothing(#[values(Sqlite)] database: TestDatabase) {
    let path = file(&database);
    let folder = database.folder.path();
    let mut other = Blocker::connect(&database).await;
    let alone = "PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; UPDATE record_list SET name = name";
    other.execute(alone).await;
    let partial = folder.join("backup.partial");
    let mut backup = command(&path, &["backup", "backup", "--lock-timeout", "10m"])
        .stderr(std::process::Stdio::null())
        .spawn()
        .expect("the program starts");
    for _ in 0..3_000 {
        if partial.exists() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(partial.exists());
    // Two at a time would write over each other.
    let message = fail(&path, &["backup", "backup"]);
    assert!(message.contains("another process is writing"), "{message}");
    let stopped = std::process::Command::new("kill").arg(backup.id().to_string()).status();
    assert!(stopped.is_ok_and(|stopped| stopped.success()));
    let ended = backup.wait().expect("an end");
    assert_eq!(ended.code(), Some(1));
    assert_eq!(names(folder, "backup"), [""; 0]);
}

/// Whenever a restore is killed, the next server has the old records or those of the backup, and nothing in between.
#[apply(database_test)]
async fn a_killed_restore_has_done_all_or_nothing(
    #[values(Sqlite)] database: TestDatabase,
    #[values(true, false)] is_closed: bool,
) {
    let path = file(&database);
    let (mut server, list) = serve_list(&path, 300).await;
    let ids = list.ids().await;
    succeed(&path, &["backup", "backup"]);
    let then = records(&list).await;
    for (round, place) in ["restore_copied", "restore_kept", "restore_noted", "restore_replaced"]
        .into_iter()
        .enumerate()
    {
        list.asked_by(server.as_manager())
            .delete_ids(&[&ids[round], &ids[100 + round]])
            .await
            .assert_deleted(2, 0, 2);
        let now = records(&list.asked_by(server.as_manager())).await;
        if is_closed {
            server.terminate();
        } else {
            let write = async |server: &ServerProcess| delete_nothing(server, &list).await;
            kill_with_log(&mut server, &path, write).await;
        }
        killed_at(place, &path, &["restore", "backup"]);
        if place == "restore_replaced" && !is_closed {
            // The log of the old database must not get into a copy of the new one either.
            assert!(with_suffix(&path, "-wal").exists());
            let message = fail(&path, &["backup", "other"]);
            assert!(message.contains("was interrupted"), "{message}");
        }
        server.start_again();
        server.ready().await;
        let expected = if place == "restore_replaced" { &then } else { &now };
        assert_records(&server, &list, expected).await;
        assert!(!with_suffix(&path, ".restoring").exists(), "{place}");
    }
    // And it can be restored after all.
    let write = async |server: &ServerProcess| delete_nothing(server, &list).await;
    kill_with_log(&mut server, &path, write).await;
    killed_at("restore_replaced", &path, &["restore", "backup"]);
    succeed(&path, &["restore", "backup"]);
    server.start_again();
    server.ready().await;
    assert_records(&server, &list, &then).await;
}
