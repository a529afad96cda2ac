//! A PostgreSQL server that fails under load: 503 and Retry-After within the deadline, no hung connection, recovery
//! without a restart of ours.

use std::time::Duration;

use rstest::rstest;
use serde_json::json;

use super::{
    crowd::{Crowd, Working},
    faults::SHORT_LIMITS,
};
use crate::support::{Blocker, Cluster, ServerProcess, TestDatabase, TestList, TestResponse, pass_over, person};

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    /// The server ends as in a crash, and starts again.
    Restarted,
    /// The processes that have transactions under way end, again and again.
    BackendsKilled,
    /// The server does nothing any more, past every deadline.
    Paused,
    /// The server takes no more connections (53300), and those that there were end.
    OutOfConnections,
    /// The server became a standby (25006).
    ReadOnly,
    /// Another session holds the list's row, past the deadline.
    RowHeld,
}

use Fault::{BackendsKilled, OutOfConnections, Paused, ReadOnly, Restarted, RowHeld};

const CALLERS: usize = 8;

/// The turn, a connection, the lock and the statements, the commit and the look for it: 5 + 2 + 1.5 + 5 seconds, and about
/// as much again for a busy machine.
const DEADLINE: Duration = Duration::from_secs(26);

const BACKENDS: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'dialer'";

struct Scene {
    cluster: Cluster,
    database: TestDatabase,
    session: Blocker,
    list: String,
}

impl Scene {
    /// Makes the fault, lets it last, and takes it away. Callers are at work meanwhile.
    async fn suffer(&mut self, fault: Fault, working: &mut Working) {
        match fault {
            Restarted => {
                self.cluster.stop();
                working.answers_each(1).await;
                self.cluster.start();
                self.session = Blocker::connect(&self.database).await;
            }
            BackendsKilled => {
                for _ in 0..50 {
                    let busy = format!("{BACKENDS} AND state <> 'idle'");
                    self.session.execute(&busy).await;
                    working.answers(1).await;
                }
            }
            Paused => {
                self.cluster.pause();
                // The second is asked and answered while nothing works but deadlines.
                working.answers_each(2).await;
                self.cluster.resume();
            }
            OutOfConnections => {
                self.session
                    .execute("ALTER ROLE dialer NOSUPERUSER CONNECTION LIMIT 0")
                    .await;
                self.session.execute(BACKENDS).await;
                working.answers_each(2).await;
                self.session
                    .execute("ALTER ROLE dialer SUPERUSER CONNECTION LIMIT -1")
                    .await;
            }
            ReadOnly => {
                self.set_read_only("on").await;
                working.answers_each(10).await;
                self.set_read_only("off").await;
            }
            RowHeld => {
                let lock = Blocker::hold(&self.database, &self.list).await;
                working.answers_each(2).await;
                lock.release().await;
            }
        }
    }

    async fn set_read_only(&mut self, value: &str) {
        let set = format!("ALTER SYSTEM SET default_transaction_read_only = {value}");
        self.session.execute("SET default_transaction_read_only = off").await;
        self.session.execute(&set).await;
        self.session.execute("SELECT pg_reload_conf()").await;
    }
}

/// Asks until the answer has this status; until then it is 503.
async fn served(status: u16, ask: impl AsyncFn() -> TestResponse) -> TestResponse {
    loop {
        let answer = ask().await;
        if answer.status == status {
            return answer;
        }
        answer.assert_status(503);
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_fails_under_load_loses_nothing(
    #[values(Restarted, BackendsKilled, Paused, OutOfConnections, ReadOnly, RowHeld)] fault: Fault,
) {
    let Some(cluster) = Cluster::with_connections(50) else {
        return pass_over("PostgreSQL (initdb and postgres)");
    };
    let Some(database) = TestDatabase::in_cluster(&cluster) else {
        return;
    };
    let mut session = Blocker::connect(&database).await;
    session.execute("CREATE ROLE dialer LOGIN SUPERUSER").await;
    let url = database.url.replace("postgres@", "dialer@");
    let server = ServerProcess::start(database.folder.path(), &url, &SHORT_LIMITS);
    server.ready().await;
    let other = TestList::create(server.as_manager().patient(), "NOTHING").await;
    let crowd = Crowd::gather(server.as_manager(), 2_000).await;
    let mut scene = Scene {
        list: crowd.list.id.clone(),
        cluster,
        database,
        session,
    };
    let mut working = crowd.work(&[server.as_manager()], CALLERS);
    working.answers(50).await;
    scene.suffer(fault, &mut working).await;
    server.ready().await;

    // All is as before, and nobody has started anything again. Connections that broke may be met once more.
    let new = [person("+14155550101")];
    let added = served(201, async || other.try_add(&new).await).await;
    let ids = json!([{"id": added.json()["_embedded"]["records"][0]["id"]}]);
    let deleted = served(200, async || other.delete(&ids).await).await;
    deleted.assert_deleted(1, 0, 1);
    working.answers(50).await;
    let history = working.stop().await;
    let (_, refused, unknown) = history.ends();
    assert!(history.reported() > 0);
    assert!(refused + unknown > 0, "nobody noticed the fault");
    assert!(history.longest() < DEADLINE, "{:?}", history.longest());
    crowd.check(&history, server.as_manager()).await;
}
