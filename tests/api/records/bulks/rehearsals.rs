//! What a dry run costs the database, by the database's own counters.

use serde_json::{Value, json};

use crate::support::{
    Blocker, Cluster, Database::Sqlite, TestApp, TestDatabase, TestList, apply, database_test, fill, pass_over,
};

const RECORDS: i64 = 1_000_000;

/// A hundred numbers, of which every second one is a record's.
fn hundred_numbers() -> Value {
    (0..100)
        .map(|n| match n % 2 {
            0 => json!({"phone_number": format!("+1415{:07}", n * 9_973)}),
            _ => json!({"phone_number": format!("+1416{n:07}")}),
        })
        .collect()
}

async fn rehearse(list: &TestList) {
    list.delete_by("?dry_run=true", &hundred_numbers())
        .await
        .assert_deleted(50, 50, 50);
}

#[apply(database_test)]
async fn a_dry_run_on_a_million_records_writes_nothing_to_sqlite(#[values(Sqlite)] app: TestApp) {
    let list = app.list().await;
    fill(&mut Blocker::connect(&app.database).await, &list.id, RECORDS).await;
    let rows = "SELECT (SELECT count(*) FROM record) + (SELECT count(*) FROM record_phone) \
                + (SELECT count(*) FROM operation) + (SELECT count(*) FROM idempotency_key) \
                + (SELECT sum(records_count) FROM record_list)";
    let mut watcher = Blocker::connect(&app.database).await;
    let before = watcher.number(rows).await;
    // Nobody can write meanwhile.
    let lock = Blocker::hold(&app.database, &list.id).await;
    rehearse(&list).await;
    lock.release().await;
    // Nor did anything wait to be written: writes go one after the other, and this one found everything as it was.
    list.delete_phones(&["+14150000000"]).await.assert_deleted(1, 0, 1);
    // A record and its place in the count less, an operation more.
    assert_eq!(watcher.number(rows).await, before - 2 + 1);
    assert_eq!(list.count().await, 999_999);
}

#[tokio::test]
async fn a_dry_run_on_a_million_records_locks_and_writes_nothing_on_postgresql() {
    // A cluster of its own, in which nothing else happens: the counter of transactions is the whole server's.
    let quiet = ["--autovacuum=off", "--fsync=off", "--max_connections=20"];
    let Some(cluster) = Cluster::with_settings(&quiet) else {
        return pass_over("PostgreSQL (initdb and postgres)");
    };
    let Some(database) = TestDatabase::in_cluster(&cluster) else {
        return;
    };
    let mut session = Blocker::connect(&database).await;
    // The session that migrates reads the tables for their indexes, and tells so when it ends.
    TestApp::on(database.clone(), |_| {}).await.stop();
    wait_for_the_end_of_sessions(&mut session).await;
    let mut app = TestApp::on(database, |_| {}).await;
    let list = app.list().await;
    fill(&mut session, &list.id, RECORDS).await;
    session.execute("ANALYZE").await;
    session.execute("SELECT pg_stat_force_next_flush()").await;
    let before = Counters::read(&mut session).await;
    rehearse(&list).await;
    let after_it = Counters::read(&mut session).await;
    // A transaction that locks or writes a row needs a number.
    assert_eq!(after_it.transactions, before.transactions);

    // A server process tells the last of what it did when it ends.
    app.stop();
    wait_for_the_end_of_sessions(&mut session).await;
    let after = Counters::read(&mut session).await;
    assert_eq!(after.rows_written, before.rows_written);
    assert_eq!(after.scans, before.scans);
    // The fifty rows that the numbers match, and nothing like a million.
    assert!((50..1_000).contains(&(after.rows_read - before.rows_read)));
}

async fn wait_for_the_end_of_sessions(session: &mut Blocker) {
    let sessions = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'record-lists'";
    while session.number(sessions).await > 0 {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}

/// What the server counts.
struct Counters {
    transactions: i64,
    rows_written: i64,
    rows_read: i64,
    scans: i64,
}

impl Counters {
    async fn read(session: &mut Blocker) -> Self {
        session.execute("SELECT pg_stat_clear_snapshot()").await;
        let mut of_tables = async |what: &str| {
            let sum = format!(
                "SELECT CAST(sum({what}) AS bigint) FROM pg_stat_user_tables \
                 WHERE relname IN ('record', 'record_phone', 'operation', 'idempotency_key')"
            );
            session.number(&sum).await
        };
        let rows_written = of_tables("n_tup_ins + n_tup_upd + n_tup_del").await;
        let rows_read = of_tables("idx_tup_fetch").await;
        // Not of the saved answers: their purge may read them in the meantime.
        let scans = "SELECT CAST(sum(seq_scan) AS bigint) FROM pg_stat_user_tables \
                     WHERE relname IN ('record', 'record_phone', 'operation')";
        let scans = session.number(scans).await;
        let next = "SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint";
        Self {
            transactions: session.number(next).await,
            rows_written,
            rows_read,
            scans,
        }
    }
}
