//! SQLite's log: what was committed moves into the database behind the writer's back, and the log is emptied when
//! nobody writes.

use std::{sync::Arc, time::Duration};

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement};
use tokio::{runtime::Handle, sync::Notify, task::JoinHandle, time::sleep};

/// How long after a commit the log is moved: pages that many commits change in the meantime move once.
const REST: Duration = Duration::from_millis(100);

/// Moves the log into the database while others go on writing, on a connection of its own. The writer would do it
/// within a commit, for which all callers wait.
pub(super) struct Checkpoints {
    database: DatabaseConnection,
    committed: Arc<Notify>,
    task: JoinHandle<()>,
}

impl Checkpoints {
    /// Starts the task on the runtime.
    pub(super) fn start(database: DatabaseConnection, runtime: &Handle) -> Self {
        let committed = Arc::new(Notify::new());
        let task = runtime.spawn(move_always(database.clone(), Arc::clone(&committed)));
        Self {
            database,
            committed,
            task,
        }
    }

    /// Tells that there is something to move.
    pub(super) fn note_commit(&self) {
        self.committed.notify_one();
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

async fn move_always(database: DatabaseConnection, committed: Arc<Notify>) {
    loop {
        committed.notified().await;
        sleep(REST).await;
        // What does not go now, since a reader needs it or the disk is full, goes after a later commit.
        let _ = checkpoint(&database, "PASSIVE").await;
    }
}

/// Moves the log into the database and cuts the file, so that it does not keep the size of the greatest load. Where
/// a reader holds the log or the disk is full, it says no, and the next idle moment is another chance.
pub(super) async fn empty_log(database: &DatabaseConnection) -> bool {
    checkpoint(database, "TRUNCATE").await == Some(0)
}

/// Whether the checkpoint was held up, as SQLite says it: 0 for no.
async fn checkpoint(database: &DatabaseConnection, mode: &str) -> Option<i32> {
    let sql = format!("PRAGMA wal_checkpoint({mode})");
    let checkpoint = Statement::from_string(DbBackend::Sqlite, sql);
    let row = database.query_one_raw(checkpoint).await.ok()??;
    row.try_get_by_index(0).ok()
}
