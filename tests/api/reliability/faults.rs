//! Servers with their database, and what happens to them at random.

use std::time::Duration;

use tokio::time::sleep;

use crate::support::{Blocker, Caller, Cluster, Database, Fixture, ServerProcess, TestDatabase, pass_over};

/// Limits that let a fault of PostgreSQL outlast them soon.
pub const SHORT_LIMITS: [&str; 8] = [
    "--lock-timeout",
    "500ms",
    "--statement-timeout",
    "1s",
    "--commit-timeout",
    "1s",
    "--database-pool-size",
    "5",
];

/// Servers on one database, to which something happens now and then.
pub struct Victims {
    servers: Vec<ServerProcess>,
    cluster: Option<Cluster>,
    database: TestDatabase,
}

/// One server on SQLite, two on a PostgreSQL cluster of their own.
impl Fixture for Victims {
    type On = Database;

    async fn prepare(kind: Database) -> Option<Self> {
        let (cluster, database, count) = match kind {
            Database::Sqlite => (None, kind.create_empty().await?, 1),
            Database::Postgres => {
                let Some(cluster) = Cluster::with_connections(50) else {
                    pass_over("PostgreSQL (initdb and postgres)");
                    return None;
                };
                let database = TestDatabase::in_cluster(&cluster)?;
                (Some(cluster), database, 2)
            }
        };
        let many = ["--max-lists-per-account", "1000000"];
        let limits = match kind {
            // The statements and commits of a slow disk are no fault.
            Database::Sqlite => &["--lock-timeout", "500ms"][..],
            Database::Postgres => &SHORT_LIMITS,
        };
        let arguments = [limits, &many].concat();
        let start = |_| ServerProcess::start(database.folder.path(), &database.url, &arguments);
        let victims = Self {
            servers: (0..count).map(start).collect(),
            cluster,
            database,
        };
        victims.ready().await;
        Some(victims)
    }
}

impl Victims {
    /// A manager of `acme` at each server.
    pub fn callers(&self) -> Vec<Caller> {
        self.servers.iter().map(ServerProcess::as_manager).collect()
    }

    /// Waits until every server can serve.
    pub async fn ready(&self) {
        for server in &self.servers {
            server.ready().await;
        }
    }

    /// Something happens, and ends.
    pub async fn suffer(&mut self) {
        let one = fastrand::usize(..self.servers.len());
        match (fastrand::u8(..5), &self.cluster) {
            (0, _) => {
                self.servers[one].kill();
                self.servers[one].start_again();
            }
            (1, _) => {
                self.servers[one].signal("STOP");
                a_while().await;
                self.servers[one].signal("CONT");
            }
            (2, Some(cluster)) => {
                cluster.stop();
                a_while().await;
                cluster.start();
            }
            (3, Some(cluster)) => {
                cluster.pause();
                a_while().await;
                cluster.resume();
            }
            (_, Some(_)) => {
                let mut session = Blocker::connect(&self.database).await;
                session
                    .execute(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                         WHERE application_name = 'record-lists'",
                    )
                    .await;
            }
            (_, None) => {
                // A file that is held at its start ends a server, and nobody starts it again.
                self.ready().await;
                let mut session = Blocker::connect(&self.database).await;
                session.execute("PRAGMA busy_timeout = 60000").await;
                session.execute("BEGIN IMMEDIATE").await;
                a_while().await;
                session.execute("ROLLBACK").await;
            }
        }
    }
}

/// Mostly a moment; now and then longer than every limit.
async fn a_while() {
    let longest = if fastrand::u8(..5) == 0 { 4_000 } else { 400 };
    sleep(Duration::from_millis(fastrand::u64(..longest))).await;
}
