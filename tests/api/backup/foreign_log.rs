//! A database file that was put beside the log of another one. SQLite would mix the two.

use std::{fs, path::Path};

use crate::support::{Database::Sqlite, ServerProcess, TestDatabase, apply, database_test, person};

use super::{
    assert_records, delete_nothing, execute, fail, fail_to_start, file, kill_with_log, records, serve, serve_list,
    succeed, wait_for_empty_log, with_suffix,
};

/// How a copy of the database was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Copied {
    /// By `record-lists backup`.
    ByBackup,
    /// By `VACUUM INTO` in a shell.
    ByVacuum,
    /// By `cp`, after everything was moved into the file.
    ByCopy,
    /// In the same way, but before an orderly end.
    BeforeEnd,
}

async fn copy(how: Copied, database: &TestDatabase) {
    let path = file(database);
    let copy = database.folder.path().join("copy");
    match how {
        Copied::ByBackup => {
            succeed(&path, &["backup", "copy"]);
        }
        Copied::ByVacuum => {
            execute(&path, &format!("VACUUM INTO '{}'", copy.display())).await;
        }
        Copied::ByCopy | Copied::BeforeEnd => {
            wait_for_empty_log(&path).await;
            fs::copy(&path, copy).expect("a copy");
        }
    }
}

/// What a refused start must say, and a refused backup.
#[track_caller]
fn assert_refused(path: &Path) {
    let names_log = format!("the log {}-wal does not belong to the database", path.display());
    if path.exists() {
        let message = fail(path, &["backup", "mixture"]);
        assert!(message.contains(&names_log), "{message}");
    }
    for message in [fail_to_start(path), fail(path, &["migrate", "up"])] {
        assert!(message.contains(&names_log), "{message}");
        assert!(message.contains("record-lists restore FILE"), "{message}");
    }
}

#[apply(database_test)]
async fn a_copy_that_is_put_back_beside_the_old_log_is_refused(
    #[values(Sqlite)] database: TestDatabase,
    #[values(Copied::ByBackup, Copied::ByVacuum, Copied::ByCopy, Copied::BeforeEnd)] how: Copied,
) {
    let path = file(&database);
    let folder = database.folder.path();
    let (mut server, list) = serve_list(&path, 200).await;
    copy(how, &database).await;
    let then = records(&list).await;
    if how == Copied::BeforeEnd {
        assert!(server.terminate().success());
        server.start_again();
        server.ready().await;
    }
    // A little is enough: nobody could see it in the file.
    let write = async |server: &ServerProcess| {
        let note = note_of(&path);
        delete_nothing(server, &list).await;
        wait_until_moved(&path, &note).await;
    };
    kill_with_log(&mut server, &path, write).await;
    let log = fs::read(with_suffix(&path, "-wal")).expect("a log");
    fs::copy(folder.join("copy"), &path).expect("a copy");
    let put_back = fs::read(&path).expect("a file");

    assert_refused(&path);
    assert!(fs::read(&path).expect("a file") == put_back);
    assert!(fs::read(with_suffix(&path, "-wal")).expect("a log") == log);

    // What the message says helps.
    fs::rename(&path, folder.join("moved")).expect("a name");
    succeed(&path, &["restore", "moved"]);
    server.start_again();
    server.ready().await;
    assert_records(&server, &list, &then).await;
}

/// What the server notes for the next one.
fn note_of(path: &Path) -> String {
    fs::read_to_string(with_suffix(path, ".lock")).expect("a note")
}

/// Waits until the server has noted that it has moved something.
async fn wait_until_moved(path: &Path, before: &str) {
    for _ in 0..3_000 {
        if note_of(path) != before {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("nothing is moved");
}

/// A copy of the newest state, which has every mark of the log, but other pages than the log was written for.
#[apply(database_test)]
async fn the_newest_copy_is_refused_too(#[values(Sqlite)] database: TestDatabase) {
    let path = file(&database);
    let copy = database.folder.path().join("copy");
    let (mut server, list) = serve_list(&path, 200).await;
    let write = async |server: &ServerProcess| {
        delete_nothing(server, &list).await;
        let _ = fs::remove_file(&copy);
        execute(&path, &format!("VACUUM INTO '{}'", copy.display())).await;
    };
    kill_with_log(&mut server, &path, write).await;
    fs::copy(&copy, &path).expect("a copy");
    assert_refused(&path);
}

/// The database of another server, which has a log of its own somewhere else.
#[apply(database_test)]
async fn the_log_of_another_server_is_refused(#[values(Sqlite)] database: TestDatabase) {
    let path = file(&database);
    let other = database.folder.path().join("other.db");
    let (mut server, _list) = serve_list(&path, 200).await;
    let (mut other_server, list) = serve_list(&other, 100).await;
    // Both have counted their transactions from the same number.
    for _ in 0..20 {
        list.delete_ids(&["x"]).await.assert_deleted(0, 1, 0);
    }
    wait_for_empty_log(&other).await;
    let write = async |server: &ServerProcess| delete_nothing(server, &list).await;
    kill_with_log(&mut other_server, &other, write).await;
    server.kill();
    fs::copy(with_suffix(&other, "-wal"), with_suffix(&path, "-wal")).expect("a copy");
    assert_refused(&path);
}

/// SQLite would create an empty database, and remove the log.
#[apply(database_test)]
async fn a_log_without_its_database_is_refused(#[values(Sqlite)] database: TestDatabase) {
    let path = file(&database);
    let (mut server, list) = serve_list(&path, 20).await;
    let records = records(&list).await;
    let write = async |server: &ServerProcess| delete_nothing(server, &list).await;
    kill_with_log(&mut server, &path, write).await;
    let elsewhere = database.folder.path().join("elsewhere");
    fs::rename(&path, &elsewhere).expect("a name");
    assert_refused(&path);
    assert!(!path.exists());
    fs::rename(&elsewhere, &path).expect("a name");
    server.start_again();
    server.ready().await;
    assert_records(&server, &list, &records).await;
}

/// A backup is refused too that has the log of another file beside it.
#[apply(database_test)]
async fn a_backup_beside_a_foreign_log_is_not_restored(#[values(Sqlite)] database: TestDatabase) {
    let path = file(&database);
    let folder = database.folder.path();
    let (mut server, list) = serve_list(&path, 20).await;
    succeed(&path, &["backup", "backup"]);
    let write = async |server: &ServerProcess| delete_nothing(server, &list).await;
    kill_with_log(&mut server, &path, write).await;
    fs::copy(with_suffix(&path, "-wal"), folder.join("backup-wal")).expect("a copy");
    let message = fail(&path, &["restore", "backup"]);
    assert!(
        message.contains("the log beside backup belongs to another file"),
        "{message}"
    );
}

/// A log that is the file's own is used wherever both are.
#[apply(database_test)]
async fn a_killed_server_can_be_moved(#[values(Sqlite)] database: TestDatabase) {
    let path = file(&database);
    let (mut server, list) = serve_list(&path, 200).await;
    // The server at the new place has had a database of its own, and was killed.
    let folder = tempfile::tempdir().expect("a folder");
    let place = folder.path().join("test.db");
    let (mut other, _) = serve_list(&place, 10).await;
    other.kill();
    for round in 0..3 {
        list.add(&[person(&format!("+1415555999{round}"))]).await;
        let write = async |server: &ServerProcess| delete_nothing(server, &list).await;
        kill_with_log(&mut server, &path, write).await;
        for suffix in ["", "-wal"] {
            fs::copy(with_suffix(&path, suffix), with_suffix(&place, suffix)).expect("a copy");
        }
        let moved = serve(&place).await;
        server.start_again();
        server.ready().await;
        let records = records(&list).await;
        assert_records(&moved, &list, &records).await;
    }
}
