//! The check of a file that the last process did not close.

use std::{
    fs,
    io::{Seek, SeekFrom, Write},
    os::unix::fs::PermissionsExt,
    path::Path,
};

use crate::support::{Blocker, Database::Sqlite, ServerProcess, TestDatabase, apply, database_test, fill};

use super::{
    assert_records, delete_nothing, execute, fail, fail_to_start, file, kill_with_log, mode, records, serve,
    serve_list, succeed, wait_for_empty_log, with_suffix,
};

/// Overwrites the pages in the middle of a file.
fn damage(file: &Path) {
    let size = fs::metadata(file).expect("a file").len();
    let mut file = fs::OpenOptions::new().write(true).open(file).expect("a file");
    file.seek(SeekFrom::Start(size / 2 / 4096 * 4096)).expect("a place");
    file.write_all(&[0x5a; 3 * 4096]).expect("a file");
}

#[apply(database_test)]
async fn damage_after_an_unclean_end_ends_the_start(
    #[values(Sqlite)] database: TestDatabase,
    #[values(true, false)] has_log: bool,
) {
    let path = file(&database);
    let (mut server, list) = serve_list(&path, 500).await;
    let records = records(&list).await;
    succeed(&path, &["backup", "backup"]);
    if has_log {
        let write = async |server: &ServerProcess| delete_nothing(server, &list).await;
        kill_with_log(&mut server, &path, write).await;
    } else {
        wait_for_empty_log(&path).await;
        server.kill();
    }
    damage(&path);
    let damaged = fs::read(&path).expect("a file");
    let log = fs::read(with_suffix(&path, "-wal")).expect("a log");
    assert_eq!(log.is_empty(), !has_log);
    for _ in 0..2 {
        let names = format!("the database {} is damaged (", path.display());
        for message in [fail_to_start(&path), fail(&path, &["migrate", "up"])] {
            assert!(message.contains(&names), "{message}");
            assert!(message.contains("record-lists restore FILE"), "{message}");
        }
        assert!(fs::read(&path).expect("a file") == damaged);
        assert!(fs::read(with_suffix(&path, "-wal")).expect("a log") == log);
    }
    succeed(&path, &["restore", "backup"]);
    server.start_again();
    server.ready().await;
    assert_records(&server, &list, &records).await;
}

/// Also after an orderly end, and without any.
#[apply(database_test)]
async fn a_file_that_is_no_database_ends_the_start(#[values(Sqlite)] database: TestDatabase) {
    let path = file(&database);
    for content in ["no database ".repeat(1_000), "too short".to_owned()] {
        fs::write(&path, &content).expect("a file");
        let message = fail_to_start(&path);
        let names = format!("{} is not a database of record-lists", path.display());
        assert!(
            message.contains(&names) && message.contains("record-lists restore FILE"),
            "{message}"
        );
        assert_eq!(fs::read_to_string(&path).expect("a file"), content);
    }
}

/// A mistyped path: nothing of what is there is changed, nor its mode.
#[apply(database_test)]
async fn the_database_of_another_program_ends_the_start(#[values(Sqlite)] database: TestDatabase) {
    let path = database.folder.path().join("other.db");
    execute(&path, "CREATE TABLE other (n); INSERT INTO other VALUES (1)").await;
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("a mode");
    let content = fs::read(&path).expect("a file");
    let message = fail_to_start(&path);
    assert!(message.contains("is not a database of record-lists"), "{message}");
    assert!(fs::read(&path).expect("a file") == content && mode(&path) == 0o644);
}

/// Two names of one file are one database, also if a link led there before it was created.
#[apply(database_test)]
async fn a_link_to_a_file_that_is_not_there_yet_leads_to_its_lock(#[values(Sqlite)] database: TestDatabase) {
    let folder = database.folder.path();
    fs::create_dir(folder.join("real")).expect("a folder");
    std::os::unix::fs::symlink("real/new.db", folder.join("link.db")).expect("a link");
    let _server = serve(&folder.join("link.db")).await;
    for name in ["link.db", "real/new.db"] {
        let message = fail_to_start(&folder.join(name));
        assert!(message.contains("another process uses the database"), "{message}");
    }
}

#[apply(database_test)]
async fn a_check_that_takes_too_long_is_ended_and_logged(#[values(Sqlite)] database: TestDatabase) {
    const UNFINISHED: &str = "the check of the file was not finished in time";
    let path = file(&database);
    let (mut server, list) = serve_list(&path, 0).await;
    let mut session = Blocker::connect(&database).await;
    fill(&mut session, &list.id, 100_000).await;
    drop(session);
    server.kill();
    let start = |arguments: &[&str]| ServerProcess::start(database.folder.path(), &database.url, arguments);
    let mut server = start(&["--check-timeout", "1ms"]);
    server.ready().await;
    assert_eq!(list.asked_by(server.as_manager()).count().await, 100_000);
    let log = server.log();
    assert!(
        log.contains(UNFINISHED) && log.contains("test.db") && log.contains("1ms"),
        "{log}"
    );
    server.kill();
    let mut server = start(&["--check-timeout", "1h"]);
    server.ready().await;
    assert!(!server.log().contains(UNFINISHED));
    // After an orderly end there is nothing to check.
    assert!(server.terminate().success());
    let server = start(&["--check-timeout", "1ms"]);
    server.ready().await;
    assert!(!server.log().contains(UNFINISHED));
}
