//! Checkpoints of SQLite's log: what was committed moves into the database in the background, and the log is emptied
//! when nobody writes.

use std::{
    sync::{
        Arc, Weak,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement};
use tokio::{
    runtime::Handle,
    sync::Notify,
    task::{JoinHandle, spawn_blocking},
    time::sleep,
};

use super::mark;
use crate::store::engine::sqlite::file_guard::FileGuard;

/// The delay between a commit and the move of the log. A page that several commits change in the meantime moves only
/// once.
const REST: Duration = Duration::from_millis(100);

/// The number of pages in the log from which it should restart.
const FULL: i64 = 8_000;

/// Moves the log into the database on a connection of its own, while the writer continues. The writer would do it
/// within a commit, and all callers would wait for it.
pub(crate) struct Checkpoints {
    database: DatabaseConnection,
    state: Arc<State>,
    task: JoinHandle<()>,
}

struct State {
    committed: Notify,
    is_full: AtomicBool,
    guard: Weak<FileGuard>,
}

impl Checkpoints {
    /// Starts the task on the runtime. The guard notes what has been moved, as long as there is one.
    pub(crate) fn start(database: DatabaseConnection, guard: Weak<FileGuard>, runtime: &Handle) -> Self {
        let state = Arc::new(State {
            committed: Notify::new(),
            is_full: AtomicBool::new(false),
            guard,
        });
        let task = runtime.spawn(move_always(database.clone(), Arc::clone(&state)));
        Self { database, state, task }
    }

    /// Makes sure that what was just committed is moved. `writer` must have no open transaction.
    ///
    /// The log restarts only when all of it has been moved. Under load the background task never gets that far, so the
    /// writer itself moves the little that was added since.
    pub(crate) async fn note_commit(&self, writer: &DatabaseConnection) {
        if self.state.is_full.swap(false, Ordering::AcqRel) {
            let _ = move_log(writer, &self.state.guard).await;
        } else {
            self.state.committed.notify_one();
        }
    }

    /// Moves the log into the database and truncates the file, so that it does not keep the size of the peak load.
    /// Nobody can write meanwhile. Returns false if a reader holds the log or the disk is full; the next idle moment is
    /// another chance.
    pub(crate) async fn empty_log(&self) -> bool {
        let log = checkpoint(&self.database, "TRUNCATE").await;
        log.is_some_and(|log| !log.is_held)
    }

    /// Ends the task and closes its connection: an open one keeps the writer from removing the log.
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
        // What cannot move now, because a reader needs it or the disk is full, moves after a later commit.
        let log = move_log(&database, &state.guard).await;
        if log.is_none() && worked {
            tracing::warn!("the database's log cannot be moved and grows until it can");
        }
        worked = log.is_some();
        if log.is_some_and(|log| log.pages >= FULL) {
            state.is_full.store(true, Ordering::Release);
        }
    }
}

/// Moves what can be moved while others go on.
async fn move_log(database: &DatabaseConnection, guard: &Weak<FileGuard>) -> Option<Log> {
    let mark = mark::last(database).await;
    let log = checkpoint(database, "PASSIVE").await?;
    if log.is_moved()
        && let Some(mark) = mark
        && let Some(guard) = guard.upgrade()
    {
        // Not awaited, and not on this thread: a disk that hangs must not keep it from its other tasks.
        drop(spawn_blocking(move || guard.note_moved(mark)));
    }
    Some(log)
}

/// The result of a checkpoint.
struct Log {
    /// Whether another connection kept the checkpoint from finishing.
    is_held: bool,
    /// The number of pages in the log, moved or not.
    pages: i64,
    /// The number of pages that have been moved.
    moved: i64,
}

impl Log {
    /// Whether everything that was in the log before the checkpoint is in the database now, and on the disk.
    fn is_moved(&self) -> bool {
        !self.is_held && self.pages == self.moved
    }
}

async fn checkpoint(database: &DatabaseConnection, mode: &str) -> Option<Log> {
    let sql = format!("PRAGMA wal_checkpoint({mode})");
    let checkpoint = Statement::from_string(DbBackend::Sqlite, sql);
    let row = database.query_one_raw(checkpoint).await.ok()??;
    Some(Log {
        is_held: row.try_get_by_index::<i32>(0).ok()? != 0,
        pages: row.try_get_by_index(1).ok()?,
        moved: row.try_get_by_index(2).ok()?,
    })
}
