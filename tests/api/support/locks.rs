//! Other sessions on the database under test.

use std::time::Duration;

use sqlx::{ConnectOptions, Connection, PgConnection, SqliteConnection, sqlite::SqliteConnectOptions};

use super::{TestDatabase, citus};

/// Another session that holds up whoever wants to write to a list.
pub enum Blocker {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Blocker {
    /// Takes the lock: of the list's row, or of the whole file.
    pub async fn hold(database: &TestDatabase, list: &str) -> Self {
        let mut blocker = Self::connect(database).await;
        match &mut blocker {
            Self::Sqlite(_) => blocker.execute("BEGIN IMMEDIATE").await,
            Self::Postgres(_) => {
                blocker.execute("BEGIN").await;
                let lock = format!("SELECT 1 FROM record_list WHERE id = '{list}' FOR NO KEY UPDATE");
                blocker.execute(&lock).await;
            }
        }
        blocker
    }

    /// A session without a lock.
    pub async fn connect(database: &TestDatabase) -> Self {
        match database.url.strip_prefix("sqlite://") {
            Some(path) => Self::Sqlite(
                SqliteConnectOptions::new()
                    .filename(path)
                    // The server holds the file while it moves its log, on a slow disk for seconds.
                    .busy_timeout(Duration::from_secs(60))
                    .connect()
                    .await
                    .expect("a connection"),
            ),
            None => Self::Postgres(PgConnection::connect(&database.direct_url).await.expect("a connection")),
        }
    }

    pub async fn execute(&mut self, sql: &str) {
        self.try_to_execute(sql).await.expect("a statement");
    }

    pub async fn try_to_execute(&mut self, sql: &str) -> Result<(), sqlx::Error> {
        let sql = sqlx::AssertSqlSafe(sql.to_owned());
        match self {
            Self::Sqlite(connection) => sqlx::raw_sql(sql).execute(connection).await.map(drop),
            Self::Postgres(connection) => sqlx::raw_sql(sql).execute(connection).await.map(drop),
        }
    }

    /// The one number that a query gives.
    pub async fn number(&mut self, sql: &str) -> i64 {
        let sql = sqlx::AssertSqlSafe(sql.to_owned());
        match self {
            Self::Sqlite(connection) => sqlx::query_scalar(sql).fetch_one(connection).await,
            Self::Postgres(connection) => sqlx::query_scalar(sql).fetch_one(connection).await,
        }
        .expect("a number")
    }

    /// The one text in each row that a query gives.
    pub async fn texts(&mut self, sql: &str) -> Vec<String> {
        let sql = sqlx::AssertSqlSafe(sql.to_owned());
        match self {
            Self::Sqlite(connection) => sqlx::query_scalar(sql).fetch_all(connection).await,
            Self::Postgres(connection) => sqlx::query_scalar(sql).fetch_all(connection).await,
        }
        .expect("texts")
    }

    /// Lets the writers go on; what was changed is committed.
    pub async fn release(mut self) {
        self.execute("COMMIT").await;
    }

    /// Waits until so many other sessions wait for a lock of a PostgreSQL server, or of its workers.
    pub async fn wait_for_waiters(&mut self, count: i64) {
        if citus::is_asked_for() {
            return self.wait_for_waiters_on_workers(count).await;
        }
        let waiting = "SELECT count(*) FROM pg_stat_activity \
                       WHERE datname = current_database() AND wait_event_type = 'Lock'";
        for _ in 0..12_000 {
            // A transaction sees the sessions as they were when it first looked.
            self.execute("SELECT pg_stat_clear_snapshot()").await;
            if self.number(waiting).await >= count {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("nobody waits for the lock");
    }

    /// In sessions of its own: on the workers, a transaction goes on to see what it saw first.
    async fn wait_for_waiters_on_workers(&mut self, count: i64) {
        let url = self
            .texts("SELECT format('postgres://postgres@127.0.0.1:%s/%s', inet_server_port(), current_database())")
            .await;
        let waiting = "SELECT coalesce(sum(result::bigint), 0)::bigint FROM run_command_on_workers($$ \
                       SELECT count(*) FROM pg_stat_activity \
                       WHERE datname = current_database() AND wait_event_type = 'Lock' $$)";
        let mut watcher = Self::connect(&TestDatabase::on_server(url[0].clone())).await;
        for _ in 0..2_400 {
            if watcher.number(waiting).await >= count {
                return;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("nobody waits for the lock");
    }
}
