//! What `backup` and `restore` refuse, and that nothing has changed then.

use std::{
    fs,
    io::{Seek, SeekFrom, Write},
    path::Path,
};

use sqlx::{ConnectOptions, sqlite::SqliteConnectOptions};

use crate::support::{Blocker, Database::Sqlite, Mount, TestDatabase, apply, database_test, pass_over, program};

use super::{assert_records, execute, fail, file, names, records, serve, serve_list, succeed, with_suffix};

/// The files of a folder, but the logs of servers and the lock file, whose note changes.
fn contents(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let names = names(folder, "").into_iter();
    names
        .filter(|name| folder.join(name).is_file() && !name.starts_with("server-") && !name.ends_with(".lock"))
        .map(|name| {
            let content = fs::read(folder.join(&name)).expect("a file");
            (name, content)
        })
        .collect()
}

/// Overwrites pages in the middle of a file.
fn damage(file: &Path) {
    let size = fs::metadata(file).expect("a file").len();
    let mut file = fs::OpenOptions::new().write(true).open(file).expect("a file");
    let middle = size / 2 / 4096 * 4096;
    file.seek(SeekFrom::Start(middle)).expect("a place");
    file.write_all(&[0x5a; 3 * 4096]).expect("a file");
}

/// Takes an index out of the schema, so that it does not follow its table.
const HIDE_INDEX: &str = "CREATE TABLE hidden AS SELECT * FROM sqlite_schema WHERE name = 'record_number'; \
                          PRAGMA writable_schema = ON; DELETE FROM sqlite_schema WHERE name = 'record_number'";

/// Changes the table, and brings the index back.
const CHANGE_AND_SHOW_INDEX: &str = "UPDATE record SET phone_number = '+14155559999' WHERE phone_number = '+14155550007'; \
                                     PRAGMA writable_schema = ON; INSERT INTO sqlite_schema SELECT * FROM hidden; \
                                     PRAGMA writable_schema = OFF; DROP TABLE hidden";

/// The faults that a check of SQLite finds.
async fn faults(file: &Path, check: &str) -> Vec<String> {
    let options = SqliteConnectOptions::new().filename(file).read_only(true);
    let mut connection = options.connect().await.expect("a connection");
    let check = sqlx::AssertSqlSafe(format!("PRAGMA {check}"));
    let faults: Vec<String> = sqlx::query_scalar(check)
        .fetch_all(&mut connection)
        .await
        .expect("a check");
    faults.into_iter().filter(|fault| fault != "ok").collect()
}

#[apply(database_test)]
async fn a_backup_that_cannot_be_restored_is_refused_with_the_reason(#[values(Sqlite)] database: TestDatabase) {
    let path = file(&database);
    let folder = database.folder.path();
    let (mut server, list) = serve_list(&path, 500).await;
    succeed(&path, &["backup", "good"]);
    let records = records(&list).await;
    assert!(server.terminate().success());
    let copy = |name: &str| {
        fs::copy(folder.join("good"), folder.join(name)).expect("a copy");
        folder.join(name)
    };
    damage(&copy("damaged"));
    let truncated = copy("truncated");
    let size = fs::metadata(&truncated).expect("a file").len();
    let file = fs::OpenOptions::new().write(true).open(&truncated);
    file.expect("a file").set_len(size / 2).expect("a size");
    // An index with an entry of another time: only the whole check notices it.
    let mixed = copy("mixed");
    execute(&mixed, HIDE_INDEX).await;
    execute(&mixed, CHANGE_AND_SHOW_INDEX).await;
    assert_eq!(faults(&mixed, "quick_check").await, [""; 0]);
    assert_ne!(faults(&mixed, "integrity_check").await, [""; 0]);
    let newer = "INSERT INTO seaql_migrations VALUES ('m20300101_000000_future', 1)";
    execute(&copy("newer"), newer).await;
    execute(&folder.join("foreign"), "CREATE TABLE record (n)").await;
    let of_another = "CREATE TABLE record (n); CREATE TABLE record_list (n); CREATE TABLE seaql_migrations (version, n); \
                      INSERT INTO seaql_migrations VALUES ('m20200101_000000_other', 1)";
    execute(&folder.join("foreign-too"), of_another).await;
    fs::write(folder.join("text"), "no database ".repeat(1_000)).expect("a file");
    fs::write(folder.join("empty"), "").expect("a file");
    fs::create_dir(folder.join("folder")).expect("a folder");
    fs::write(with_suffix(&copy("with-journal"), "-journal"), "x").expect("a file");
    let before = contents(folder);
    for (backup, reasons) in [
        ("damaged", vec!["damaged is damaged ("]),
        ("truncated", vec!["truncated is damaged ("]),
        ("mixed", vec!["mixed is damaged ("]),
        (
            "newer",
            vec![
                "newer was made by a newer version",
                "m20300101_000000_future",
                "m20261125_000003",
            ],
        ),
        ("foreign", vec!["foreign is not a database of record-lists"]),
        ("foreign-too", vec!["foreign-too is not a database of record-lists"]),
        ("text", vec!["text is not a database of record-lists"]),
        ("empty", vec!["empty is not a database of record-lists"]),
        ("folder", vec!["folder cannot be read"]),
        ("missing", vec!["missing cannot be read"]),
        ("with-journal", vec!["journal"]),
        ("test.db", vec!["test.db is the database itself"]),
    ] {
        let message = fail(&path, &["restore", backup]);
        for reason in reasons {
            assert!(message.contains(reason), "{backup}: {message}");
        }
        assert_eq!(contents(folder), before, "{backup}");
    }
    // A newer program may need a backup that an older one makes.
    succeed(&folder.join("newer"), &["backup", "of-newer"]);
    let server = serve(&path).await;
    assert_records(&server, &list, &records).await;
}

/// The database of a running server would be copied in the middle of a change.
#[apply(database_test)]
async fn the_database_of_a_running_server_is_no_backup(#[values(Sqlite)] database: TestDatabase) {
    let path = file(&database);
    let (_server, _list) = serve_list(&path, 3).await;
    let folder = tempfile::tempdir().expect("a folder");
    let message = fail(
        &folder.path().join("new.db"),
        &["restore", path.to_str().expect("a path")],
    );
    assert!(message.contains("record-lists backup FILE"), "{message}");
    assert_eq!(names(folder.path(), ""), [""; 0]);
}

#[apply(database_test)]
async fn a_backup_that_cannot_be_made_leaves_nothing(#[values(Sqlite)] database: TestDatabase) {
    let path = file(&database);
    let folder = database.folder.path();
    let (mut server, _list) = serve_list(&path, 500).await;
    fs::write(folder.join("taken"), "x").expect("a file");
    let message = fail(&path, &["backup", "taken"]);
    assert!(message.contains("taken exists already"), "{message}");
    assert_eq!(fs::read(folder.join("taken")).expect("a file"), b"x");
    let message = fail(&path, &["backup", "no/such/folder"]);
    assert!(message.contains("no/such/folder cannot be written"), "{message}");
    let message = fail(&folder.join("missing.db"), &["backup", "new"]);
    assert!(
        message.contains("there is no database") && message.contains("missing.db"),
        "{message}"
    );
    execute(&folder.join("foreign"), "CREATE TABLE record (n)").await;
    let message = fail(&folder.join("foreign"), &["backup", "new"]);
    assert!(message.contains("is not a database of record-lists"), "{message}");
    assert!(server.terminate().success());
    damage(&path);
    let message = fail(&path, &["backup", "new"]);
    assert!(
        message.contains("test.db is damaged (") && message.contains("record-lists restore FILE"),
        "{message}"
    );
    assert_eq!(names(folder, "new"), [""; 0]);
    assert_eq!(names(folder, "missing"), [""; 0]);
}

#[apply(database_test)]
async fn a_full_disk_leaves_no_half_backup(#[values(Sqlite)] database: TestDatabase) {
    let Some(mount) = Mount::memory(1) else {
        return pass_over("a file system of one's own (root, tmpfs)");
    };
    let path = file(&database);
    let (mut server, list) = serve_list(&path, 0).await;
    let mut session = Blocker::connect(&database).await;
    crate::support::fill(&mut session, &list.id, 20_000).await;
    drop(session);
    let backup = mount.path().join("backup");
    let message = fail(&path, &["backup", backup.to_str().expect("a path")]);
    assert!(message.contains("no space left for the backup"), "{message}");
    assert_eq!(names(mount.path(), ""), [""; 0]);
    assert!(server.terminate().success());
    // The same of a restore.
    let message = fail(
        &mount.path().join("test.db"),
        &["restore", path.to_str().expect("a path")],
    );
    assert!(message.contains("no space left for the database"), "{message}");
    assert_eq!(names(mount.path(), ""), ["test.db.lock"]);
}

#[test]
fn a_database_of_postgresql_is_left_to_its_own_tools() {
    let folder = tempfile::tempdir().expect("a folder");
    for (action, tool) in [("backup", "pg_dump"), ("restore", "pg_restore")] {
        let output = program(folder.path())
            .args([action, "file", "--database-url", "postgres://marked@127.0.0.1/marked"])
            .output()
            .expect("the program runs");
        let message = String::from_utf8_lossy(&output.stderr);
        assert!(
            !output.status.success() && message.contains(tool) && !message.contains("marked"),
            "{message}"
        );
    }
    assert_eq!(names(folder.path(), ""), [""; 0]);
}

/// A file that happens to have the name of the unfinished copy is not touched, nor what a link of that name leads to.
#[apply(database_test)]
async fn a_backup_takes_no_other_file_for_its_own(#[values(Sqlite)] database: TestDatabase) {
    let path = file(&database);
    let folder = database.folder.path();
    let (_server, _list) = serve_list(&path, 3).await;
    fs::write(folder.join("other"), "of someone else").expect("a file");
    std::os::unix::fs::symlink(folder.join("other"), folder.join("linked.partial")).expect("a link");
    fs::write(folder.join("named.partial"), "of someone else").expect("a file");
    for name in ["linked", "named"] {
        let message = fail(&path, &["backup", name]);
        assert!(message.contains(name), "{message}");
        assert!(!folder.join(name).exists());
    }
    for name in ["other", "named.partial"] {
        assert_eq!(
            fs::read_to_string(folder.join(name)).expect("a file"),
            "of someone else"
        );
    }
    // What a killed backup has left is one of its own.
    fs::write(folder.join("left.partial"), b"SQLite format 3\0and more").expect("a file");
    succeed(&path, &["backup", "left"]);
}

#[apply(database_test)]
async fn a_folder_is_no_database(#[values(Sqlite)] database: TestDatabase) {
    let folder = database.folder.path().join("folder");
    fs::create_dir(&folder).expect("a folder");
    for arguments in [
        &["backup", "backup"][..],
        &["restore", "backup"],
        &["migrate", "status"],
    ] {
        let message = fail(&folder, arguments);
        assert!(message.contains("names the folder"), "{message}");
    }
    assert!(!with_suffix(&folder, ".lock").exists());
}
