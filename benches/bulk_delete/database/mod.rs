//! Fresh databases, filled without the service.

mod rows;

use std::path::Path;

use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection, SqliteConnection, sqlite::SqliteConnectOptions};
use uuid::Uuid;

use crate::cluster::Cluster;

/// The account that owns the lists.
pub(crate) const ACCOUNT: &str = "bench";

/// The database that contains the data.
pub(crate) enum Database {
    Sqlite(tempfile::TempDir),
    Postgres(Cluster),
}

/// Lists of the same size.
pub(crate) struct Lists {
    pub(crate) count: usize,
    pub(crate) records: usize,
}

impl Database {
    /// A file in the folder for the benchmark's results, which is on disk; a folder for temporary files may be in
    /// memory.
    pub(crate) fn sqlite(folder: &Path) -> Self {
        Self::Sqlite(tempfile::tempdir_in(folder).expect("a folder"))
    }

    /// A server with settings for a small machine; `None` if the binaries of PostgreSQL are missing.
    pub(crate) fn postgres() -> Option<Self> {
        let settings = ["--max_connections=200", "--shared_buffers=512MB", "--max_wal_size=4GB"];
        Cluster::with_settings(&settings).map(Self::Postgres)
    }

    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "SQLite",
            Self::Postgres(_) => "PostgreSQL",
        }
    }

    pub(crate) fn url(&self) -> String {
        match self {
            Self::Sqlite(folder) => {
                format!("sqlite://{}", folder.path().join("bench.db").display())
            }
            Self::Postgres(cluster) => cluster.url("postgres"),
        }
    }

    /// Creates these lists and deletes all others. The lists are numbered consecutively; the records of each list start
    /// at 0.
    pub(crate) async fn fill(&self, lists: &[Lists]) {
        match self {
            Self::Sqlite(_) => {
                let mut session = self.sqlite_session().await;
                // Only while the database is being filled.
                run_sqlite(&mut session, "PRAGMA synchronous = OFF").await;
                for table in ["record_phone", "record", "record_list", "operation", "idempotency_key"] {
                    run_sqlite(&mut session, &format!("DELETE FROM {table}")).await;
                }
                for (first, lists) in numbered(lists) {
                    for sql in rows::sqlite(list_id(first), lists.count, lists.records) {
                        run_sqlite(&mut session, &sql).await;
                    }
                }
                run_sqlite(&mut session, "PRAGMA wal_checkpoint(TRUNCATE)").await;
            }
            Self::Postgres(_) => {
                let mut session = PgConnection::connect(&self.url()).await.expect("a connection");
                run_postgres(
                    &mut session,
                    "TRUNCATE record_phone, record, record_list, operation, idempotency_key",
                )
                .await;
                for (first, lists) in numbered(lists) {
                    for sql in rows::postgres(list_id(first), lists.count, lists.records) {
                        run_postgres(&mut session, &sql).await;
                    }
                }
                run_postgres(&mut session, "VACUUM ANALYZE").await;
                run_postgres(&mut session, "CHECKPOINT").await;
            }
        }
    }

    /// The number of records in all lists together.
    pub(crate) async fn count(&self) -> usize {
        let sql = "SELECT count(*) FROM record";
        let count: i64 = match self {
            Self::Sqlite(_) => {
                let mut session = self.sqlite_session().await;
                sqlx::query_scalar(sql).fetch_one(&mut session).await
            }
            Self::Postgres(_) => {
                let mut session = PgConnection::connect(&self.url()).await.expect("a connection");
                sqlx::query_scalar(sql).fetch_one(&mut session).await
            }
        }
        .expect("a count");
        usize::try_from(count).expect("a count")
    }

    async fn sqlite_session(&self) -> SqliteConnection {
        let path = self.url().replace("sqlite://", "");
        let options = SqliteConnectOptions::new().filename(path).disable_statement_logging();
        options.connect().await.expect("a connection")
    }
}

pub(crate) fn list_id(list: usize) -> Uuid {
    Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 | list as u128)
}

/// Ids in the order in which the records were created, like version 7 UUIDs.
pub(crate) fn record_id(record: usize) -> Uuid {
    Uuid::from_u128(0x0190_0000_0001_7000_8000_0000_0000_0000 | record as u128)
}

pub(crate) fn phone_number(record: usize) -> String {
    format!("+1415{record:07}")
}

/// Each group of lists, with the number of its first list.
fn numbered(lists: &[Lists]) -> impl Iterator<Item = (usize, &Lists)> {
    lists.iter().scan(0, |first, lists| {
        let number = *first;
        *first += lists.count;
        Some((number, lists))
    })
}

async fn run_sqlite(session: &mut SqliteConnection, sql: &str) {
    let sql = AssertSqlSafe(sql.to_owned());
    sqlx::raw_sql(sql).execute(session).await.expect("a statement");
}

async fn run_postgres(session: &mut PgConnection, sql: &str) {
    let sql = AssertSqlSafe(sql.to_owned());
    sqlx::raw_sql(sql).execute(session).await.expect("a statement");
}
