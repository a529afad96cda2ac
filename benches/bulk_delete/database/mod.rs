//! Fresh databases, filled without the service.

#[path = "../../common/database.rs"]
mod fresh;
mod rows;
mod state;

use std::path::PathBuf;

use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection, PgConnection, SqliteConnection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};
use uuid::Uuid;

pub(crate) use self::{fresh::Database, state::State};

use crate::hand;

/// The account that owns the lists.
pub(crate) const ACCOUNT: &str = "bench";

/// The name of the hand-written service's file.
const HAND_FILE: &str = "hand.db";

/// Lists of the same size.
pub(crate) struct Lists {
    pub(crate) count: usize,
    pub(crate) records: usize,
}

impl Database {
    /// The database of the hand-written service.
    pub(crate) fn hand_url(&self) -> String {
        match self {
            Self::Sqlite(folder) => format!("sqlite://{}", folder.path().join(HAND_FILE).display()),
            Self::Postgres(cluster) => cluster.url("hand"),
        }
    }

    /// Creates these lists and deletes all others. The lists are numbered consecutively; the records of each list start
    /// at 0.
    pub(crate) async fn fill(&self, lists: &[Lists]) {
        match self {
            Self::Sqlite(_) => {
                let mut session = sqlite_session(&self.url()).await;
                // Only while the database is being filled.
                run_sqlite(&mut session, "PRAGMA synchronous = OFF").await;
                for table in ["record_phone", "record", "record_list", "operation", "idempotency_key"] {
                    run_sqlite(&mut session, &format!("DELETE FROM {table}")).await;
                }
                // As new as the file of the hand-written service.
                run_sqlite(&mut session, "VACUUM").await;
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

    /// Creates a new database for the hand-written service, with the same lists and records. The service's database
    /// must exist.
    pub(crate) async fn fill_hand(&self, lists: &Lists) {
        match self {
            Self::Sqlite(folder) => {
                let mut session = sqlite_session(&self.url()).await;
                let page_size: u32 = sqlx::query_scalar("PRAGMA page_size")
                    .fetch_one(&mut session)
                    .await
                    .expect("a page size");
                let file = folder.path().join(HAND_FILE);
                for ending in ["", "-wal", "-shm"] {
                    let mut file = file.clone().into_os_string();
                    file.push(ending);
                    // A file of the scenario before.
                    let _ = std::fs::remove_file(PathBuf::from(file));
                }
                let options = SqliteConnectOptions::new()
                    .filename(file)
                    .create_if_missing(true)
                    .page_size(page_size)
                    .journal_mode(SqliteJournalMode::Wal)
                    // Only while the database is being filled.
                    .synchronous(SqliteSynchronous::Off)
                    .disable_statement_logging();
                let mut session = options.connect().await.expect("a connection");
                for sql in hand::fill_sqlite(lists) {
                    run_sqlite(&mut session, &sql).await;
                }
                run_sqlite(&mut session, "PRAGMA wal_checkpoint(TRUNCATE)").await;
            }
            Self::Postgres(_) => {
                let mut session = PgConnection::connect(&self.url()).await.expect("a connection");
                run_postgres(&mut session, "DROP DATABASE IF EXISTS hand WITH (FORCE)").await;
                // Its keys are compared byte by byte, as the service's are: the cluster's collation would slow them.
                let create = "CREATE DATABASE hand TEMPLATE template0 LOCALE_PROVIDER libc LOCALE 'C.UTF-8'";
                run_postgres(&mut session, create).await;
                let mut session = PgConnection::connect(&self.hand_url()).await.expect("a connection");
                for sql in hand::fill_postgres(lists) {
                    run_postgres(&mut session, &sql).await;
                }
                run_postgres(&mut session, "VACUUM ANALYZE").await;
                run_postgres(&mut session, "CHECKPOINT").await;
            }
        }
    }

    /// Ends what the turn before left to be done. PostgreSQL writes the first change to a page after a checkpoint with the
    /// whole page, so every turn begins with a checkpoint.
    pub(crate) async fn settle(&self) {
        if let Self::Postgres(_) = self {
            let mut session = PgConnection::connect(&self.url()).await.expect("a connection");
            run_postgres(&mut session, "CHECKPOINT").await;
        }
    }

    /// The number that the statement counts.
    async fn count(&self, url: &str, sql: &str) -> i64 {
        let sql = AssertSqlSafe(sql.to_owned());
        match self {
            Self::Sqlite(_) => {
                let mut session = sqlite_session(url).await;
                sqlx::query_scalar(sql).fetch_one(&mut session).await
            }
            Self::Postgres(_) => {
                let mut session = PgConnection::connect(url).await.expect("a connection");
                sqlx::query_scalar(sql).fetch_one(&mut session).await
            }
        }
        .expect("a count")
    }

    /// The rows of a statement that counts by priority and extra data.
    async fn counts(&self, url: &str, sql: &str) -> Vec<(i64, String, i64)> {
        let sql = AssertSqlSafe(sql.to_owned());
        match self {
            Self::Sqlite(_) => {
                let mut session = sqlite_session(url).await;
                sqlx::query_as(sql).fetch_all(&mut session).await
            }
            Self::Postgres(_) => {
                let mut session = PgConnection::connect(url).await.expect("a connection");
                sqlx::query_as(sql).fetch_all(&mut session).await
            }
        }
        .expect("counts")
    }
}

async fn sqlite_session(url: &str) -> SqliteConnection {
    let path = url.replace("sqlite://", "");
    let options = SqliteConnectOptions::new().filename(path).disable_statement_logging();
    options.connect().await.expect("a connection")
}

pub(crate) fn list_id(list: usize) -> Uuid {
    Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 | list as u128)
}

/// Ids in the order in which the records were created, list by list, like version 7 UUIDs.
pub(crate) fn record_id(list: usize, record: usize) -> Uuid {
    Uuid::from_u128(0x0190_0000_0001_7000_8000_0000_0000_0000 | (list as u128) << 28 | record as u128)
}

/// An id that no record of the list has.
pub(crate) fn missing_id(list: usize, record: usize) -> Uuid {
    record_id(list, record + 0x0800_0000)
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
