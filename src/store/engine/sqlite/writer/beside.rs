//! A write to a SQLite file beside the server that uses it: one transaction on a connection of its own, by SQLite's own
//! locks. Meant for the few short writes of operators.

use std::{path::Path, sync::Arc, thread::sleep, time::Duration};

use futures_util::FutureExt;

use super::{
    mark::Marks,
    session::{SqliteSession, open},
};
use crate::store::{
    engine::{
        transact::{Transact, run_caught},
        transaction::Transaction,
    },
    error::{StoreError, WriteError},
};

/// The pause between two attempts to begin. A busy server leaves the file alone only for moments.
const PAUSE: Duration = Duration::from_millis(1);

/// How often to try: for about half a minute.
const ATTEMPTS: i32 = 20_000;

/// Carries out the write and commits it. Blocks the thread.
pub(crate) fn write_beside<W: Transact>(database: &Path, write: &W) -> Result<W::Output, WriteError> {
    let connection = open(database, Duration::ZERO).map_err(StoreError::from)?;
    // The server moves the log; this connection does so only when it closes as the last one.
    let unmoved = connection.pragma_update(None, "wal_autocheckpoint", 0);
    unmoved.map_err(StoreError::from)?;
    let patient = connection.busy_handler(Some(|attempts| {
        sleep(PAUSE);
        attempts < ATTEMPTS
    }));
    patient.map_err(StoreError::from)?;
    let session = Arc::new(SqliteSession::from(connection));
    session.run(|connection| connection.execute_batch("BEGIN IMMEDIATE"))?;
    let transaction = Transaction::Sqlite(Arc::clone(&session));
    // Its statements do not wait.
    let waits = StoreError::Bug("a write to SQLite that waits");
    let output = run_caught(write, &transaction).now_or_never();
    // What has not been committed is rolled back with the connection.
    let output = output.unwrap_or(Err(waits.into()))?;
    session.with(|connection| -> Result<(), StoreError> {
        Marks::default().mark(connection)?;
        connection.execute_batch("COMMIT").map_err(StoreError::of_sqlite_commit)
    })?;
    Ok(output)
}
