//! `kill -9` under load, at any instant: what was answered is done, what was not is done whole or not at all.

use rstest::rstest;

use super::crowd::Crowd;
use crate::support::{
    Database::{self, Postgres, Sqlite},
    ServerProcess,
};

/// How often the process is killed; `RECORD_LISTS_TEST_KILLS` sets another number.
const KILLS: usize = 4;

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_killed_process_loses_nothing_and_reports_nothing_twice(
    #[values(Sqlite, Postgres)] database: Database,
) {
    let Some(database) = database.create().await else {
        return;
    };
    let mut server = ServerProcess::start(database.folder.path(), &database.url, &[]);
    server.ready().await;
    let kills = std::env::var("RECORD_LISTS_TEST_KILLS");
    let kills = kills.ok().and_then(|count| count.parse().ok());
    let (mut under_way, mut reported) = (0, 0);
    for _ in 0..kills.unwrap_or(KILLS) {
        let crowd = Crowd::gather(server.as_manager(), 1_000).await;
        let mut working = crowd.work(&[server.as_manager()], 8);
        working.answers(fastrand::usize(1..150)).await;
        server.kill();
        let history = working.stop().await;
        server.start_again();
        server.ready().await;
        reported += history.reported();
        under_way += history.ends().2;
        crowd.check(&history, server.as_manager()).await;
    }
    assert!(reported > 0, "no request had its answer");
    assert!(under_way > 0, "every request had its answer");
}
