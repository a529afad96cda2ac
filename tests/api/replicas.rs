//! Several processes on one PostgreSQL.

use std::{process::Stdio, time::Duration};

use futures_util::future::join_all;
use migration::{Migrator, MigratorTrait};
use serde_json::{Value, json};

use crate::{
    concurrency::{assert_one_owner_each, contested_numbers},
    support::{
        Blocker, Cluster,
        Database::{self, Postgres},
        ServerProcess, TestDatabase, TestList, apply, assert_counts, database_test, external_person, has_additions,
        pass_over, program,
    },
};

#[apply(database_test)]
async fn three_processes_report_each_record_once(#[values(Postgres)] database: TestDatabase) {
    let servers = ServerProcess::start_all(&database, 3, &["--database-pool-size", "5"]).await;
    let list = TestList::create(servers[0].as_manager(), "NOTHING").await;
    let records: Vec<Value> = (0..300)
        .map(|n| external_person(&format!("+1415555{n:04}"), "crm", &n.to_string()))
        .collect();
    let ids = list.add(&records).await;
    let answers = join_all((0..200_usize).map(|request| {
        let list = list.asked_by(servers[request % 3].as_manager());
        let mut numbers: Vec<usize> = (request..request + 10).collect();
        if request % 2 == 0 {
            numbers.reverse();
        }
        let items: Vec<Value> = numbers
            .into_iter()
            .map(|n| match request / 3 % 3 {
                0 => json!({"id": ids[n]}),
                1 => json!({"phone_number": format!("+1415555{n:04}")}),
                _ => json!({"external_provider": "crm", "external_id": n.to_string()}),
            })
            .collect();
        async move { list.delete(&items.into()).await.assert_status(200).json() }
    }))
    .await;
    let total = |name: &str| {
        answers
            .iter()
            .map(|answer| answer[name].as_u64().expect("a total"))
            .sum::<u64>()
    };
    if has_additions() {
        assert_eq!(total("total_records_deleted"), 209);
    }
    assert_eq!(total("total_deleted"), 209);
    assert_eq!(total("total_deleted") + total("total_errors"), 2_000);
    assert_eq!(list.ids().await, ids[209..]);
    assert_eq!(list.trail().await.len(), 200);
    assert_counts(&mut Blocker::connect(&database).await).await;
}

#[apply(database_test)]
async fn three_processes_give_each_number_one_owner(#[values(Postgres)] database: TestDatabase) {
    let servers = ServerProcess::start_all(&database, 3, &["--database-pool-size", "5"]).await;
    let list = TestList::create(servers[0].as_manager(), "PHONE_NUMBER").await;
    for _ in 0..3 {
        join_all((0..60).map(|request| {
            let list = list.asked_by(servers[request % 3].as_manager());
            async move { list.try_add(&contested_numbers(request)).await.assert_status(201) }
        }))
        .await;
        assert_one_owner_each(&list).await;
    }
}

/// The lock alone decides: both processes have looked nothing up when they begin to wait for it.
#[apply(database_test)]
async fn a_number_is_not_the_first_by_one_process_and_a_further_one_by_another(
    #[values(Postgres)] database: TestDatabase,
) {
    let servers = ServerProcess::start_all(&database, 2, &["--database-pool-size", "5"]).await;
    let list = TestList::create(servers[0].as_manager(), "PHONE_NUMBER").await;
    let mut watcher = Blocker::connect(&database).await;
    let lock = Blocker::hold(&database, &list.id).await;
    // The numbers that are the first ones of one request are further ones of the other.
    let creations = join_all((0..2).map(|request| {
        let list = list.asked_by(servers[request].as_manager());
        async move {
            list.try_add(&contested_numbers(request))
                .await
                .assert_status(201)
                .json()
        }
    }));
    let release = async {
        watcher.wait_for_waiters(2).await;
        lock.release().await;
    };
    let (answers, ()) = tokio::join!(creations, release);
    let created: u64 = answers
        .iter()
        .filter_map(|answer| answer["total_created"].as_u64())
        .sum();
    assert_eq!(created, 5);
    assert_one_owner_each(&list).await;
}

#[apply(database_test)]
async fn five_processes_that_start_at_once_on_an_empty_database_all_come_up(#[values(Postgres)] database: Database) {
    let Some(database) = database.create_empty().await else {
        return;
    };
    let servers: Vec<ServerProcess> = (0..5)
        .map(|_| {
            ServerProcess::start(
                database.folder.path(),
                &database.url,
                &["--database-pool-size", "3", "--demo"],
            )
        })
        .collect();
    for server in &servers {
        server.ready().await;
        let answer = server
            .as_manager()
            .post("/record-lists")
            .json(&json!({"name": "a"}))
            .send()
            .await;
        answer.assert_status(201);
    }
}

#[apply(database_test)]
async fn migrations_that_run_at_once_wait_for_each_other(#[values(Postgres)] database: Database) {
    let Some(database) = database.create_empty().await else {
        return;
    };
    // A start tries again until it succeeds; the command has one try.
    let running: Vec<_> = (0..5)
        .map(|_| {
            program(database.folder.path())
                .args(["migrate", "up", "--database-url", &database.url])
                .stderr(Stdio::piped())
                .stdout(Stdio::null())
                .spawn()
                .expect("the program runs")
        })
        .collect();
    for migration in running {
        let output = migration.wait_with_output().expect("an end");
        let message = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{message}");
    }
}

#[tokio::test]
async fn processes_that_want_more_connections_than_there_are_stay_up_and_recover() {
    let Some(cluster) = Cluster::with_connections(10) else {
        return pass_over("PostgreSQL (initdb and postgres)");
    };
    let Some(database) = TestDatabase::in_cluster(&cluster) else {
        return;
    };
    let servers = ServerProcess::start_all(&database, 3, &[]).await;
    let list = TestList::create(servers[0].as_manager(), "NOTHING").await;
    let records: Vec<Value> = (0..200)
        .map(|n| external_person(&format!("+1415555{n:04}"), "crm", &n.to_string()))
        .collect();
    let ids = list.add(&records).await;
    let answers = join_all((0..200_usize).map(|request| {
        let list = list.asked_by(servers[request % 3].as_manager());
        let id = &ids[request];
        async move { list.delete_ids(&[id]).await }
    }))
    .await;
    let (mut gone, mut unknown) = (0, 0);
    for answer in answers {
        if answer.status == 200 {
            answer.assert_deleted(1, 0, 1);
            gone += 1;
        } else {
            let answer = answer.assert_status(503);
            assert_eq!(answer.header("retry-after"), "1");
            unknown += u64::from(answer.json()["code"] == "OUTCOME_UNKNOWN");
        }
    }
    for server in &servers {
        server.ready().await;
    }
    let left = list.count().await;
    assert!(
        (200 - gone - unknown..=200 - gone).contains(&left),
        "{left} left, {gone} gone, {unknown} unknown"
    );
}

/// A process that dies in the middle of a migration leaves nothing of it, and the next one does all of it.
#[apply(database_test)]
async fn a_migration_whose_process_was_killed_is_done_by_the_next(#[values(Postgres)] database: Database) {
    let Some(database) = database.create_empty().await else {
        return;
    };
    let mut session = Blocker::connect(&database).await;
    session
        .execute(
            "CREATE FUNCTION stall() RETURNS event_trigger LANGUAGE plpgsql AS \
             'BEGIN PERFORM pg_sleep(600); END'; \
             CREATE EVENT TRIGGER stall ON ddl_command_end WHEN TAG IN ('CREATE INDEX') \
             EXECUTE FUNCTION stall()",
        )
        .await;
    let mut migration = program(database.folder.path())
        .args(["migrate", "up", "--database-url", &database.url])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program runs");
    let stalled = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' \
                   AND datname = current_database()";
    for _ in 0..12_000 {
        if session.number(stalled).await == 1 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(session.number(stalled).await, 1, "the migration does not stall");
    migration.kill().expect("the process is there");
    migration.wait().expect("an end");
    session
        .execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep' \
             AND datname = current_database(); DROP EVENT TRIGGER stall",
        )
        .await;
    let server = ServerProcess::start(database.folder.path(), &database.url, &[]);
    server.ready().await;
    let applied = session.number("SELECT count(*) FROM seaql_migrations").await;
    assert_eq!(applied, Migrator::migrations().len() as i64);
}
