//! Three processes on one PostgreSQL, the same records asked for at each of them, and one of them killed.

use super::crowd::Crowd;
use crate::support::{Caller, Database::Postgres, ServerProcess, TestDatabase, apply, database_test};

#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_is_killed_beside_others_loses_nothing(#[values(Postgres)] database: TestDatabase) {
    let few = ["--database-pool-size", "5"];
    let start = |_| ServerProcess::start(database.folder.path(), &database.url, &few);
    let mut servers: Vec<ServerProcess> = (0..3).map(start).collect();
    for server in &servers {
        server.ready().await;
    }
    let crowd = Crowd::gather(servers[0].as_manager(), 2_000).await;
    let callers: Vec<Caller> = servers.iter().map(ServerProcess::as_manager).collect();
    let mut working = crowd.work(&callers, 12);
    working.answers(100).await;
    servers[1].kill();
    working.answers(100).await;
    servers[1].start_again();
    servers[1].ready().await;
    working.answers(100).await;
    let history = working.stop().await;
    let (_, _, unknown) = history.ends();
    assert!(history.reported() > 0 && unknown > 0);
    // The records' links name the server that is asked.
    crowd.check(&history, servers[0].as_manager()).await;
}
