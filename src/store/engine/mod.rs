//! The engine: how transactions begin, run and end, with connections, time limits, commits, and the search for the
//! outcome of a commit that was not confirmed.
//!
//! The engine knows no tables, except to tell which migrations a database has, and whether it is one of ours. Database
//! work runs on the runtime that opened it, or on the threads of SQLite's writer, never on the caller's. A transaction
//! therefore runs to its end even if its caller goes away, and no connection is bound to a thread that stops early.

pub(crate) mod bounded;
pub(crate) mod connect;
pub(crate) mod database_url;
pub(crate) mod executor;
pub(crate) mod open_error;
pub(crate) mod opened;
pub(crate) mod postgres;
pub(crate) mod read;
pub(crate) mod readiness;
pub(crate) mod row;
pub(crate) mod schema;
pub(crate) mod sessions;
pub(crate) mod sqlite;
pub(crate) mod transact;
pub(crate) mod transaction;

use std::{path::PathBuf, sync::Arc, time::Duration};

use sea_orm::{DbErr, RuntimeErr};
use tokio::{
    runtime::Handle,
    time::{Instant, timeout, timeout_at},
};

use self::{
    connect::StoreSettings,
    database_url::DatabaseUrl,
    open_error::{OpenError, StatusError},
    opened::Opened,
    postgres::{look, stale::StaleConnections, writer::PostgresWriter},
    read::Read,
    readiness::{Looks, NotReady},
    schema::{
        distribute::{self, DistributeError},
        migrate,
        state::SchemaState,
    },
    sessions::{Connections, Sessions},
    sqlite::{
        database_file,
        file_guard::FileGuard,
        foreign, unclean_end,
        writer::{
            committer::Committer,
            probe::{SqliteProbe, SqliteRead},
            session,
        },
    },
    transact::Transact,
};
use super::error::{ReadError, StoreError, WriteError};
use crate::{
    domain::AccountId,
    metrics::{TransactionMetrics, TransactionOutcome, WaitClass},
    shares::Gate,
};

/// How long connections may take to close.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(5);

/// How long it counts that a read or a write on PostgreSQL met damage, which can be repaired meanwhile.
const DAMAGE_COUNTS: Duration = Duration::from_secs(60);

/// The weight beyond which a read counts as one that reads much: that of a search through 32,000 records.
const LONG_READ: usize = 1_000;

/// How long a look at the database may take.
const LOOK_LIMIT: Duration = Duration::from_secs(2);

/// How long a look at SQLite's file waits for its write.
const WRITE_LIMIT: Duration = Duration::from_secs(1);

/// The database: reads on many connections, writes in transactions.
pub(crate) struct Engine {
    reader: Connections,
    /// Before the connections that reads may take.
    reads: Gate<Option<AccountId>>,
    /// Before that one, for reads that read much.
    long_reads: Gate<Option<AccountId>>,
    writer: Writer,
    runtime: Handle,
    settings: StoreSettings,
    looks: Looks,
    opened: Opened,
    guard: Option<Arc<FileGuard>>,
    metrics: TransactionMetrics,
}

enum Writer {
    Postgres(PostgresWriter),
    Sqlite {
        committer: Committer,
        /// The file, for connections that change its schema.
        path: PathBuf,
    },
}

impl Engine {
    /// Opens the database. A PostgreSQL server need not be running yet.
    pub(crate) async fn open(settings: StoreSettings) -> Result<Self, OpenError> {
        let (runtime, metrics) = (Handle::current(), TransactionMetrics::default());
        let damage_counts = match settings.database_url {
            DatabaseUrl::Postgres(_) => DAMAGE_COUNTS,
            // It is repaired by restoring the file while no server uses it.
            DatabaseUrl::Sqlite(_) => Duration::MAX,
        };
        let (reader, writer, guard, opened) = match &settings.database_url {
            DatabaseUrl::Postgres(url) => {
                let stale = StaleConnections::default();
                let (database, server) = connect::postgres(url, &settings, &stale)?;
                let writer = PostgresWriter::new(database.clone(), stale, &settings);
                let reader = Connections::new(database, Sessions::of(&settings));
                (reader, Writer::Postgres(writer), None, server)
            }
            DatabaseUrl::Sqlite(file) => {
                file.check()?;
                let path = &file.path;
                if foreign::has_other_content(path).map_err(|source| OpenError::unusable(path, source))? {
                    return Err(OpenError::Foreign(path.clone()));
                }
                let guard = Arc::new(FileGuard::acquire(path, settings.allow_network_file_system)?);
                let path = guard.database();
                unclean_end::settle(&guard, &settings).await?;
                if foreign::has_other_tables(path, settings.lock_timeout).await {
                    return Err(OpenError::Foreign(path.to_owned()));
                }
                let is_new = database_file::prepare(path, file.create).map_err(|source| OpenError::Create {
                    path: path.to_owned(),
                    source,
                })?;
                let failed = |error| OpenError::of_sqlite(path, error);
                let (writer, log) = session::open_with_log(path, &settings).await?;
                let readers = connect::sqlite_readers(path, &settings).await.map_err(failed)?;
                let reader = Connections::new(readers, Sessions::Own);
                let (held, patience) = (Some(Arc::clone(&guard)), settings.disk_timeout());
                let committer = Committer::start(writer, log, held, patience, runtime.clone(), metrics.clone());
                let committer = committer.map_err(OpenError::Thread)?;
                let path = path.to_owned();
                let writer = Writer::Sqlite {
                    committer,
                    path: path.clone(),
                };
                (reader, writer, Some(guard), Opened::File { path, is_new })
            }
        };
        Ok(Self {
            reader,
            reads: Gate::new(settings.connections_for_reads()),
            long_reads: Gate::new(settings.connections_for_reads() / 3),
            writer,
            runtime,
            settings,
            looks: Looks::new(opened.to_string(), damage_counts),
            opened,
            guard,
            metrics,
        })
    }

    pub(crate) fn settings(&self) -> &StoreSettings {
        &self.settings
    }

    /// What transactions and reads are measured by.
    pub(crate) fn metrics(&self) -> &TransactionMetrics {
        &self.metrics
    }

    pub(crate) fn opened(&self) -> &Opened {
        &self.opened
    }

    /// Migrates the schema to the newest version, one process at a time.
    pub(crate) async fn migrate(&self) -> Result<(), StoreError> {
        let Writer::Sqlite { path, .. } = &self.writer else {
            return Ok(migrate::up(&self.reader).await?);
        };
        let owner = connect::sqlite_schema(path, &self.settings).await;
        let owner = owner.map_err(|error| DbErr::Conn(RuntimeErr::SqlxError(Arc::new(error))))?;
        let owner = Connections::new(owner, Sessions::Own);
        let migrated = migrate::up(&owner).await;
        // What became of the migration says more than the end of its connection.
        let _ = owner.close().await;
        Ok(migrated?)
    }

    /// Which migrations the database has.
    pub(crate) async fn schema(&self) -> Result<SchemaState, StoreError> {
        Ok(migrate::state(&self.reader).await?)
    }

    /// What is known about the database.
    pub(crate) fn looks(&self) -> &Looks {
        &self.looks
    }

    /// Connects to a PostgreSQL server, to learn why that fails, and checks the encoding.
    pub(crate) async fn reach(&self) -> Result<(), NotReady> {
        match &self.settings.database_url {
            DatabaseUrl::Postgres(url) => look::reach(url, &self.opened).await,
            DatabaseUrl::Sqlite(_) => Ok(()),
        }
    }

    /// Whether the database can be used now.
    pub(crate) async fn readiness(self: &Arc<Self>) -> Result<(), NotReady> {
        let look = async {
            let engine = Arc::clone(self);
            let look = self.runtime.spawn(async move { engine.look().await });
            let silent = || NotReady::Away("no response within the time limit".to_owned());
            let found = timeout(LOOK_LIMIT, look).await.map_err(|_| silent())?;
            found.unwrap_or_else(|_| Err(silent()))
        };
        self.looks.readiness(look).await
    }

    async fn look(&self) -> Result<(), NotReady> {
        match &self.writer {
            Writer::Postgres(_) => look::look(&self.reader, &self.looks).await,
            Writer::Sqlite { .. } => {
                self.read(SqliteRead).await?;
                if self.looks.is_writing() {
                    return Ok(());
                }
                // Whoever holds the file, or a slow disk, delays writes for now; reads go on.
                match timeout(WRITE_LIMIT, self.transact(SqliteProbe)).await {
                    Ok(Err(WriteError::Store(
                        error @ (StoreError::Full
                        | StoreError::ReadOnly
                        | StoreError::Damaged(_)
                        | StoreError::OutcomeUnknown(_)),
                    ))) => Err(error.into()),
                    _ => Ok(()),
                }
            }
        }
    }

    /// The same without opening the database for anything else. Works beside a running server, and changes nothing.
    pub(crate) async fn schema_beside(settings: &StoreSettings) -> Result<SchemaState, StatusError> {
        let (database, sessions) = match &settings.database_url {
            DatabaseUrl::Postgres(url) => {
                let (database, server) = connect::postgres(url, settings, &StaleConnections::default())?;
                look::reach(url, &server).await?;
                (database, Sessions::of(settings))
            }
            DatabaseUrl::Sqlite(file) => {
                file.check().map_err(OpenError::from)?;
                let database = sqlite::beside::pool(&file.path, settings.lock_timeout).await?;
                (database, Sessions::Own)
            }
        };
        let database = Connections::new(database, sessions);
        let schema = migrate::state(&database).await.map_err(StoreError::from);
        let _ = timeout(CLOSE_TIMEOUT, database.close()).await;
        Ok(schema?)
    }

    /// Distributes the tables over several servers; see [`distribute::distribute`].
    pub(crate) async fn distribute(&self, dry_run: bool) -> Result<Vec<String>, DistributeError> {
        match self.writer {
            Writer::Postgres(_) => distribute::distribute(&self.reader, dry_run).await,
            Writer::Sqlite { .. } => Err(DistributeError::Sqlite),
        }
    }

    /// Carries out a read, within the time limit of a transaction.
    pub(crate) async fn read<R: Read>(&self, read: R) -> Result<R::Output, ReadError> {
        self.check_schema()?;
        let reader = self.reader.clone();
        let limit = self.settings.transaction_timeout();
        let until = Instant::now() + limit;
        let is_long = read.weight() > LONG_READ;
        let silent = move || match is_long {
            true => StoreError::Overloaded,
            false => StoreError::Unavailable("no response within the time limit".to_owned()),
        };
        // In the caller's future: a caller that goes away before its turn leaves nothing behind.
        let passes = async {
            let (account, weight) = (read.account(), read.weight());
            // Those that read much leave places for the others, which would else wait for whole lists to be read.
            let long = match is_long {
                true => Some(self.long_reads.pass(account.cloned(), weight).await),
                false => None,
            };
            (long, self.reads.pass(account.cloned(), weight).await)
        };
        let asked = Instant::now();
        let passes = timeout_at(until, passes).await.map_err(|_| StoreError::Overloaded)?;
        let class = if is_long {
            WaitClass::LongRead
        } else {
            WaitClass::ShortRead
        };
        self.metrics.note_wait(class, asked.elapsed());
        let reading = self.runtime.spawn(async move {
            let _passes = passes;
            let left = until.saturating_duration_since(Instant::now());
            // The database ends a search before its caller gives up, so that it is known why.
            let left = left - left / 10;
            let rows = reader.read(|database| Box::pin(async move { read.run_within(database, left).await }));
            timeout_at(until, rows).await.unwrap_or_else(|_| Err(silent().into()))
        });
        let panicked = |_| StoreError::Bug("the task that read ended early");
        let result = reading.await.map_err(panicked)?;
        if let Err(ReadError::Store(error)) = &result {
            self.looks.note_failed_read(error);
        }
        result
    }

    /// Carries out a write in a transaction, even if the caller goes away.
    pub(crate) async fn write<W: Transact>(self: &Arc<Self>, write: W) -> Result<W::Output, WriteError> {
        let engine = Arc::clone(self);
        let writing = self.runtime.spawn(async move { engine.transact(write).await });
        writing.await.unwrap_or_else(|_| {
            // A panic in a write's statements is caught in place. This one may have happened after a commit.
            let panicked = "the task that had it panicked".to_owned();
            Err(StoreError::OutcomeUnknown(panicked).into())
        })
    }

    /// Carries out a write in a transaction. The caller must already be on the engine's runtime.
    pub(crate) async fn transact<W: Transact>(&self, write: W) -> Result<W::Output, WriteError> {
        self.check_schema()?;
        let asked = Instant::now();
        let result = match &self.writer {
            Writer::Postgres(writer) => writer.write(&write).await,
            Writer::Sqlite { committer, .. } => committer.write(write).await,
        };
        let outcome = result.as_ref().err().map_or(TransactionOutcome::Done, Into::into);
        self.metrics.note_end(outcome, asked.elapsed());
        match &result {
            Ok(output) if W::has_written(output) => self.looks.note_write(None),
            Err(WriteError::Store(error)) => self.looks.note_write(Some(error)),
            // A refusal or a replay has written nothing.
            _ => {}
        }
        result
    }

    /// How many connections of the pool are in use, and how many there may be.
    pub(crate) fn pool_load(&self) -> (usize, usize) {
        self.reader.load()
    }

    /// The number of writes to SQLite that have no reply yet; 0 on PostgreSQL.
    pub(crate) fn waiting_for_committer(&self) -> usize {
        match &self.writer {
            Writer::Postgres(_) => 0,
            Writer::Sqlite { committer, .. } => committer.unanswered(),
        }
    }

    /// Runs a task to its end on the engine's runtime, even if the caller goes away.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.runtime.spawn(task);
    }

    /// Finishes the running transactions and closes the connections, without waiting for a server that does not
    /// respond. Writes that are still waiting are refused without being carried out.
    pub(crate) async fn close(&self) {
        // Readers first: an open one keeps the writer from emptying the log.
        let readers = self.reader.close();
        let _ = timeout(CLOSE_TIMEOUT, readers).await;
        if let Writer::Sqlite { committer, .. } = &self.writer {
            let closed = timeout(CLOSE_TIMEOUT, committer.close()).await;
            if let (Ok(()), Some(guard)) = (closed, &self.guard) {
                guard.note_closed();
            }
        }
    }

    fn check_schema(&self) -> Result<(), StoreError> {
        if self.looks.is_prepared() {
            Ok(())
        } else {
            Err(StoreError::Unavailable("it is not prepared yet".to_owned()))
        }
    }
}
