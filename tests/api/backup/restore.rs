//! `record-lists restore`

use std::{fs, path::PathBuf};

use crate::support::{Database::Sqlite, ServerProcess, TestDatabase, apply, database_test};

use super::{
    assert_records, delete_nothing, fail, file, kill_with_log, mode, names, records, serve, serve_list, succeed,
    wait_for_empty_log, with_suffix,
};

/// The files of the old database that are named: the database comes first.
fn kept(told: &str) -> Vec<PathBuf> {
    let (_, kept) = told.trim().split_once("the old database is kept as ").expect("a path");
    kept.split(" and ").map(PathBuf::from).collect()
}

#[apply(database_test)]
async fn a_restore_brings_back_the_backup_and_keeps_the_old_database(
    #[values(Sqlite)] database: TestDatabase,
    #[values(true, false)] is_killed: bool,
) {
    let path = file(&database);
    let folder = database.folder.path();
    let (mut server, list) = serve_list(&path, 50).await;
    let then = records(&list).await;
    succeed(&path, &["backup", "backup"]);
    let backup = fs::read(folder.join("backup")).expect("a backup");
    let ids = list.ids().await;
    list.delete_ids(&[&ids[0], &ids[1]]).await.assert_deleted(2, 0, 2);
    let now = records(&list).await;
    if is_killed {
        let write = async |server: &ServerProcess| delete_nothing(server, &list).await;
        kill_with_log(&mut server, &path, write).await;
    } else {
        assert!(server.terminate().success());
    }
    let log = fs::read(with_suffix(&path, "-wal")).unwrap_or_default();
    let told = succeed(&path, &["restore", "backup"]);
    for removed in ["-wal", "-shm", "-journal", ".restoring"] {
        assert!(!with_suffix(&path, removed).exists(), "{removed}");
    }
    assert_eq!(mode(&path), 0o600);
    // The backup itself is as it was.
    assert_eq!(fs::read(folder.join("backup")).expect("a backup"), backup);
    let mut server = serve(&path).await;
    assert_records(&server, &list, &then).await;
    assert!(server.terminate().success());
    // What was kept has everything, also from the log.
    let named = kept(&told);
    let kept = &named[0];
    let kept_log = fs::read(with_suffix(kept, "-wal")).unwrap_or_default();
    assert!(kept_log == log && log.is_empty() != is_killed);
    // Whoever deletes the files that are named leaves nothing of a person.
    let logs = is_killed.then(|| with_suffix(kept, "-wal"));
    assert_eq!(named[1..], Vec::from_iter(logs));
    succeed(&path, &["restore", kept.to_str().expect("a path")]);
    let server = serve(&path).await;
    assert_records(&server, &list, &now).await;
}

/// Together with its journal, which it may need.
#[apply(database_test)]
async fn the_journal_of_the_old_database_is_kept(#[values(Sqlite)] database: TestDatabase) {
    let path = file(&database);
    let (mut server, _list) = serve_list(&path, 3).await;
    succeed(&path, &["backup", "backup"]);
    assert!(server.terminate().success());
    fs::write(with_suffix(&path, "-journal"), "of a change").expect("a file");
    let named = kept(&succeed(&path, &["restore", "backup"]));
    let journal = fs::read_to_string(&named[1]);
    assert_eq!(journal.expect("a file"), "of a change");
    assert!(!with_suffix(&path, "-journal").exists());
}

#[apply(database_test)]
async fn a_backup_is_restored_where_no_database_is_yet(#[values(Sqlite)] database: TestDatabase) {
    let path = file(&database);
    let (_server, list) = serve_list(&path, 30).await;
    let records = records(&list).await;
    succeed(&path, &["backup", "backup"]);
    let folder = tempfile::tempdir().expect("a folder");
    let place = folder.path().join("test.db");
    let backup = database.folder.path().join("backup");
    let told = succeed(&place, &["restore", backup.to_str().expect("a path")]);
    assert_eq!(told, format!("restored {}\n", place.display()));
    assert_eq!(names(folder.path(), ""), ["test.db", "test.db.lock"]);
    assert_eq!(mode(&place), 0o600);
    let server = serve(&place).await;
    assert_records(&server, &list, &records).await;
}

/// Copies that other tools have made can be restored too: of a file that a server has closed, and of one that it has
/// not, together with its log.
#[apply(database_test)]
async fn a_copy_is_restored_with_its_log(#[values(Sqlite)] database: TestDatabase) {
    let path = file(&database);
    let folder = tempfile::tempdir().expect("a folder");
    let copy = folder.path().join("copy");
    let (mut server, list) = serve_list(&path, 30).await;
    wait_for_empty_log(&path).await;
    let ids = list.ids().await;
    list.delete_ids(&[&ids[0]]).await.assert_deleted(1, 0, 1);
    let records = records(&list).await;
    let write = async |server: &ServerProcess| delete_nothing(server, &list).await;
    kill_with_log(&mut server, &path, write).await;
    fs::copy(&path, &copy).expect("a copy");
    fs::copy(with_suffix(&path, "-wal"), with_suffix(&copy, "-wal")).expect("a copy");
    let place = folder.path().join("test.db");
    succeed(&place, &["restore", "copy"]);
    assert_eq!(names(folder.path(), "copy"), ["copy", "copy-wal"]);
    let server = serve(&place).await;
    assert_records(&server, &list, &records).await;
}

/// The server would go on with the old file, and what it writes would be lost.
#[apply(database_test)]
async fn nothing_is_restored_under_a_running_server(#[values(Sqlite)] database: TestDatabase) {
    let path = file(&database);
    let (server, list) = serve_list(&path, 3).await;
    let records = records(&list).await;
    succeed(&path, &["backup", "backup"]);
    let message = fail(&path, &["restore", "backup"]);
    assert!(
        message.contains("test.db") && message.contains("stop the server first"),
        "{message}"
    );
    assert_records(&server, &list, &records).await;
    list.add(&[crate::support::person("+14155559999")]).await;
    assert_eq!(names(database.folder.path(), "test.db.before").len(), 0);
}
