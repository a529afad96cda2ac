//! `record-lists backup`, and other commands beside a running server.

use std::{
    fs,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use serde_json::Value;

use crate::support::{Database::Sqlite, TestDatabase, TestList, apply, database_test, external_person};

use super::{assert_records, file, mode, names, records, run, serve, serve_list, succeed};

/// The two people of a pair, who are added and deleted together.
fn pair(writer: usize, number: usize) -> [Value; 2] {
    ["a", "b"].map(|half| {
        let phone = format!("+1415{writer:03}{number:04}");
        external_person(&phone, "crm", &format!("{writer}-{number}-{half}"))
    })
}

/// Adds pairs and deletes every third of them until it is told to stop; how many it has added.
async fn write(list: TestList, writer: usize, stop: Arc<AtomicBool>) -> usize {
    for number in 0.. {
        let ids = list.add(&pair(writer, number)).await;
        if number % 3 == 0 {
            list.delete_ids(&[&ids[0], &ids[1]]).await.assert_deleted(2, 0, 2);
        }
        if stop.load(Ordering::Relaxed) {
            return number + 1;
        }
    }
    unreachable!("it ends when it is told to")
}

/// The external ids of all records.
async fn external_ids(list: &TestList) -> Vec<String> {
    let records = list.records().await;
    records
        .iter()
        .map(|record| record["external_id"].as_str().expect("an id").to_owned())
        .collect()
}

#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn a_backup_under_load_is_one_moment_of_the_database(#[values(Sqlite)] database: TestDatabase) {
    const WRITERS: usize = 4;
    let path = file(&database);
    let (mut server, steady) = serve_list(&path, 100).await;
    let before = records(&steady).await;
    let list = TestList::create(server.as_manager(), "NOTHING").await;
    let stop = Arc::new(AtomicBool::new(false));
    let mut writers = Vec::new();
    for writer in 0..WRITERS {
        let list = list.asked_by(server.as_manager());
        writers.push(tokio::spawn(write(list, writer, Arc::clone(&stop))));
    }
    let folder = database.folder.path();
    for number in 0..5 {
        // A backup always ends, though others go on writing all the time.
        let name = format!("backup-{number}.db");
        let told = tokio::task::block_in_place(|| succeed(&path, &["backup", &name]));
        assert_eq!(told, "");
    }
    stop.store(true, Ordering::Relaxed);
    let mut added = 0;
    for writer in writers {
        added += writer.await.expect("no panic");
    }
    assert!(server.terminate().success());
    let backups = names(folder, "backup");
    assert_eq!(backups.len(), 5, "{backups:?}");
    let mut found = Vec::new();
    for backup in &backups {
        let backup = folder.join(backup);
        assert_eq!(mode(&backup), 0o600);
        // The backup is itself a database that can be served.
        let server = serve(&backup).await;
        assert_records(&server, &steady, &before).await;
        let halves = external_ids(&list.asked_by(server.as_manager())).await;
        assert!(halves.len() <= 2 * added);
        found.push(halves.len());
        for half in &halves {
            let other = match half.strip_suffix('a') {
                Some(pair) => format!("{pair}b"),
                None => format!("{}a", half.trim_end_matches('b')),
            };
            assert!(halves.contains(&other), "{half} without {other}");
        }
    }
    assert!(
        found.iter().min() < found.iter().max(),
        "others went on writing: {found:?}"
    );
}

#[apply(database_test)]
async fn a_backup_has_no_traces_of_who_was_deleted(#[values(Sqlite)] database: TestDatabase) {
    let path = file(&database);
    let (_server, list) = serve_list(&path, 3).await;
    let mut other = external_person("+14155559999", "crm", "TRACES-OF-WHOM");
    other["first_name"] = "TRACES-OF-WHOM".into();
    let ids = list.add(&[other]).await;
    let has_traces = |name: &str| {
        succeed(&path, &["backup", name]);
        let bytes = fs::read(database.folder.path().join(name)).expect("a backup");
        bytes.windows(14).any(|bytes| bytes == b"TRACES-OF-WHOM")
    };
    assert!(has_traces("before.db"));
    list.delete_ids(&[&ids[0]]).await.assert_deleted(1, 0, 1);
    assert!(!has_traces("after.db"));
}

/// Without a server, nothing is left of a command that reads the database.
#[apply(database_test)]
async fn a_closed_database_is_backed_up_as_it_is(#[values(Sqlite)] database: TestDatabase) {
    let path = file(&database);
    let (mut server, list) = serve_list(&path, 30).await;
    let records = records(&list).await;
    assert!(server.terminate().success());
    let before = fs::read(&path).expect("a file");
    let files = names(database.folder.path(), "test.db");
    succeed(&path, &["backup", "backup"]);
    succeed(&path, &["migrate", "status"]);
    assert_eq!(fs::read(&path).expect("a file"), before);
    assert_eq!(names(database.folder.path(), "test.db"), files);
    let server = serve(&database.folder.path().join("backup")).await;
    assert_records(&server, &list, &records).await;
}

/// What a killed server has committed is in its log, which stays where it is.
#[apply(database_test)]
async fn the_log_of_a_killed_server_is_in_the_backup(#[values(Sqlite)] database: TestDatabase) {
    let path = file(&database);
    let (mut server, list) = serve_list(&path, 30).await;
    let records = records(&list).await;
    server.kill();
    let before = fs::read(&path).expect("a file");
    succeed(&path, &["backup", "backup"]);
    assert_eq!(fs::read(&path).expect("a file"), before);
    let copy = serve(&database.folder.path().join("backup")).await;
    assert_records(&copy, &list, &records).await;
    server.start_again();
    server.ready().await;
    assert_records(&server, &list, &records).await;
}

#[apply(database_test)]
async fn the_state_of_the_schema_is_shown_beside_a_server(database: TestDatabase) {
    let migrate = |arguments: &[&str]| {
        let mut program = crate::support::program(database.folder.path());
        program.args(arguments).args(["--database-url", &database.url]);
        let output = program.output().expect("the program runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("a text")
    };
    let expected = migrate(&["migrate", "up"]);
    assert!(
        expected.lines().count() > 1 && !expected.contains("pending"),
        "{expected}"
    );
    let server = crate::support::ServerProcess::start(database.folder.path(), &database.url, &[]);
    server.ready().await;
    assert_eq!(migrate(&["migrate", "status"]), expected);
}

/// `migrate status` creates nothing and migrates nothing.
#[tokio::test]
async fn the_state_of_the_schema_is_shown_as_it_is() {
    let Some(database) = Sqlite.create_empty().await else {
        return;
    };
    let path = file(&database);
    let output = run(&path, &["migrate", "status"]);
    assert!(!output.status.success());
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(
        message.contains("there is no database") && message.contains("test.db"),
        "{message}"
    );
    assert_eq!(names(database.folder.path(), ""), [""; 0]);
    fs::write(&path, "").expect("a file");
    // The setting is for PostgreSQL, and means nothing here.
    let with_pooler = ["migrate", "status", "--database-statement-cache", "0"];
    assert!(succeed(&path, &with_pooler).contains("pending"));
    let status = succeed(&path, &["migrate", "status"]);
    assert!(status.lines().count() > 1 && !status.contains("applied"), "{status}");
    assert_eq!(names(database.folder.path(), ""), ["test.db"]);
    assert_eq!(fs::read(&path).expect("a file"), b"");
}
