//! The connection that writes to SQLite. Its statements stay prepared, and run on the thread of the caller.

use std::{
    path::Path,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use chrono::SecondsFormat;
use rusqlite::{Connection, OpenFlags, params_from_iter, types::Value};
use sea_orm::{Statement, sea_query};

use crate::{
    fail_point::fail_point,
    store::{
        engine::{connect::StoreSettings, open_error::OpenError, row::Row},
        error::StoreError,
    },
};

/// The size of a page of a new file, in bytes. A deleted record changes three pages, and each is written twice, so
/// smaller pages than SQLite's own 4,096 are faster. With 1,024, records with some free data do not fit.
const PAGE_SIZE: u32 = 2_048;

/// The size of the log, in pages, from which each commit also moves it into the database, in case the background thread
/// does not get to it.
const LOG_PAGES_OF_WRITER: u32 = 32_000;

/// The size in bytes that the log's file keeps when the log restarts.
pub(in crate::store::engine) const LOG_BYTES_KEPT: u32 = 32 * 1024 * 1024;

/// The memory for pages, in KiB. A batch of deletions touches thousands of pages, and those that do not fit are written
/// twice.
const CACHE: i32 = 65_536;

/// How long emptying the log may wait for readers, while writers wait too: long enough for nearly all reads of this
/// process, but shorter than a backup.
const PATIENCE_WITH_READERS: Duration = Duration::from_millis(100);

/// How many statements stay prepared: more than there are texts.
const STATEMENTS: usize = 200;

/// The connection that writes. It is locked only so that futures may hold a reference to it: nobody waits for it.
pub struct SqliteSession(Mutex<Connection>);

impl SqliteSession {
    /// Opens the connection that writes to an existing file, which may be empty.
    pub(in crate::store::engine) fn open(path: &Path, settings: &StoreSettings) -> rusqlite::Result<Self> {
        let connection = open(path, settings.lock_timeout)?;
        // Count only before the journal mode and the first table.
        connection.pragma_update(None, "page_size", PAGE_SIZE)?;
        connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
        connection.pragma_update(None, "cache_size", -CACHE)?;
        connection.pragma_update(None, "wal_autocheckpoint", LOG_PAGES_OF_WRITER)?;
        Ok(Self::from(connection))
    }

    /// Runs statements on the connection.
    pub(crate) fn run<T>(&self, work: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, StoreError> {
        Ok(work(&self.connection())?)
    }

    /// The same, for work that fails in other ways or not at all.
    pub(crate) fn with<T>(&self, work: impl FnOnce(&Connection) -> T) -> T {
        work(&self.connection())
    }

    /// Runs a statement that returns no rows. Returns the number of rows that it changed.
    pub(crate) fn execute(&self, statement: &Statement) -> Result<u64, StoreError> {
        let connection = self.connection();
        let mut prepared = connection.prepare_cached(&statement.sql)?;
        let changed = prepared.execute(params_from_iter(values(statement)?))?;
        Ok(changed as u64)
    }

    /// Runs a statement once for each row of values. Returns the number of rows that it changed.
    pub(crate) fn execute_each(
        &self,
        sql: &str,
        rows: impl IntoIterator<Item = Vec<sea_query::Value>>,
    ) -> Result<u64, StoreError> {
        let connection = self.connection();
        let mut prepared = connection.prepare_cached(sql)?;
        let mut changed = 0;
        for row in rows {
            let row: Vec<Value> = row.iter().map(value).collect::<Result<_, _>>()?;
            changed += prepared.execute(params_from_iter(row))? as u64;
        }
        Ok(changed)
    }

    /// Runs a statement and returns its rows.
    pub(crate) fn rows(&self, statement: &Statement) -> Result<Vec<Row>, StoreError> {
        let connection = self.connection();
        let mut prepared = connection.prepare_cached(&statement.sql)?;
        let columns = prepared.column_count();
        let mut found = prepared.query(params_from_iter(values(statement)?))?;
        let mut rows = Vec::new();
        while let Some(row) = found.next()? {
            let row: rusqlite::Result<Vec<Value>> = (0..columns).map(|column| row.get(column)).collect();
            rows.push(Row::Sqlite(row?));
        }
        Ok(rows)
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        // A panic between two statements leaves the connection as it is.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl From<Connection> for SqliteSession {
    fn from(connection: Connection) -> Self {
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        Self(Mutex::new(connection))
    }
}

/// Opens the connection that writes and the one that moves the log into the database. That may wait for the disk, so it
/// has a thread of its own.
pub(in crate::store::engine) async fn open_with_log(
    path: &Path,
    settings: &StoreSettings,
) -> Result<(SqliteSession, Connection), OpenError> {
    let (file, settings) = (path.to_owned(), settings.clone());
    let open = move || Ok((SqliteSession::open(&file, &settings)?, open_for_log(&file)?));
    let opened = tokio::task::spawn_blocking(open).await;
    let panicked = |_| OpenError::Sqlite("the thread that opens it panicked".to_owned());
    opened
        .map_err(panicked)?
        .map_err(|error| OpenError::of_writer(path, &error))
}

/// Opens the connection that moves the log into the database.
pub(in crate::store::engine) fn open_for_log(path: &Path) -> rusqlite::Result<Connection> {
    open(path, PATIENCE_WITH_READERS)
}

/// Opens a connection to an existing file, which waits so long for others.
pub(super) fn open(path: &Path, patience: Duration) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(patience)?;
    connection.pragma_update(None, "foreign_keys", "ON")?;
    connection.pragma_update(None, "synchronous", durability())?;
    // A deleted person's data is overwritten, not left in free pages.
    connection.pragma_update_and_check(None, "secure_delete", "ON", |_| Ok(()))?;
    // If the log's file has grown beyond this, it is truncated when the log restarts.
    connection.pragma_update_and_check(None, "journal_size_limit", LOG_BYTES_KEPT, |_| Ok(()))?;
    Ok(connection)
}

/// When a commit must have reached the disk.
fn durability() -> &'static str {
    fail_point!("commit_without_disk", |_| "NORMAL");
    // With NORMAL, a power failure would undo deletes that were already confirmed.
    "FULL"
}

fn values(statement: &Statement) -> Result<Vec<Value>, StoreError> {
    let values = statement.values.iter().flat_map(|values| &values.0);
    values.map(value).collect()
}

/// A value in the form in which the connections that read bind it.
fn value(value: &sea_query::Value) -> Result<Value, StoreError> {
    use sea_query::Value as Bound;
    Ok(match value {
        Bound::Bool(value) => value.map_or(Value::Null, Value::from),
        Bound::SmallInt(value) => value.map_or(Value::Null, Value::from),
        Bound::Int(value) => value.map_or(Value::Null, Value::from),
        Bound::BigInt(value) => value.map_or(Value::Null, Value::from),
        Bound::BigUnsigned(None) => Value::Null,
        Bound::BigUnsigned(Some(number)) => {
            i64::try_from(*number).map_or(Err(StoreError::Bug("a number that is too large")), |n| Ok(n.into()))?
        }
        Bound::String(text) => text.clone().map_or(Value::Null, Value::Text),
        Bound::Bytes(bytes) => bytes.clone().map_or(Value::Null, Value::Blob),
        Bound::Uuid(id) => id.map_or(Value::Null, |id| Value::Blob(id.as_bytes().to_vec())),
        Bound::ChronoDateTimeUtc(time) => time.map_or(Value::Null, |time| {
            Value::Text(time.to_rfc3339_opts(SecondsFormat::AutoSi, false))
        }),
        _ => return Err(StoreError::Bug("a kind of value that SQLite does not get")),
    })
}

#[cfg(test)]
mod tests {
    use chrono::{TimeZone, Utc};
    use sea_orm::{ConnectionTrait, DbBackend};
    use uuid::Uuid;

    use super::*;

    /// Both connections must write the same, or comparisons of what is stored would be wrong.
    #[tokio::test]
    async fn values_are_bound_as_the_other_connections_bind_them() {
        let database = sea_orm::Database::connect("sqlite::memory:").await.unwrap();
        let session = SqliteSession::from(Connection::open_in_memory().unwrap());
        let second = Utc.with_ymd_and_hms(2026, 11, 30, 1, 2, 3).unwrap();
        let values: [sea_query::Value; 12] = [
            true.into(),
            7_i16.into(),
            (-7_i32).into(),
            i64::MIN.into(),
            7_u64.into(),
            "a\u{0}ä".into(),
            vec![0_u8, 255].into(),
            Uuid::max().into(),
            second.into(),
            (second + chrono::TimeDelta::microseconds(120)).into(),
            (second + chrono::TimeDelta::milliseconds(500)).into(),
            None::<String>.into(),
        ];
        for value in values {
            let sql = "SELECT typeof(?1) || quote(?1)";
            let statement = Statement::from_sql_and_values(DbBackend::Sqlite, sql, [value.clone()]);
            let row = database.query_one_raw(statement.clone()).await.unwrap().unwrap();
            let expected: String = row.try_get_by_index(0).unwrap();
            let rows = session.rows(&statement).unwrap();
            assert_eq!(rows[0].get::<String>(0), Ok(expected), "{value:?}");
        }
        assert!(value(&1.5_f64.into()).is_err());
    }
}
