//! Private PostgreSQL servers with the extension Citus: a coordinator and two workers.

use std::{
    process::Command,
    sync::{
        OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::sync::OnceCell;

use super::{
    Blocker, Cluster, TestDatabase,
    cluster::postgres_tool,
    database::{at_port, port_of},
    program, run_well,
};

pub struct Citus {
    coordinator: Cluster,
    workers: [Cluster; 2],
}

/// With few shards, distribution takes no time. What the servers say to each other is plain, so that a relay understands
/// it, and each line of the log begins with the database. Without background processes, which would stay connected,
/// databases can be copied, and there can be any number.
const SETTINGS: [&str; 11] = [
    "--fsync=off",
    "--shared_buffers=64MB",
    "--max_connections=400",
    "--shared_preload_libraries=citus",
    "--ssl=off",
    "--citus.node_conninfo=sslmode=disable",
    "--citus.shard_count=8",
    "--max_prepared_transactions=50",
    "--max_worker_processes=0",
    "--log_statement=all",
    "--log_line_prefix=%d ",
];

/// Whether all tests on PostgreSQL run on Citus.
pub fn is_asked_for() -> bool {
    match std::env::var("RECORD_LISTS_TEST_POSTGRES").as_deref() {
        Ok("citus") => true,
        Ok(other) => panic!("RECORD_LISTS_TEST_POSTGRES is {other:?}; only citus is known"),
        Err(_) => false,
    }
}

impl Citus {
    /// The servers that the tests of this process share; `None` where the extension is not installed.
    pub fn shared() -> Option<&'static Self> {
        static CITUS: OnceLock<Option<Citus>> = OnceLock::new();
        CITUS.get_or_init(Self::start).as_ref()
    }

    fn start() -> Option<Self> {
        if !is_installed() {
            return None;
        }
        let start = || Cluster::with_settings(&SETTINGS);
        Some(Self {
            coordinator: start()?,
            workers: [start()?, start()?],
        })
    }

    /// The ports of the workers.
    pub fn worker_ports(&self) -> [u16; 2] {
        self.workers.each_ref().map(|worker| port_of(&worker.url("postgres")))
    }

    /// A database without any table, and without the extension.
    pub async fn empty_database(&self) -> TestDatabase {
        self.copy_of("template0").await
    }

    /// A database without any table that knows of workers at these ports.
    pub async fn database_with_workers(&self, ports: &[u16]) -> TestDatabase {
        let database = self.empty_database().await;
        self.connect(&database, ports).await;
        database
    }

    /// An empty database whose tables are distributed.
    pub async fn distributed_database(&self) -> TestDatabase {
        static TEMPLATE: OnceCell<String> = OnceCell::const_new();
        let template = TEMPLATE
            .get_or_init(async || {
                let database = self.database_with_workers(&self.worker_ports()).await;
                migrate(&database, &["up"]);
                migrate(&database, &["distribute"]);
                name_of(&database)
            })
            .await;
        self.copy_of(template).await
    }

    /// A copy of a database that is on each server.
    async fn copy_of(&self, template: &str) -> TestDatabase {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let name = format!("citus_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        for server in self.servers() {
            let mut admin = session(&server.url("postgres")).await;
            let create = format!("CREATE DATABASE {name} TEMPLATE {template}");
            admin.execute(&create).await;
        }
        TestDatabase::on_server(self.coordinator.url(&name))
    }

    /// Adds the extension to a database, and the workers at these ports.
    async fn connect(&self, database: &TestDatabase, ports: &[u16]) {
        let name = name_of(database);
        for server in self.servers() {
            session(&server.url(&name))
                .await
                .execute("CREATE EXTENSION citus")
                .await;
        }
        let mut coordinator = session(&database.direct_url).await;
        let port = port_of(&database.direct_url);
        let host = format!("SELECT citus_set_coordinator_host('127.0.0.1', {port})");
        coordinator.execute(&host).await;
        for port in ports {
            let add = format!("SELECT citus_add_node('127.0.0.1', {port})");
            coordinator.execute(&add).await;
        }
    }

    fn servers(&self) -> impl Iterator<Item = &Cluster> {
        std::iter::once(&self.coordinator).chain(&self.workers)
    }
}

/// The same database as the server at this port has it.
pub fn on_server(database: &TestDatabase, port: u16) -> TestDatabase {
    TestDatabase::on_server(at_port(&database.direct_url, port))
}

/// Runs `record-lists migrate` with these arguments; what it printed.
#[track_caller]
pub fn migrate(database: &TestDatabase, arguments: &[&str]) -> String {
    run_well(&mut migration(database, arguments))
}

/// The command `record-lists migrate` with these arguments.
pub fn migration(database: &TestDatabase, arguments: &[&str]) -> Command {
    let mut command = program(database.folder.path());
    command
        .arg("migrate")
        .args(arguments)
        .args(["--database-url", &database.direct_url]);
    command
}

fn name_of(database: &TestDatabase) -> String {
    let name = database.direct_url.rsplit('/').next();
    name.expect("a name").to_owned()
}

async fn session(url: &str) -> Blocker {
    Blocker::connect(&TestDatabase::on_server(url.to_owned())).await
}

/// Whether the extension is beside PostgreSQL's programs.
fn is_installed() -> bool {
    let Some(tool) = postgres_tool("pg_config") else {
        return false;
    };
    let folder = Command::new(tool).arg("--sharedir").output();
    let folder = folder.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    folder.is_ok_and(|folder| std::path::Path::new(&folder).join("extension/citus.control").exists())
}
