//! PostgreSQL behind a pooler in transaction mode: what the setting for it is good for. Everything else is tested there
//! when `RECORD_LISTS_TEST_POOLER` asks for it.

use futures_util::future::join_all;

use crate::support::{Blocker, Database::Postgres, ServerProcess, TestApp, TestDatabase, apply, database_test};

/// Statements that are kept outlive their transaction, and the next one in the session is another connection's.
#[apply(database_test)]
#[case::as_documented(0, true)]
#[case::with_statements_kept(100, false)]
async fn connections_share_sessions_only_without_statements_kept(
    #[values(Postgres)] database: TestDatabase,
    #[case] statement_cache: usize,
    #[case] all_served: bool,
) {
    let Some(database) = database.through_pooler() else {
        return;
    };
    // The pooler and the database are there: what goes wrong behind them is the statements' doing.
    drop(TestApp::on(database.clone(), |settings| settings.database_statement_cache = 0).await);
    let app = TestApp::beside(database, |settings| {
        settings.database_statement_cache = statement_cache;
    })
    .await;
    // Which session a connection gets is the pooler's choice: a fault may take many rounds on a busy machine.
    let rounds = if all_served { 20 } else { 1_000 };
    // Sessions that are mixed up at the start may keep the application from becoming ready at all.
    let mut served = app.becomes_ready().await;
    for _ in 0..rounds {
        if !served {
            break;
        }
        let answers = join_all((0..20).map(|_| app.as_manager().get("/deletions").send()));
        served = answers.await.iter().all(|answer| answer.status == 200);
    }
    assert_eq!(served, all_served);
}

/// Whoever forgot the setting finds it in the log.
#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn the_log_names_the_setting(#[values(Postgres)] database: TestDatabase) {
    let Some(database) = database.through_pooler() else {
        return;
    };
    let kept = ["--database-statement-cache", "100"];
    let server = ServerProcess::start(database.folder.path(), &database.url, &kept);
    server.alive().await;
    for _ in 0..2_000 {
        let caller = server.as_manager();
        join_all((0..20).map(|_| caller.get("/deletions").send())).await;
        if server.log().contains("set --database-statement-cache 0") {
            return;
        }
    }
    panic!("{}", server.log());
}

/// A read that fails within its transaction is logged with the cause, not with what the transaction then says.
#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn the_cause_of_a_failed_read_is_logged(#[values(Postgres)] database: TestDatabase) {
    let server = ServerProcess::start(
        database.folder.path(),
        &database.url,
        &["--database-statement-cache", "0"],
    );
    server.ready().await;
    let mut session = Blocker::connect(&database).await;
    session.execute("ALTER TABLE operation RENAME TO elsewhere").await;
    let answer = server.as_manager().get("/deletions").send().await;
    answer.assert_error(503, "DATABASE_UNAVAILABLE");
    let log = server.log();
    assert!(log.contains("\"operation\" does not exist"), "{log}");
    assert!(!log.contains("current transaction is aborted"), "{log}");
}
