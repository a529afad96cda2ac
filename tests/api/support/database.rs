//! A database for each test: a copy of one that was migrated for real.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use record_lists::{config::Settings, store::Store};
use sqlx::{Connection, PgConnection};
use tempfile::TempDir;
use tokio::sync::OnceCell;

use super::{
    citus::{self, Citus},
    cluster::Cluster,
    mounts::Mount,
    pass_over,
    pooler::{self, Pooler},
};

/// The kinds of database that every behaviour is tested on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Database {
    Sqlite,
    Postgres,
}

/// A database, and the folder of the test.
#[derive(Clone)]
pub struct TestDatabase {
    pub kind: Database,
    /// For applications; through the pooler where there is one.
    pub url: String,
    /// For the tests' own sessions; past the pooler.
    pub direct_url: String,
    pub folder: Arc<TempDir>,
    /// The pooler of a cluster that one test has to itself.
    _pooler: Option<Arc<Pooler>>,
}

impl TestDatabase {
    /// The one database of a cluster that a test has to itself, without any table; `None` where the test has to be
    /// passed over.
    pub fn in_cluster(cluster: &Cluster) -> Option<Self> {
        let mut database = Self::on_server(cluster.url("postgres"));
        if pooler::is_asked_for() {
            let pooler = required(Pooler::before(port_of(&database.direct_url)))?;
            database.url = at_port(&database.direct_url, pooler.port());
            database._pooler = Some(Arc::new(pooler));
        }
        Some(database)
    }

    /// The database of the shared cluster, with a pooler before it; `None` where the test has to be passed over.
    pub fn through_pooler(mut self) -> Option<Self> {
        let pooler = required(Pooler::shared(port_of(&self.direct_url)))?;
        self.url = at_port(&self.direct_url, pooler.port());
        Some(self)
    }

    /// A SQLite database without any table on a file system of the test's own.
    pub async fn on_mount(mount: &Mount) -> Self {
        let mut database = sqlite(false).await;
        database.url = format!("sqlite://{}", mount.path().join("test.db").display());
        database.direct_url.clone_from(&database.url);
        database
    }

    /// The PostgreSQL database at this address.
    pub fn on_server(url: String) -> Self {
        Self {
            kind: Database::Postgres,
            direct_url: url.clone(),
            url,
            folder: Arc::new(tempfile::tempdir().expect("a folder")),
            _pooler: None,
        }
    }
}

impl Database {
    /// A migrated and empty database; `None` where the test has to be passed over.
    pub async fn create(self) -> Option<TestDatabase> {
        match self {
            Self::Sqlite => Some(sqlite(true).await),
            Self::Postgres => postgres(true).await,
        }
    }

    /// A database without any table.
    pub async fn create_empty(self) -> Option<TestDatabase> {
        match self {
            Self::Sqlite => Some(sqlite(false).await),
            Self::Postgres => postgres(false).await,
        }
    }
}

async fn sqlite(migrated: bool) -> TestDatabase {
    static TEMPLATE: OnceCell<TempDir> = OnceCell::const_new();
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("test.db");
    if migrated {
        let template = TEMPLATE
            .get_or_init(async || {
                let folder = tempfile::tempdir().expect("a folder");
                migrate(&format!("sqlite://{}", folder.path().join("template.db").display())).await;
                folder
            })
            .await;
        std::fs::copy(template.path().join("template.db"), &file).expect("a copy");
    }
    let url = format!("sqlite://{}", file.display());
    TestDatabase {
        kind: Database::Sqlite,
        direct_url: url.clone(),
        url,
        folder: Arc::new(folder),
        _pooler: None,
    }
}

/// A database on a coordinator with its workers.
async fn citus(migrated: bool) -> Option<TestDatabase> {
    let Some(citus) = Citus::shared() else {
        pass_over("Citus (citus.control)");
        return None;
    };
    Some(match migrated {
        true => citus.distributed_database().await,
        false => citus.empty_database().await,
    })
}

async fn postgres(migrated: bool) -> Option<TestDatabase> {
    static TEMPLATE: OnceCell<()> = OnceCell::const_new();
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    if citus::is_asked_for() {
        return citus(migrated).await;
    }
    let Some(cluster) = Cluster::shared() else {
        pass_over("PostgreSQL (initdb and postgres)");
        return None;
    };
    let mut admin = PgConnection::connect(&cluster.url("postgres"))
        .await
        .expect("a connection");
    if migrated {
        TEMPLATE
            .get_or_init(async || {
                execute(&mut admin, "CREATE DATABASE template_of_tests").await;
                migrate(&cluster.url("template_of_tests")).await;
            })
            .await;
    }
    let name = format!("test_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
    let template = if migrated { "template_of_tests" } else { "template0" };
    execute(&mut admin, &format!("CREATE DATABASE {name} TEMPLATE {template}")).await;
    let database = TestDatabase::on_server(cluster.url(&name));
    if pooler::is_asked_for() {
        database.through_pooler()
    } else {
        Some(database)
    }
}

/// The pooler, if it is installed.
fn required<T>(pooler: Option<T>) -> Option<T> {
    if pooler.is_none() {
        pass_over("PgBouncer (pgbouncer)");
    }
    pooler
}

/// The port in the address of a PostgreSQL database.
pub fn port_of(url: &str) -> u16 {
    let port = url.rsplit(':').next().and_then(|rest| rest.split('/').next());
    port.and_then(|port| port.parse().ok()).expect("a port")
}

/// The address of a PostgreSQL database with another port.
pub fn at_port(url: &str, port: u16) -> String {
    url.replace(&format!(":{}/", port_of(url)), &format!(":{port}/"))
}

async fn migrate(url: &str) {
    let settings = Settings {
        database_url: url.to_owned(),
        ..Settings::default()
    };
    let store = Store::open(settings.store().expect("settings"))
        .await
        .expect("a database");
    store.prepare(true).await.expect("migrations");
    store.close().await;
}

async fn execute(connection: &mut PgConnection, sql: &str) {
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql.to_owned()))
        .execute(connection)
        .await
        .expect("a statement");
}
