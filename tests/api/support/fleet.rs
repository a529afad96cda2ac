//! Who serves: one application, or several processes on one database.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::{Caller, Claims, Database, ServerProcess, TestApp, TestDatabase, TestList};

/// Where the servers of a test run.
#[derive(Clone, Copy, Debug)]
pub enum Servers {
    OneOnSqlite,
    OneOnPostgres,
    ThreeOnPostgres,
}

/// Servers that share one database; each request goes to the next of them.
pub struct Fleet {
    callers: Vec<Caller>,
    next: AtomicUsize,
    running: Running,
}

enum Running {
    One(Box<TestApp>),
    Several(Vec<ServerProcess>, TestDatabase),
}

impl Fleet {
    /// Starts the servers; `None` where the test has to be passed over.
    pub async fn start(servers: Servers) -> Option<Self> {
        let running = match servers {
            Servers::OneOnSqlite => Running::One(Box::new(TestApp::start(Database::Sqlite).await?)),
            Servers::OneOnPostgres => Running::One(Box::new(TestApp::start(Database::Postgres).await?)),
            Servers::ThreeOnPostgres => {
                let database = Database::Postgres.create().await?;
                let start = |_| {
                    let few = ["--database-pool-size", "5"];
                    ServerProcess::start(database.folder.path(), &database.url, &few)
                };
                let processes: Vec<_> = (0..3).map(start).collect();
                for process in &processes {
                    process.ready().await;
                }
                Running::Several(processes, database)
            }
        };
        let callers = match &running {
            Running::One(app) => vec![app.as_anonymous()],
            Running::Several(processes, _) => processes.iter().map(ServerProcess::as_anonymous).collect(),
        };
        Some(Self {
            callers,
            next: AtomicUsize::new(0),
            running,
        })
    }

    /// A caller of the next server with this token.
    pub fn with_token(&self, token: &str) -> Caller {
        let turn = self.next.fetch_add(1, Ordering::Relaxed);
        let caller = self.callers[turn % self.callers.len()].clone();
        caller.authorization(&format!("Bearer {token}"))
    }

    /// A manager of the account `acme` at the next server.
    pub fn as_manager(&self) -> Caller {
        self.with_token(&Claims::of("acme").token())
    }

    /// A new list of `acme`, which takes any records.
    pub async fn list(&self) -> TestList {
        TestList::create(self.as_manager(), "NOTHING").await
    }

    /// The list, asked at the next server.
    pub fn next(&self, list: &TestList) -> TestList {
        list.asked_by(self.as_manager())
    }

    pub fn database(&self) -> &TestDatabase {
        match &self.running {
            Running::One(app) => &app.database,
            Running::Several(_, database) => database,
        }
    }
}
