//! Fresh databases, filled without the service.

use std::path::Path;

use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection, PgConnection, SqliteConnection,
    sqlite::SqliteConnectOptions,
};
use uuid::Uuid;

use crate::{cluster::Cluster, scenario::Scenario};

/// The account whose lists they are.
pub(crate) const ACCOUNT: &str = "bench";

/// Where the data is.
pub(crate) enum Database {
    Sqlite(tempfile::TempDir),
    Postgres(Cluster),
}

impl Database {
    /// A file in the folder of the benchmark's results: a disk, where a folder for temporary files may be memory.
    pub(crate) fn sqlite(folder: &Path) -> Self {
        Self::Sqlite(tempfile::tempdir_in(folder).expect("a folder"))
    }

    /// A server with the settings that a small machine is run with; `None` without PostgreSQL's binaries.
    pub(crate) fn postgres() -> Option<Self> {
        let settings = [
            "--max_connections=200",
            "--shared_buffers=512MB",
            "--max_wal_size=4GB",
        ];
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

    /// Makes the scenario's lists, each with the records 0 to `records`.
    pub(crate) async fn fill(&self, scenario: &Scenario, records: usize) {
        match self {
            Self::Sqlite(_) => {
                let mut session = self.sqlite_session().await;
                // Only while it is filled.
                for sql in [
                    "PRAGMA synchronous = OFF",
                    "DELETE FROM record_phone",
                    "DELETE FROM record",
                    "DELETE FROM record_list",
                ] {
                    run_sqlite(&mut session, sql).await;
                }
                for list in 0..scenario.lists {
                    let id = list_id(list).simple().to_string();
                    for sql in sqlite_rows(&id, records) {
                        run_sqlite(&mut session, &sql).await;
                    }
                }
                run_sqlite(&mut session, "PRAGMA wal_checkpoint(TRUNCATE)").await;
            }
            Self::Postgres(_) => {
                let mut session = PgConnection::connect(&self.url())
                    .await
                    .expect("a connection");
                run_postgres(
                    &mut session,
                    "TRUNCATE record_phone, record, record_list, operation, idempotency_key",
                )
                .await;
                for list in 0..scenario.lists {
                    for sql in postgres_rows(&list_id(list).to_string(), records) {
                        run_postgres(&mut session, &sql).await;
                    }
                }
                run_postgres(&mut session, "VACUUM ANALYZE").await;
                run_postgres(&mut session, "CHECKPOINT").await;
            }
        }
    }

    /// How many records all lists have.
    pub(crate) async fn count(&self) -> usize {
        let sql = "SELECT count(*) FROM record";
        let count: i64 = match self {
            Self::Sqlite(_) => {
                let mut session = self.sqlite_session().await;
                sqlx::query_scalar(sql).fetch_one(&mut session).await
            }
            Self::Postgres(_) => {
                let mut session = PgConnection::connect(&self.url())
                    .await
                    .expect("a connection");
                sqlx::query_scalar(sql).fetch_one(&mut session).await
            }
        }
        .expect("a count");
        usize::try_from(count).expect("a count")
    }

    async fn sqlite_session(&self) -> SqliteConnection {
        let path = self.url().replace("sqlite://", "");
        let options = SqliteConnectOptions::new()
            .filename(path)
            .disable_statement_logging();
        options.connect().await.expect("a connection")
    }
}

pub(crate) fn list_id(list: usize) -> Uuid {
    Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 | list as u128)
}

/// Ids in the order in which the records were made, as those of version 7 are.
pub(crate) fn record_id(record: usize) -> Uuid {
    Uuid::from_u128(0x0190_0000_0001_7000_8000_0000_0000_0000 | record as u128)
}

pub(crate) fn phone_number(record: usize) -> String {
    format!("+1415{record:07}")
}

fn sqlite_rows(list: &str, records: usize) -> [String; 3] {
    [
        format!(
            "INSERT INTO record_list VALUES (x'{list}', '{ACCOUNT}', 'a', 'NOTHING', 'ACCEPTED', {records}, \
             '2026-01-01 00:00:00+00:00', '2026-01-01 00:00:00+00:00')"
        ),
        format!(
            "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {records} - 1) \
             INSERT INTO record (record_list_id, id, first_name, last_name, priority, extra_data, \
             external_provider, external_id, sync_external_id, unique_in_list, created_at, updated_at) \
             SELECT x'{list}', unhex('01900000000170008000' || printf('%012x', i)), 'Ada', 'Lovelace', 5, '{{}}', \
             'crm', CAST(i AS text), false, false, '2026-01-01 00:00:00+00:00', '2026-01-01 00:00:00+00:00' FROM n"
        ),
        format!(
            "INSERT INTO record_phone SELECT record_list_id, '+1415' || substr('0000000' || external_id, -7), \
             id, 'MOBILE', 0, false FROM record WHERE record_list_id = x'{list}'"
        ),
    ]
}

fn postgres_rows(list: &str, records: usize) -> [String; 3] {
    [
        format!(
            "INSERT INTO record_list VALUES ('{list}', '{ACCOUNT}', 'a', 'NOTHING', 'ACCEPTED', {records}, now(), now())"
        ),
        format!(
            "INSERT INTO record (record_list_id, id, first_name, last_name, priority, extra_data, \
             external_provider, external_id, sync_external_id, unique_in_list, created_at, updated_at) \
             SELECT '{list}', ('01900000000170008000' || lpad(to_hex(i), 12, '0'))::uuid, 'Ada', 'Lovelace', 5, \
             '{{}}', 'crm', i::text, false, false, now(), now() FROM generate_series(0, {records} - 1) i"
        ),
        format!(
            "INSERT INTO record_phone SELECT record_list_id, '+1415' || lpad(external_id, 7, '0'), id, \
             'MOBILE', 0, false FROM record WHERE record_list_id = '{list}'"
        ),
    ]
}

async fn run_sqlite(session: &mut SqliteConnection, sql: &str) {
    let sql = AssertSqlSafe(sql.to_owned());
    sqlx::raw_sql(sql)
        .execute(session)
        .await
        .expect("a statement");
}

async fn run_postgres(session: &mut PgConnection, sql: &str) {
    let sql = AssertSqlSafe(sql.to_owned());
    sqlx::raw_sql(sql)
        .execute(session)
        .await
        .expect("a statement");
}
