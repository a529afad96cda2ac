//! PostgreSQL's own tools: a backup beside a server at work, and its restore (docs/operating.md, "PostgreSQL").

use std::process::Command;

use crate::support::{
    Blocker, Database::Postgres, ServerProcess, TestDatabase, TestList, apply, assert_counts, database_test, pass_over,
    person, postgres_tool, run_well,
};

#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn a_dump_beside_a_server_has_one_moment_and_is_restored(#[values(Postgres)] database: TestDatabase) {
    let (Some(pg_dump), Some(pg_restore)) = (postgres_tool("pg_dump"), postgres_tool("pg_restore")) else {
        return pass_over("PostgreSQL (pg_dump and pg_restore)");
    };
    let server = ServerProcess::start(database.folder.path(), &database.url, &[]);
    server.ready().await;
    let list = TestList::create(server.as_manager(), "NOTHING").await;
    let people: Vec<_> = (0..600).map(|n| person(&format!("+1415555{n:04}"))).collect();
    let ids = list.add(&people).await;
    let file = database.folder.path().join("backup");
    let mut dump = Command::new(pg_dump);
    dump.args(["--format=custom", "--file"])
        .arg(&file)
        .arg(&database.direct_url);
    list.delete_ids(&[&ids[0]]).await.assert_deleted(1, 0, 1);
    let dump = tokio::task::spawn_blocking(move || run_well(&mut dump));
    let mut deleted = 1;
    while !dump.is_finished() && deleted < 500 {
        list.delete_ids(&[&ids[deleted]]).await.assert_deleted(1, 0, 1);
        deleted += 1;
    }
    dump.await.expect("no panic");

    let Some(restored) = Postgres.create_empty().await else {
        return;
    };
    let target = format!("--dbname={}", restored.direct_url);
    let options = ["--clean", "--if-exists", "--single-transaction", &target];
    run_well(Command::new(pg_restore).args(options).arg(&file));
    let other = ServerProcess::start(restored.folder.path(), &restored.url, &[]);
    other.ready().await;
    let list = list.asked_by(other.as_manager());
    let gone = list.trail().await.len();
    assert!((1..=deleted).contains(&gone), "{gone} of {deleted}");
    assert_eq!(list.ids().await, ids[gone..]);
    list.delete_ids(&[&ids[gone]]).await.assert_deleted(1, 0, 1);
    assert_counts(&mut Blocker::connect(&restored).await).await;
}
