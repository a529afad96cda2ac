//! Checkpoints of SQLite's log: what was committed moves into the database in the background, and the log is emptied
//! when nobody writes.

use std::{
    io,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, TryLockError, Weak,
        atomic::{AtomicBool, Ordering},
        mpsc::{self, Receiver, SyncSender},
    },
    thread,
    time::Duration,
};

use rusqlite::Connection;

use super::mark;
use crate::store::engine::sqlite::file_guard::FileGuard;

/// The delay between a commit and the move of the log. A page that several commits change in the meantime moves only
/// once.
const REST: Duration = Duration::from_millis(100);

/// The number of pages in the log from which it should restart.
const FULL: i64 = 8_000;

/// Moves the log into the database on a connection and a thread of its own, while the writer continues. The writer would
/// do it within a commit, and all callers would wait for it.
pub(super) struct Checkpoints {
    state: Arc<State>,
    committed: SyncSender<()>,
}

struct State {
    /// `None` once it is closed.
    connection: Mutex<Option<Connection>>,
    is_full: AtomicBool,
    guard: Weak<FileGuard>,
}

impl Checkpoints {
    /// Starts the thread, which ends with this value. The guard notes what has been moved, as long as there is one.
    pub(super) fn start(connection: Connection, guard: Weak<FileGuard>) -> io::Result<Self> {
        let state = Arc::new(State {
            connection: Mutex::new(Some(connection)),
            is_full: AtomicBool::new(false),
            guard,
        });
        // One note is enough: it stands for all commits before the move.
        let (committed, notes) = mpsc::sync_channel(1);
        let of_thread = Arc::clone(&state);
        thread::Builder::new()
            .name("sqlite-log".to_owned())
            .spawn(move || of_thread.move_always(&notes))?;
        Ok(Self { state, committed })
    }

    /// Makes sure that what was just committed is moved. `writer` must have no open transaction.
    ///
    /// The log restarts only when all of it has been moved. Under load the background thread never gets that far, so the
    /// writer itself moves the little that was added since.
    pub(super) fn note_commit(&self, writer: &Connection) {
        if self.state.is_full.swap(false, Ordering::AcqRel) {
            let _ = self.state.move_log(writer);
        } else {
            // If there is a note already, or no thread any more, nothing is missing.
            let _ = self.committed.try_send(());
        }
    }

    /// Moves the log into the database and truncates the file, so that it does not keep the size of the peak load.
    /// Nobody can write meanwhile. Returns false if the log is being moved, a reader holds it or the disk is full; the
    /// next idle moment is another chance.
    pub(super) fn empty_log(&self) -> bool {
        let connection = match self.state.connection.try_lock() {
            Ok(connection) => connection,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return false,
        };
        let log = connection.as_ref().and_then(empty);
        log.is_some_and(|log| !log.is_held)
    }

    /// Empties the log a last time and closes the connection: an open one keeps the writer from removing the log.
    pub(super) fn close(&self) {
        if let Some(connection) = self.state.connection().take() {
            let _ = empty(&connection);
            let _ = connection.close();
        }
    }
}

impl State {
    fn connection(&self) -> MutexGuard<'_, Option<Connection>> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn move_always(&self, notes: &Receiver<()>) {
        let mut worked = true;
        while notes.recv().is_ok() {
            thread::sleep(REST);
            let connection = self.connection();
            let Some(connection) = &*connection else {
                return;
            };
            // What cannot move now, because a reader needs it or the disk is full, moves after a later commit.
            let log = self.move_log(connection);
            if log.is_none() && worked {
                tracing::warn!("the database's log cannot be moved and grows until it can");
            }
            worked = log.is_some();
            if log.is_some_and(|log| log.pages >= FULL) {
                self.is_full.store(true, Ordering::Release);
            }
        }
    }

    /// Moves what can be moved while others go on.
    fn move_log(&self, connection: &Connection) -> Option<Log> {
        let mark = mark::last(connection).ok();
        let log = checkpoint(connection, "PRAGMA wal_checkpoint(PASSIVE)")?;
        if log.is_moved()
            && let Some(mark) = mark
            && let Some(guard) = self.guard.upgrade()
        {
            guard.note_moved(mark);
        }
        Some(log)
    }
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

fn empty(connection: &Connection) -> Option<Log> {
    checkpoint(connection, "PRAGMA wal_checkpoint(TRUNCATE)")
}

fn checkpoint(connection: &Connection, pragma: &str) -> Option<Log> {
    let mut checkpoint = connection.prepare_cached(pragma).ok()?;
    let log = checkpoint.query_row([], |row| {
        Ok(Log {
            is_held: row.get(0)?,
            pages: row.get(1)?,
            moved: row.get(2)?,
        })
    });
    log.ok()
}
