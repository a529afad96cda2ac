//! Looking at all records of a long list ends when its time is over.

use std::time::{Duration, Instant};

use futures_util::future::join_all;

use crate::support::{Blocker, Database, TestApp, apply, database_test, fill};

/// How long a read may take: the time for a lock and that for a statement.
const LIMIT: Duration = Duration::from_millis(500);

#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn a_search_that_takes_too_long_is_stopped(kind: Database) {
    let app = TestApp::with(kind, |settings| {
        settings.lock_timeout = LIMIT / 2;
        settings.statement_timeout = LIMIT / 2;
    });
    let Some(app) = app.await else {
        return;
    };
    let list = app.list().await;
    let mut session = Blocker::connect(&app.database).await;
    fill(&mut session, &list.id, 200_000).await;
    // Because of the backslash, it is parsed for each filter.
    let data = r#"{"text":"one line\nand another","values":[1,2,3],"deep":{"a":"b"},"a":"b"}"#;
    session
        .execute(&format!("UPDATE record SET extra_data = '{data}'"))
        .await;
    let filters = ["extra_data_filter=a:b"; 10].join("&");
    let path = list.path(&format!("/records?{filters}&order_by=updated_at"));
    let start = Instant::now();
    let searches = (0..6).map(|_| list.caller.get(&path).send());
    for answer in join_all(searches).await {
        answer.assert_error(503, "OVERLOADED");
    }
    assert!(start.elapsed() < 20 * LIMIT, "{:?}", start.elapsed());
    // The database does not go on, and the connections are free.
    if kind == Database::Postgres {
        let running = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
                       AND state = 'active' AND query LIKE 'WITH matches%'";
        assert_eq!(session.number(running).await, 0);
    }
    let caller = list.caller.clone().patient();
    let start = Instant::now();
    caller.page(&list.path("/records")).await;
    assert!(start.elapsed() < 4 * LIMIT, "{:?}", start.elapsed());
}
