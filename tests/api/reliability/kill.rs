//! `kill -9` under load, at any instant: what was answered is done, what was not is done whole or not at all.

use futures_util::future::join_all;

use super::crowd::{Crowd, Working};
use crate::support::{ServerProcess, TestDatabase, apply, database_test};

/// How often the process is killed; `RECORD_LISTS_TEST_KILLS` sets another number.
const KILLS: usize = 4;

/// Lists that are deleted from at once. Their records have the same numbers and external ids, and deletions of several
/// lists share transactions.
const LISTS: usize = 4;

#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn a_killed_process_loses_nothing_and_reports_nothing_twice(database: TestDatabase) {
    // Each round makes lists.
    let limit = ["--max-lists-per-account", "100000"];
    let mut server = ServerProcess::start(database.folder.path(), &database.url, &limit);
    server.ready().await;
    let kills = std::env::var("RECORD_LISTS_TEST_KILLS");
    let kills = kills.ok().and_then(|count| count.parse().ok());
    let (mut under_way, mut reported) = (0, 0);
    for _ in 0..kills.unwrap_or(KILLS) {
        let mut crowds = Vec::new();
        for _ in 0..LISTS {
            crowds.push(Crowd::gather(server.as_manager(), 300).await);
        }
        let callers = [server.as_manager()];
        let mut working: Vec<_> = crowds.iter().map(|crowd| crowd.work(&callers, 3)).collect();
        working[0].answers(fastrand::usize(1..50)).await;
        server.kill();
        let histories = join_all(working.into_iter().map(Working::stop)).await;
        server.start_again();
        server.ready().await;
        for (crowd, history) in crowds.iter().zip(histories) {
            reported += history.reported();
            under_way += history.ends().2;
            crowd.check(&history, server.as_manager()).await;
        }
    }
    assert!(reported > 0, "no request had its answer");
    assert!(under_way > 0, "every request had its answer");
}
