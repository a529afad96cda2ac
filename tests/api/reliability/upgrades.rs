//! Versions side by side, and one after the other. The next version is played by a migration that this one does not
//! know.

use super::crowd::Crowd;
use crate::{
    readiness::wait_for_reason,
    support::{
        Blocker, Caller,
        Database::{Postgres, Sqlite},
        ServerProcess, TestDatabase, TestList, apply, database_test, person, program, run, run_well,
    },
};

/// A migration beside which older versions go on.
const COMPATIBLE: &str = "m20990101_000000_add_time_zones_compatible";

/// One beside which they do not.
const INCOMPATIBLE: &str = "m20990102_000000_drop_priorities";

/// The tables that every request uses get a column, in the middle of what this version reads and writes.
async fn migrate(database: &TestDatabase) {
    let add = ["record_list", "record", "record_phone"].map(|table| {
        format!("ALTER TABLE {table} ADD COLUMN time_zone text; CREATE INDEX {table}_zone ON {table} (time_zone); ")
    });
    let begin = match database.kind {
        Sqlite => "BEGIN; ",
        // As the program does it: nobody waits long behind it.
        Postgres => "BEGIN; SET LOCAL lock_timeout = '1s'; ",
    };
    let statements = format!(
        "{begin}{} CREATE TABLE time_zone (id bigint); INSERT INTO seaql_migrations VALUES ('{COMPATIBLE}', 1); COMMIT",
        add.concat()
    );
    let mut session = Blocker::connect(database).await;
    // Servers try again until it succeeds.
    while let Err(error) = session.try_to_execute(&statements).await {
        eprintln!("not migrated yet: {error}");
        session.execute("ROLLBACK").await;
    }
}

/// Both servers are of the older version, and have prepared their statements for the schema before.
#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn servers_go_on_and_start_again_while_a_newer_version_migrates(#[values(Postgres)] database: TestDatabase) {
    let mut servers = ServerProcess::start_all(&database, 2, &["--database-pool-size", "5"]).await;
    let crowd = Crowd::gather(servers[0].as_manager(), 3_000).await;
    let callers: Vec<Caller> = servers.iter().map(ServerProcess::as_manager).collect();
    let mut working = crowd.work(&callers, 8);
    working.answers(100).await;
    migrate(&database).await;
    working.answers_each(5).await;
    // One after the other, as when servers are replaced.
    for server in &mut servers {
        assert!(server.terminate().success());
        working.answers(20).await;
        server.start_again();
        server.ready().await;
        working.answers(20).await;
    }
    let history = working.stop().await;
    assert!(history.reported() > 0);
    // The links of the records name the server that is asked.
    crowd.check(&history, servers[0].as_manager()).await;
    for server in &servers {
        let log = server.log();
        assert!(!log.contains("ERROR") && !log.contains("cached plan"), "{log}");
    }
}

#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn a_program_starts_on_a_newer_schema_only_if_that_is_compatible(database: TestDatabase) {
    let mut server = ServerProcess::start(database.folder.path(), &database.url, &[]);
    server.ready().await;
    let list = TestList::create(server.as_manager(), "NOTHING").await;
    let ids = list.add(&[person("+14155550101"), person("+14155550102")]).await;
    assert!(server.terminate().success());
    migrate(&database).await;
    let command = |arguments: &[&str]| {
        let mut command = program(database.folder.path());
        command.args(arguments).args(["--database-url", &database.url]);
        command
    };
    run_well(&mut command(&["migrate", "up"]));
    let status = run_well(&mut command(&["migrate", "status"]));
    assert!(
        status.ends_with(&format!("unknown {COMPATIBLE} (compatible)\n")),
        "{status}"
    );
    server.start_again();
    server.ready().await;
    assert!(server.log().contains("newer than this program, which can use it"));
    let list = list.asked_by(server.as_manager());
    list.delete_ids(&[&ids[0]]).await.assert_deleted(1, 0, 1);
    assert_eq!(list.ids().await, ids[1..]);
    assert!(server.terminate().success());

    let mut session = Blocker::connect(&database).await;
    let note = format!("INSERT INTO seaql_migrations VALUES ('{INCOMPATIBLE}', 1)");
    session.execute(&note).await;
    let refused = run(&mut command(&["migrate", "up"]));
    assert!(!refused.status.success());
    assert!(String::from_utf8_lossy(&refused.stderr).contains(INCOMPATIBLE));
    server.start_again();
    if database.kind == Postgres {
        server.alive().await;
        let message = wait_for_reason(&server, "SCHEMA_AHEAD").await;
        assert!(message.contains(INCOMPATIBLE), "{message}");
    } else {
        assert_eq!(server.wait().code(), Some(1));
    }
}

/// The way back from a version whose migrations are compatible is the older program on the same data, or a backup.
#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn a_backup_of_a_compatible_version_is_restored(#[values(Sqlite)] database: TestDatabase) {
    let mut server = ServerProcess::start(database.folder.path(), &database.url, &[]);
    server.ready().await;
    let list = TestList::create(server.as_manager(), "NOTHING").await;
    let ids = list.add(&[person("+14155550101")]).await;
    assert!(server.terminate().success());
    migrate(&database).await;
    for arguments in [["backup", "newer"], ["restore", "newer"]] {
        let mut command = program(database.folder.path());
        run_well(command.args(arguments).args(["--database-url", &database.url]));
    }
    server.start_again();
    server.ready().await;
    assert_eq!(list.asked_by(server.as_manager()).ids().await, ids);
}
