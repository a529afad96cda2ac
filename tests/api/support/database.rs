//! A database for each test: a copy of one that was migrated for real.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use record_lists::{config::Settings, store::Store};
use sqlx::{Connection, PgConnection};
use tempfile::TempDir;
use tokio::sync::OnceCell;

use super::{cluster::Cluster, pass_over};

/// The kinds of database that every behaviour is tested on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Database {
    Sqlite,
    Postgres,
}

/// A database, and the folder of the test.
#[derive(Clone)]
pub struct TestDatabase {
    pub url: String,
    pub folder: Arc<TempDir>,
}

impl TestDatabase {
    /// The one database of a cluster that a test has to itself, without any table.
    pub fn in_cluster(cluster: &Cluster) -> Self {
        Self {
            url: cluster.url("postgres"),
            folder: Arc::new(tempfile::tempdir().expect("a folder")),
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
                migrate(&format!(
                    "sqlite://{}",
                    folder.path().join("template.db").display()
                ))
                .await;
                folder
            })
            .await;
        std::fs::copy(template.path().join("template.db"), &file).expect("a copy");
    }
    TestDatabase {
        url: format!("sqlite://{}", file.display()),
        folder: Arc::new(folder),
    }
}

async fn postgres(migrated: bool) -> Option<TestDatabase> {
    static TEMPLATE: OnceCell<()> = OnceCell::const_new();
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
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
    let template = if migrated {
        "template_of_tests"
    } else {
        "template0"
    };
    execute(
        &mut admin,
        &format!("CREATE DATABASE {name} TEMPLATE {template}"),
    )
    .await;
    Some(TestDatabase {
        url: cluster.url(&name),
        folder: Arc::new(tempfile::tempdir().expect("a folder")),
    })
}

async fn migrate(url: &str) {
    let settings = Settings {
        database_url: Some(url.to_owned()),
        ..Settings::default()
    };
    let store = Store::open(settings.store().expect("settings"))
        .await
        .expect("a database");
    store.migrate().await.expect("migrations");
    store.close().await;
}

async fn execute(connection: &mut PgConnection, sql: &str) {
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql.to_owned()))
        .execute(connection)
        .await
        .expect("a statement");
}
