//! `record-lists migrate distribute`, and what `migrate up` and `migrate status` make of it.

use crate::support::{
    Blocker,
    Database::{Postgres, Sqlite},
    TestApp, TestDatabase, apply, assert_counts, assert_says,
    citus::{migrate, migration, on_server},
    database_test, person, refusal,
};

const DISTRIBUTED: &str = "distributed: 10 of 10 tables, 2 servers\n";

#[tokio::test(flavor = "multi_thread")]
async fn tables_with_data_are_distributed_once() {
    let Some(citus) = super::servers() else { return };
    let database = citus.database_with_workers(&citus.worker_ports()).await;
    let told = refusal(&mut migration(&database, &["distribute"]));
    assert_says(&told, &["run `record-lists migrate up`"]);
    let state = migrate(&database, &["up"]);
    assert!(state.ends_with("distributed: 0 of 10 tables, 2 servers\n"), "{state}");
    let app = TestApp::on(database.clone(), |_| {}).await;
    let list = app.list().await;
    let ids = list.add(&[person("+14155550101"), person("+14155550102")]).await;
    drop(app);

    let planned = migrate(&database, &["distribute", "--dry-run"]);
    assert!(planned.starts_with("SELECT create_distributed_table('record_list', 'id');\n"));
    assert!(
        planned.ends_with("distributed: 0 of 10 tables, 2 servers\n"),
        "{planned}"
    );
    let done = migrate(&database, &["distribute"]);
    assert!(done.ends_with(DISTRIBUTED), "{done}");
    let statements = |told: &str| told.lines().filter(|line| line.ends_with(';')).count();
    assert_eq!((statements(&planned), statements(&done)), (20, 20));
    assert_eq!(migrate(&database, &["distribute"]), DISTRIBUTED);
    assert!(migrate(&database, &["status"]).ends_with(DISTRIBUTED));

    // Nothing is left of the rows where they were before.
    let mut coordinator = Blocker::connect(&database).await;
    let left = "SELECT sum(pg_relation_size(relname::regclass))::bigint FROM pg_class \
                WHERE relkind = 'r' AND relname IN ('record_list', 'record', 'record_phone', 'operation')";
    assert_eq!(coordinator.number(left).await, 0);
    // They are on both workers now, as the schema is.
    for port in citus.worker_ports() {
        let worker = on_server(&database, port);
        assert!(migrate(&worker, &["up"]).ends_with(DISTRIBUTED));
    }
    let app = TestApp::on(database.clone(), |_| {}).await;
    let list = list.asked_by(app.as_manager());
    assert_eq!(list.count().await, 2);
    list.delete_ids(&[&ids[0]]).await.assert_deleted(1, 0, 1);
    assert_counts(&mut coordinator).await;
}

/// A migration adds a table to a database that is distributed.
#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_is_missing_is_distributed_by_the_next_migration() {
    let Some(citus) = super::servers() else { return };
    let database = citus.distributed_database().await;
    let mut coordinator = Blocker::connect(&database).await;
    coordinator.execute("SELECT undistribute_table('operation')").await;
    let state = migrate(&database, &["status"]);
    assert!(state.ends_with("distributed: 9 of 10 tables, 2 servers\n"), "{state}");
    let state = migrate(&database, &["up"]);
    assert!(state.ends_with(DISTRIBUTED), "{state}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_missing_is_said() {
    let Some(citus) = super::servers() else { return };
    let alone = citus.database_with_workers(&[]).await;
    migrate(&alone, &["up"]);
    let told = refusal(&mut migration(&alone, &["distribute"]));
    assert_says(&told, &["SELECT citus_add_node("]);
    assert!(migrate(&alone, &["status"]).ends_with("distributed: 0 of 10 tables, 0 servers\n"));
    let mut session = Blocker::connect(&alone).await;
    session.execute("DROP EXTENSION citus").await;
    let told = refusal(&mut migration(&alone, &["distribute"]));
    assert_says(&told, &["CREATE EXTENSION citus"]);
}

#[apply(database_test)]
async fn a_database_without_the_extension_is_not_distributed(database: TestDatabase) {
    if crate::support::citus::is_asked_for() {
        return;
    }
    let expected = match database.kind {
        Sqlite => "only those of PostgreSQL can be distributed",
        Postgres => "CREATE EXTENSION citus",
    };
    let told = refusal(&mut migration(&database, &["distribute"]));
    assert_says(&told, &[expected]);
    assert!(!migrate(&database, &["status"]).contains("distributed"));
}

#[apply(database_test)]
async fn only_a_distribution_can_be_tried(database: TestDatabase) {
    let told = refusal(&mut migration(&database, &["up", "--dry-run"]));
    assert_says(&told, &["--dry-run"]);
}
