//! The store: statements and transactions, and when they are committed.
//!
//! It depends on the domain, the shares and the entities, not on HTTP or the actors. Every access to a list's rows for
//! a caller starts from a [`ListKey`], which contains the account. Only the service's own background work crosses
//! accounts.
//!
//! Database work runs on the runtime that opened the store, or on the threads of SQLite's writer, never on the caller's.
//! A transaction therefore runs to its end even if its caller goes away, and no connection is bound to a thread that
//! stops early.

pub mod audit;
mod bind;
mod clock;
pub mod credentials;
pub mod deletions;
mod engine;
mod error;
mod list_key;
pub mod lists;
pub mod once;
mod page_select;
pub mod records;
mod visit;
pub mod writes;

use std::sync::Arc;

pub(crate) use self::visit::Visit;
use self::{
    engine::{Engine, postgres::size::DatabaseBytes, transact::Transact},
    lists::known_counts::{CountLists, KnownCounts},
    writes::{
        account::WriteToAccount,
        lanes::{Gates, Lanes},
    },
};
pub use self::{
    engine::{
        connect::StoreSettings,
        database_url::{DatabaseUrl, DatabaseUrlError, SqliteFile, SqliteFileError},
        open_error::{OpenError, StatusError},
        opened::Opened,
        postgres::distribution::Distribution,
        postgres::transaction::PostgresTransaction,
        read::Read,
        readiness::NotReady,
        schema::{distribute::DistributeError, state::SchemaState},
        sqlite::writer::session::SqliteSession,
        sqlite::{
            backup::{
                copy::Progress,
                make::{BackupError, back_up},
                restore::{RestoreError, restore},
            },
            file_guard::FileGuardError,
        },
        transaction::Transaction,
    },
    error::{ReadError, StoreError, WriteError},
    list_key::{ListKey, RecordKey},
    once::{Once, Written},
    visit::VisitError,
    writes::{
        LaneLoad,
        account::AccountWrite,
        batch::Batch,
        list::{AnyOutput, AnyWrite, BatchResult, Keyed, ListWrite, WriteResult},
        lock::{LockedAccount, LockedList},
        trace::{Changed, Trace},
    },
};
use crate::{
    domain::AccountId,
    fail_point::fail_point,
    metrics::{TransactionMetrics, WriteMetrics},
    shares::{Gate, Pass},
};

/// The database. Clones share the same connections.
#[derive(Clone)]
pub struct Store {
    engine: Arc<Engine>,
    lanes: Arc<Lanes>,
    list_counts: Arc<KnownCounts>,
}

impl Store {
    /// Opens the database. A PostgreSQL server need not be running yet.
    ///
    /// Until [`Store::prepare`] succeeds, every read and write fails with [`StoreError::Unavailable`].
    pub async fn open(settings: StoreSettings) -> Result<Self, OpenError> {
        let half = (settings.pool_size / 2).max(1) as usize;
        let (count, gates) = match settings.database_url {
            DatabaseUrl::Postgres(_) => {
                let gates = Gates {
                    deletions: Gate::new(half),
                    others: Gate::new(settings.connections_for_other_writes()),
                };
                (settings.lanes.min(half), Some(gates))
            }
            // All waiting writes share the commit of SQLite's one writer anyway.
            DatabaseUrl::Sqlite(_) => (0, None),
        };
        let engine = Arc::new(Engine::open(settings).await?);
        let lanes = Arc::new(Lanes::new(Arc::clone(&engine), count, gates));
        let list_counts = Arc::default();
        Ok(Self {
            engine,
            lanes,
            list_counts,
        })
    }

    /// What its transactions and reads are measured by.
    pub fn metrics(&self) -> &TransactionMetrics {
        self.engine.metrics()
    }

    /// What its writes have done.
    pub fn write_metrics(&self) -> &WriteMetrics {
        self.lanes.metrics()
    }

    /// Bytes of the database: of SQLite's file with its log, or what PostgreSQL says.
    pub(crate) async fn bytes(&self) -> Result<u64, ReadError> {
        match self.opened() {
            Opened::File { path, .. } => {
                let path = path.clone();
                let bytes = tokio::task::spawn_blocking(move || engine::sqlite::files::bytes(&path)).await;
                Ok(bytes.map_err(|_| StoreError::Bug("the task that measured the file ended early"))?)
            }
            Opened::Server { .. } => self.read(DatabaseBytes).await,
        }
    }

    /// How many connections to the database are in use, and how many there may be. Writes to SQLite have their own.
    pub fn pool_load(&self) -> (usize, usize) {
        self.engine.pool_load()
    }

    /// Which database is open.
    pub fn opened(&self) -> &Opened {
        self.engine.opened()
    }

    /// Checks whether this program can work with the database, and migrates the schema to the newest version if `migrate`
    /// says so, one process at a time. Then reads and writes are allowed. Logs nothing.
    pub async fn prepare(&self, migrate: bool) -> Result<(), NotReady> {
        let result = self.try_to_prepare(migrate).await;
        self.engine.looks().note_preparation(result.clone());
        result
    }

    async fn try_to_prepare(&self, migrate: bool) -> Result<(), NotReady> {
        self.engine.reach().await?;
        let schema = self.schema().await?;
        schema.check_age()?;
        if migrate {
            // Even if nothing is missing: the next process may be about to apply it.
            let applied = self.engine.migrate().await.map_err(NotReady::from);
            applied.map_err(|error| schema.not_migrated(error))?;
        }
        let newest = schema.unknown().last();
        if let Some(newest) = newest {
            tracing::info!(newest, "the schema is newer than this program, which can use it");
        }
        if !migrate || newest.is_some() {
            schema.check_completeness()?;
        }
        if schema.is_distributed() {
            self.lanes.close();
        }
        Ok(())
    }

    /// Distributes the tables over several PostgreSQL servers, all that are not distributed yet or none. Returns the
    /// statements, which with `dry_run` are not carried out.
    pub async fn distribute(&self, dry_run: bool) -> Result<Vec<String>, DistributeError> {
        self.engine.reach().await?;
        self.engine.distribute(dry_run).await
    }

    /// Which migrations the database has.
    pub async fn schema(&self) -> Result<SchemaState, StoreError> {
        self.engine.schema().await
    }

    /// The same without opening the store. Works beside a running server, and changes nothing.
    pub async fn schema_beside(settings: &StoreSettings) -> Result<SchemaState, StatusError> {
        Engine::schema_beside(settings).await
    }

    /// Whether the database can be used now. The result may be up to a second old.
    pub async fn readiness(&self) -> Result<(), NotReady> {
        self.engine.readiness().await
    }

    /// How busy the lanes are, that is, the transactions that lists share.
    pub fn lane_load(&self) -> LaneLoad {
        let mut load = self.lanes.load();
        let on_sqlite = self.engine.waiting_for_committer();
        load.running += on_sqlite.min(1);
        load.waiting += on_sqlite.saturating_sub(1);
        load
    }

    /// Carries out a read.
    pub async fn read<R: Read>(&self, read: R) -> Result<R::Output, ReadError> {
        self.engine.read(read).await
    }

    /// Carries out writes to one list that were waiting together. Returns one result per write, in order.
    ///
    /// The writes share a transaction. If one of them makes it fail, each gets its own, so that only that one fails. To
    /// keep two batches of a list in order, call this for the second one only after the first has returned. Must be called
    /// in a task of the store's runtime that runs to its end; see [`Store::spawn`].
    pub async fn write(&self, batch: Batch) -> Vec<WriteResult> {
        fail_point!("store");
        self.metrics().note_batch(batch.writes.len());
        let batch = Arc::new(batch);
        match self.lanes.write(Arc::clone(&batch)).await {
            Ok(results) => results,
            Err(error) if batch.writes.len() > 1 && error.is_of_one_among_several() => self.write_apart(&batch).await,
            Err(error) => batch.writes.iter().map(|_| Err(error.clone())).collect(),
        }
    }

    async fn write_apart(&self, batch: &Batch) -> Vec<WriteResult> {
        let mut results: Vec<WriteResult> = Vec::with_capacity(batch.writes.len());
        for alone in batch.apart() {
            // If the database was unavailable for one write, the next ones would wait as long for nothing.
            let gone = results.last().and_then(unavailable);
            results.push(match gone {
                Some(error) => Err(error),
                None => {
                    let missing = StoreError::Bug("a write without an outcome");
                    let results = self.lanes.write_alone(alone).await;
                    results.and_then(|mut results| results.pop().unwrap_or(Err(missing.into())))
                }
            });
        }
        results
    }

    /// Carries out a write to an account.
    pub async fn write_to_account<W: AccountWrite>(
        &self,
        account: AccountId,
        write: W,
        once: Option<Once<W::Output>>,
    ) -> Result<Written<W::Output>, WriteError> {
        let pass = self.turn_to_write(&account).await?;
        self.write_in_turn(pass, account, write, once).await
    }

    /// Waits for the account's turn to write to itself.
    pub(crate) async fn turn_to_write(&self, account: &AccountId) -> Result<Option<Pass<AccountId>>, WriteError> {
        Ok(self.lanes.pass_for_other_write(account).await?)
    }

    /// Carries out a write to an account whose turn it is.
    pub(crate) async fn write_in_turn<W: AccountWrite>(
        &self,
        _turn: Option<Pass<AccountId>>,
        account: AccountId,
        write: W,
        once: Option<Once<W::Output>>,
    ) -> Result<Written<W::Output>, WriteError> {
        let limits = self.engine.settings().limits;
        let lists = match self.lanes.are_closed() {
            true => Some(self.lists_before_another(&account, limits.lists_per_account).await),
            false => None,
        };
        let write = WriteToAccount {
            account: account.clone(),
            write,
            once,
            limits,
            lists,
        };
        let written = self.engine.write(write).await;
        if lists.is_some() && !matches!(written, Ok(Written::Now(_))) {
            self.list_counts.give_back(&account);
        }
        written
    }

    /// How many lists an account has, which may be on different servers, before one that is about to be created.
    async fn lists_before_another(&self, account: &AccountId, limit: u64) -> u64 {
        match self.list_counts.take_place(account, limit) {
            Some(lists) => lists,
            None => {
                // If a server is down, the others go on.
                let counted = self.read(CountLists(account.clone())).await.ok();
                self.list_counts.take_place_of_counted(account, counted)
            }
        }
    }

    /// Carries out a write of the service itself, which belongs to no caller's list or account.
    pub(crate) async fn transact<W: Transact>(&self, write: W) -> Result<W::Output, WriteError> {
        self.engine.write(write).await
    }

    /// Runs a task to its end on the store's runtime, even if the caller goes away.
    pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.engine.spawn(task);
    }

    /// Finishes the running transactions and closes the connections, without waiting for a server that does not
    /// respond. Writes that are still waiting are refused without being carried out.
    pub async fn close(&self) {
        self.engine.close().await;
    }
}

/// The error of a write for which the database was unavailable or blocked.
fn unavailable<T>(result: &Result<T, WriteError>) -> Option<WriteError> {
    match result {
        Err(
            error @ WriteError::Store(
                StoreError::Unavailable(_)
                | StoreError::Blocked(_)
                | StoreError::Overloaded
                | StoreError::ReadOnly
                | StoreError::Full,
            ),
        ) => Some(error.clone()),
        _ => None,
    }
}
