//! SQLite's log: what was committed moves into the database behind the writer's back, and the log is emptied when
//! nobody writes.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr, Statement};
use tokio::{runtime::Handle, sync::Notify, task::JoinHandle, time::sleep};

/// How long after a commit the log is moved: pages that many commits change in the meantime move once.
const REST: Duration = Duration::from_millis(100);

/// Milliseconds that the connection that writes waits for readers before it empties the log. Our own reads are shorter;
/// for a backup that reads for minutes nobody must wait.
const PATIENCE_WITH_READERS: i32 = 100;

/// Pages in the log from which on it shall start anew.
const FULL: i64 = 4_000;

/// Moves the log into the database while others go on writing, on a connection of its own. The writer would do it
/// within a commit, for which all callers wait.
pub(super) struct Checkpoints {
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
    pub(super) fn start(database: DatabaseConnection, runtime: &Handle) -> Self {
        let state = Arc::new(State::default());
        let task = runtime.spawn(move_always(database.clone(), Arc::clone(&state)));
        Self {
            database,
            state,
            task,
        }
    }

    /// Sees to it that what was just committed is moved; `writer` has no transaction now.
    ///
    /// The log starts anew only when all of it is moved, which under load it never is behind the writer's back. So
    /// the writer itself moves the little that has come since.
    pub(super) async fn note_commit(&self, writer: &DatabaseConnection) {
        if self.state.is_full.swap(false, Ordering::AcqRel) {
            let _ = checkpoint(writer, "PASSIVE").await;
        } else {
            self.state.committed.notify_one();
        }
    }

    /// Ends the task and closes its connection: one that is open keeps the writer from removing the log.
    pub(super) async fn close(&self) {
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

/// Moves the log into the database and cuts the file, so that it does not keep the size of the greatest load. Where
/// a reader holds the log or the disk is full, it says no, and the next idle moment is another chance.
pub(super) async fn empty_log(database: &DatabaseConnection) -> bool {
    let Ok(Some(patience)) = busy_timeout(database, None).await else {
        return false;
    };
    let log = match busy_timeout(database, Some(PATIENCE_WITH_READERS)).await {
        Ok(_) => checkpoint(database, "TRUNCATE").await,
        Err(_) => None,
    };
    if busy_timeout(database, Some(patience)).await.is_err() {
        tracing::warn!("the connection that writes may not wait for others any more");
    }
    log.is_some_and(|log| !log.is_held)
}

/// How many milliseconds a connection waits for others, after it was set where a number is given.
async fn busy_timeout(
    database: &DatabaseConnection,
    set: Option<i32>,
) -> Result<Option<i32>, DbErr> {
    let sql = match set {
        Some(milliseconds) => format!("PRAGMA busy_timeout = {milliseconds}"),
        None => "PRAGMA busy_timeout".to_owned(),
    };
    let pragma = Statement::from_string(DbBackend::Sqlite, sql);
    let row = database.query_one_raw(pragma).await?;
    row.map(|row| row.try_get_by_index(0)).transpose()
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
