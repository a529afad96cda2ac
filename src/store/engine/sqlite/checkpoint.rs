//! SQLite's log: what was committed moves into the database behind the writer's back, and the log is emptied when
//! nobody writes.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement};
use tokio::{runtime::Handle, sync::Notify, task::JoinHandle, time::sleep};

/// How long after a commit the log is moved: pages that many commits change in the meantime move once.
const REST: Duration = Duration::from_millis(100);

/// Pages in the log from which on it shall start anew.
const FULL: i64 = 4_000;

/// Moves the log into the database while others go on writing, on a connection of its own. The writer would do it
/// within a commit, for which all callers wait.
pub(crate) struct Checkpoints {
    database: DatabaseConnection,
    state: Arc<State>,
    task: JoinHandle<()>,
}

#[derive(Default)]
struct State {
    committed: Notify,
    is_full: AtomicBool,
}

impl Checkpoints {
    /// Starts the task on the runtime.
    pub(crate) fn start(database: DatabaseConnection, runtime: &Handle) -> Self {
        let state = Arc::new(State::default());
        let task = runtime.spawn(move_always(database.clone(), Arc::clone(&state)));
        Self { database, state, task }
    }

    /// Sees to it that what was just committed is moved; `writer` has no transaction now.
    ///
    /// The log starts anew only when all of it is moved, which under load it never is behind the writer's back. So
    /// the writer itself moves the little that has come since.
    pub(crate) async fn note_commit(&self, writer: &DatabaseConnection) {
        if self.state.is_full.swap(false, Ordering::AcqRel) {
            let _ = checkpoint(writer, "PASSIVE").await;
        } else {
            self.state.committed.notify_one();
        }
    }

    /// Moves the log into the database and cuts the file, so that it does not keep the size of the greatest load. Nobody
    /// can write meanwhile. Where a reader holds the log or the disk is full, it says no, and the next idle moment is
    /// another chance.
    pub(crate) async fn empty_log(&self) -> bool {
        let log = checkpoint(&self.database, "TRUNCATE").await;
        log.is_some_and(|log| !log.is_held)
    }

    /// Ends the task and closes its connection: one that is open keeps the writer from removing the log.
    pub(crate) async fn close(&self) {
        self.task.abort();
        let _ = self.database.clone().close().await;
    }
}

impl Drop for Checkpoints {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn move_always(database: DatabaseConnection, state: Arc<State>) {
    let mut worked = true;
    loop {
        state.committed.notified().await;
        sleep(REST).await;
        // What does not go now, since a reader needs it or the disk is full, goes after a later commit.
        let log = checkpoint(&database, "PASSIVE").await;
        if log.is_none() && worked {
            tracing::warn!("the database's log cannot be moved and grows until it can");
        }
        worked = log.is_some();
        if log.is_some_and(|log| log.pages >= FULL) {
            state.is_full.store(true, Ordering::Release);
        }
    }
}

/// What a checkpoint found.
struct Log {
    /// Whether someone kept it from what it was to do.
    is_held: bool,
    /// Pages in the log, moved or not.
    pages: i64,
}

async fn checkpoint(database: &DatabaseConnection, mode: &str) -> Option<Log> {
    let sql = format!("PRAGMA wal_checkpoint({mode})");
    let checkpoint = Statement::from_string(DbBackend::Sqlite, sql);
    let row = database.query_one_raw(checkpoint).await.ok()??;
    Some(Log {
        is_held: row.try_get_by_index::<i32>(0).ok()? != 0,
        pages: row.try_get_by_index(1).ok()?,
    })
}
