use std::sync::{Arc, Mutex};

use futures_util::{
    FutureExt,
    future::{BoxFuture, join_all},
};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement};
use tokio::sync::Notify;

use super::*;
use crate::{
    domain::Limits,
    store::engine::{
        connect::{self, StoreSettings},
        database_url::DatabaseUrl,
        sqlite::writer::session::open_for_log,
    },
};

/// A write that inserts its number, and may then fail.
struct Insert(i32, Failure);

#[derive(Clone, Copy, PartialEq)]
enum Failure {
    None,
    Data,
    Panic,
}

impl Transact for Insert {
    type Output = i32;

    fn run<'t>(&'t self, transaction: &'t Transaction) -> BoxFuture<'t, Result<i32, WriteError>> {
        Box::pin(async move {
            let insert = format!("INSERT INTO number VALUES ({})", self.0);
            transaction.execute_text(&insert).await?;
            match self.1 {
                Failure::None => Ok(self.0),
                Failure::Data => Err(StoreError::Data("planted".into()).into()),
                Failure::Panic => panic!("planted"),
            }
        })
    }
}

async fn committer(folder: &std::path::Path) -> (Committer, DatabaseConnection) {
    patient_committer(folder, Duration::from_secs(60)).await
}

async fn patient_committer(folder: &std::path::Path, patience: Duration) -> (Committer, DatabaseConnection) {
    let path = folder.join("test.db");
    let settings = StoreSettings {
        commit_timeout: Duration::from_secs(1),
        database_url: DatabaseUrl::Sqlite(path.clone().into()),
        pool_size: 1,
        statement_cache: 100,
        lanes: 2,
        lock_timeout: Duration::from_secs(30),
        statement_timeout: Duration::from_secs(30),
        allow_network_file_system: false,
        check_timeout: Duration::from_secs(10),
        limits: Limits::default(),
    };
    std::fs::File::create(&path).unwrap();
    let session = SqliteSession::open(&path, &settings).unwrap();
    // The speed of the disk must not matter here.
    let prepare = "PRAGMA synchronous = OFF; CREATE TABLE number (n INTEGER PRIMARY KEY)";
    session.run(|connection| connection.execute_batch(prepare)).unwrap();
    let readers = connect::sqlite_readers(&path, &settings).await.unwrap();
    let log = open_for_log(&path).unwrap();
    let committer = Committer::start(
        session,
        log,
        None,
        patience,
        Handle::current(),
        TransactionMetrics::default(),
    )
    .unwrap();
    (committer, readers)
}

async fn numbers(database: &DatabaseConnection) -> Vec<i32> {
    let select = Statement::from_string(DbBackend::Sqlite, "SELECT n FROM number ORDER BY n");
    let rows = database.query_all_raw(select).await.unwrap();
    rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
}

#[tokio::test]
async fn a_write_that_fails_or_panics_takes_no_other_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let (committer, readers) = committer(folder.path()).await;
    // The writes wait together while the thread starts, and share a commit.
    let writes = (0..9).map(|n| {
        let failure = [Failure::None, Failure::Data, Failure::Panic][n as usize % 3];
        committer.write(Insert(n, failure))
    });
    let results = join_all(writes).await;
    for (n, result) in (0..9).zip(results) {
        match n % 3 {
            0 => assert_eq!(result, Ok(n)),
            1 => assert_eq!(result, Err(StoreError::Data("planted".into()).into())),
            _ => assert_eq!(result, Err(StoreError::Bug("panic").into())),
        }
    }
    assert_eq!(numbers(&readers).await, [0, 3, 6]);
    assert_eq!(committer.write(Insert(10, Failure::None)).await, Ok(10));
}

#[tokio::test]
async fn what_was_accepted_is_committed_before_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let (committer, readers) = committer(folder.path()).await;
    let write = committer.write(Insert(1, Failure::None));
    let (result, ()) = tokio::join!(write, committer.close());
    assert_eq!(result, Ok(1));
    assert_eq!(numbers(&readers).await, [1]);
    let late = committer.write(Insert(2, Failure::None)).await;
    assert!(matches!(late, Err(WriteError::Store(StoreError::Unavailable(_)))));
}

/// A disk that completes a write on demand.
#[derive(Clone, Default)]
struct SlowDisk {
    has_one: Arc<Notify>,
    answers: Arc<Notify>,
}

impl Transact for SlowDisk {
    type Output = ();

    fn run<'t>(&'t self, _: &'t Transaction) -> BoxFuture<'t, Result<(), WriteError>> {
        Box::pin(async {
            self.has_one.notify_one();
            self.answers.notified().await;
            Ok(())
        })
    }
}

#[tokio::test]
async fn a_caller_gives_up_a_writer_that_does_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let patience = Duration::from_secs(2);
    let (committer, readers) = patient_committer(folder.path(), patience).await;
    let disk = SlowDisk::default();
    let (begun, unbegun) = tokio::join!(committer.write(disk.clone()), async {
        disk.has_one.notified().await;
        committer.write(Insert(1, Failure::None)).await
    });
    let is_refused = |result| matches!(result, Err(WriteError::Store(StoreError::Unavailable(_))));
    assert!(matches!(begun, Err(WriteError::Store(StoreError::OutcomeUnknown(_)))));
    assert!(is_refused(unbegun));
    // Refused without a wait, because the writer is known to make no progress.
    let known = committer.write(Insert(2, Failure::None)).now_or_never();
    assert!(known.is_some_and(is_refused));
    disk.answers.notify_one();
    committer.close().await;
    assert_eq!(numbers(&readers).await, [0; 0]);
}

#[tokio::test]
async fn a_writer_that_goes_on_is_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let patience = Duration::from_secs(2);
    let (committer, _readers) = patient_committer(folder.path(), patience).await;
    let disk = SlowDisk::default();
    let writes = (0..6).map(|_| committer.write(disk.clone()));
    let answers = async {
        for _ in 0..6 {
            tokio::time::sleep(patience / 4).await;
            disk.answers.notify_one();
        }
    };
    let (results, ()) = tokio::join!(join_all(writes), answers);
    assert_eq!(results, [const { Ok(()) }; 6]);
}

/// A write of an account that notes when it is its turn.
struct Noted {
    account: AccountId,
    weight: usize,
    turns: Arc<Mutex<Vec<AccountId>>>,
}

impl Transact for Noted {
    type Output = ();

    fn account(&self) -> Option<&AccountId> {
        Some(&self.account)
    }

    fn weight(&self) -> usize {
        self.weight
    }

    fn run<'t>(&'t self, _: &'t Transaction) -> BoxFuture<'t, Result<(), WriteError>> {
        Box::pin(async {
            self.turns.lock().unwrap().push(self.account.clone());
            Ok(())
        })
    }
}

#[tokio::test]
async fn a_quiet_account_does_not_wait_for_all_that_another_has_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let (committer, _readers) = committer(folder.path()).await;
    let turns = Arc::new(Mutex::new(Vec::new()));
    let write = |account: &str, weight| {
        let account = AccountId::new(account).unwrap();
        let turns = Arc::clone(&turns);
        committer.write(Noted { account, weight, turns })
    };
    // The writer is busy while the others ask.
    let disk = SlowDisk::default();
    let all = (0..600).map(|_| write("loud", 100)).chain([write("quiet", 1)]);
    let (_, results, ()) = tokio::join!(committer.write(disk.clone()), join_all(all), async {
        disk.has_one.notified().await;
        disk.answers.notify_one();
    });
    assert_eq!(results, [const { Ok(()) }; 601]);
    let turns = turns.lock().unwrap();
    assert_eq!(turns.len(), 601);
    let place = turns.iter().position(|account| account.as_str() == "quiet").unwrap();
    assert!(place < 8, "{place}");
}
