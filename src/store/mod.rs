//! What is kept: sea-orm queries, transactions, and when they are committed.
//!
//! Knows the domain and the entities, nothing of HTTP and actors. Whatever touches a list's rows starts from a
//! [`ListKey`], which holds the account: a query across accounts cannot be written here.
//!
//! All database work runs on the runtime that opened the store and not on that of its caller: a caller that goes
//! away leaves a transaction running to its end, and no connection is bound to a thread that stops early.

mod audit;
mod bind;
mod clock;
mod deletions;
mod engine;
mod error;
mod list_key;
mod lists;
mod once;
mod records;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use chrono::Utc;
use futures_util::future::BoxFuture;
use sea_orm::{ConnectionTrait, DatabaseConnection, DatabaseExecutor, DbErr};
use thiserror::Error;
use tokio::{runtime::Handle, sync::Semaphore, time::timeout};

pub use self::{
    deletions::{delete::DeletionCommand, lanes::LaneLoad},
    engine::{
        connect::{DatabaseUrl, DatabaseUrlError, StoreSettings},
        sqlite::file_guard::FileGuardError,
    },
    error::{StoreError, WriteError},
    list_key::ListKey,
    once::{Once, Written},
    records::create::{Creation, CreationCommand},
};

use self::{
    deletions::{lanes::Lanes, resolve},
    engine::{
        connect, migrate,
        postgres::{self, PostgresWriter},
        sessions::{Connections, Sessions},
        sqlite::{committer::Committer, file_guard::FileGuard},
        stale::StaleConnections,
        transact::Transact,
    },
    lists::create::CreateList,
    once::purge::{self, Purge},
    records::create::CreateRecords,
};
use crate::domain::{
    AccountId, Deletion, DeletionOutcome, NewRecordList, Operation, Page, Paging, Record,
    RecordFilter, RecordList, RecordListId,
};

/// The statements, so that their plans can be shown for what is really run.
#[doc(hidden)]
pub mod for_tests {
    pub use super::{
        audit::{page_statements as audit_page_statements, statements as audit_statements},
        deletions::batch_statements,
        lists::statements as list_statements,
        once::statements as answer_statements,
        records::{page_statements, statements},
    };
}

/// How long connections may take to close.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(5);

/// The database. Clones share it.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    reader: Connections,
    writer: Writer,
    lanes: Lanes,
    runtime: Handle,
    settings: StoreSettings,
    schema_is_current: AtomicBool,
    _guard: Option<FileGuard>,
}

enum Writer {
    Postgres(PostgresWriter),
    Sqlite {
        committer: Committer,
        database: DatabaseConnection,
    },
}

/// The store cannot be opened, and trying again would not help.
#[derive(Debug, Error)]
pub enum OpenError {
    /// The address is wrong.
    #[error(transparent)]
    Url(#[from] DatabaseUrlError),
    /// The file must not be used.
    #[error(transparent)]
    File(#[from] FileGuardError),
    /// The file cannot be used.
    #[error("the database file cannot be opened: {0}")]
    Sqlite(#[from] sqlx::Error),
}

impl Store {
    /// Opens the database. A PostgreSQL server need not be there yet.
    ///
    /// Until [`Store::migrate`] or [`Store::check_schema`] succeeds, every call answers that the database is not
    /// available.
    pub async fn open(settings: StoreSettings) -> Result<Self, OpenError> {
        let runtime = Handle::current();
        let (reader, writer, guard) = match &settings.database_url {
            DatabaseUrl::Postgres(url) => {
                let stale = StaleConnections::default();
                let database = connect::postgres(url, &settings, &stale)?;
                let writer = PostgresWriter::new(database.clone(), stale, &settings);
                let reader = Connections::new(database, Sessions::of(&settings));
                (reader, Writer::Postgres(writer), None)
            }
            DatabaseUrl::Sqlite(path) => {
                let guard = FileGuard::acquire(path, settings.allow_network_file_system)?;
                let database = connect::sqlite_writer(path, &settings).await?;
                let readers = connect::sqlite_readers(path, &settings).await?;
                let reader = Connections::new(readers, Sessions::Own);
                let log = connect::sqlite_checkpoints(path, &settings).await?;
                let patience = settings.disk_timeout();
                let committer = Committer::start(database.clone(), log, patience, &runtime);
                let writer = Writer::Sqlite {
                    committer,
                    database,
                };
                (reader, writer, Some(guard))
            }
        };
        let lanes = match writer {
            Writer::Postgres(_) => {
                let half = (settings.pool_size / 2).max(1) as usize;
                Lanes::new(settings.lanes.min(half), half)
            }
            // There is one writer, and what waits for it waits together.
            Writer::Sqlite { .. } => Lanes::new(settings.lanes.min(1), Semaphore::MAX_PERMITS),
        };
        Ok(Self {
            inner: Arc::new(Inner {
                reader,
                writer,
                lanes,
                runtime,
                settings,
                schema_is_current: AtomicBool::new(false),
                _guard: guard,
            }),
        })
    }

    /// Brings the schema to the newest version, one process at a time.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        migrate::up(&self.inner.schema_owner()).await?;
        self.note_current_schema().await
    }

    /// The names of all migrations in order, and whether each is applied.
    pub async fn migration_status(&self) -> Result<Vec<(String, bool)>, StoreError> {
        Ok(migrate::status(&self.inner.schema_owner()).await?)
    }

    /// Makes the store usable if someone else has applied all migrations.
    pub async fn check_schema(&self) -> Result<(), StoreError> {
        let status = self.migration_status().await?;
        if status.iter().all(|(_, applied)| *applied) {
            self.note_current_schema().await
        } else {
            Err(StoreError::Unavailable(
                "migrations are missing: run `record-lists migrate up`".to_owned(),
            ))
        }
    }

    async fn note_current_schema(&self) -> Result<(), StoreError> {
        let is_postgres = matches!(self.inner.writer, Writer::Postgres(_));
        if is_postgres && postgres::is_distributed(&self.inner.reader).await? {
            // Lists may lie on different servers: a transaction of several would be a two-phase commit.
            self.inner.lanes.close();
        }
        self.inner.schema_is_current.store(true, Ordering::Release);
        Ok(())
    }

    /// How busy the transactions are that lists share.
    pub fn lane_load(&self) -> LaneLoad {
        self.inner.lanes.load()
    }

    /// Whether the database answers and has the schema.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.read(|database| {
            Box::pin(async move { database.execute_unprepared("SELECT 1").await.map(drop) })
        })
        .await
    }

    /// Makes an empty list.
    pub async fn create_list(
        &self,
        list: NewRecordList,
        once: Option<Once<RecordList>>,
    ) -> Result<Written<RecordList>, WriteError> {
        let limit = self.inner.settings.max_lists_per_account;
        self.write(CreateList { list, once, limit }).await
    }

    /// The list, if the account has it.
    pub async fn find_list(&self, list: &ListKey) -> Result<Option<RecordList>, StoreError> {
        let list = list.clone();
        self.read(move |database| {
            Box::pin(async move { lists::read::find_list(database, &list).await })
        })
        .await
    }

    /// A page of the list's records, oldest first; `None` if the account has no such list.
    pub async fn page_of_records(
        &self,
        list: &ListKey,
        filter: &RecordFilter,
        paging: Paging,
    ) -> Result<Option<Page<Record>>, StoreError> {
        let list = list.clone();
        let filter = filter.clone();
        self.read(move |database| {
            Box::pin(async move {
                records::read::page_of_records(database, &list, &filter, paging).await
            })
        })
        .await
    }

    /// Adds records to a list in dialling order; one outcome per record, in order.
    pub async fn create_records(
        &self,
        list: ListKey,
        command: CreationCommand,
    ) -> Result<Written<Vec<Creation>>, WriteError> {
        let limit = self.inner.settings.max_records_per_list;
        self.write(CreateRecords {
            list,
            command,
            limit,
        })
        .await
    }

    /// What a deletion would do, if it were carried out now; `None` if the account has no such list.
    pub async fn rehearse_deletion(
        &self,
        list: &ListKey,
        deletion: Deletion,
    ) -> Result<Option<DeletionOutcome>, StoreError> {
        let list = list.clone();
        self.read(move |database| {
            Box::pin(async move { resolve::rehearse(database, &list, &deletion).await })
        })
        .await
    }

    /// A page of the deletions that were carried out, the newest first: of one list, also when it is gone, or of the
    /// whole account. `None` if the account has and had no such list.
    pub async fn page_of_operations(
        &self,
        account: &AccountId,
        list: Option<RecordListId>,
        paging: Paging,
    ) -> Result<Option<Page<Operation>>, StoreError> {
        let account = account.clone();
        self.read(move |database| {
            Box::pin(async move { audit::read::page(database, &account, list, paging).await })
        })
        .await
    }

    /// Deletes some of the saved answers that have expired; whether there may be more.
    pub async fn purge_expired_answers(&self) -> Result<bool, WriteError> {
        let now = Utc::now();
        let expired = self
            .read(move |database| Box::pin(purge::expired(database, now)))
            .await?;
        if expired.is_empty() {
            return Ok(false);
        }
        self.write(Purge { expired, now }).await?;
        Ok(true)
    }

    /// Ends the running transactions and closes the connections; a server that does not answer is left alone. What
    /// still waits is told that nothing was done.
    pub async fn close(&self) {
        // The readers first: one that is open keeps the writer from emptying the log.
        let readers = self.inner.reader.close();
        let _ = timeout(CLOSE_TIMEOUT, readers).await;
        if let Writer::Sqlite { committer, .. } = &self.inner.writer {
            let _ = timeout(CLOSE_TIMEOUT, committer.close()).await;
        }
    }

    /// Runs a task to its end on the runtime of the database, whatever becomes of the caller.
    pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.inner.runtime.spawn(task);
    }

    async fn write<W: Transact>(&self, write: W) -> Result<W::Output, WriteError> {
        let inner = Arc::clone(&self.inner);
        self.on_runtime(async move { inner.write(write).await })
            .await
    }

    async fn read<T, E>(
        &self,
        read: impl for<'d> FnOnce(&'d DatabaseExecutor<'d>) -> BoxFuture<'d, Result<T, E>>
        + Send
        + 'static,
    ) -> Result<T, StoreError>
    where
        T: Send + 'static,
        E: Into<StoreError> + From<DbErr> + Send + 'static,
    {
        self.inner.check_schema()?;
        let reader = self.inner.reader.clone();
        let limit = self.inner.settings.transaction_timeout();
        let reading = self.inner.runtime.spawn(async move {
            match timeout(limit, reader.read(read)).await {
                Ok(rows) => rows.map_err(Into::into),
                Err(_) => Err(StoreError::Unavailable(
                    "no answer within the time limit".to_owned(),
                )),
            }
        });
        let panicked = |_| StoreError::Bug("the task that read ended early");
        reading.await.map_err(panicked)?
    }

    async fn on_runtime<T: Send + 'static, E: From<StoreError> + Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, E>> + Send + 'static,
    ) -> Result<T, E> {
        self.inner.runtime.spawn(work).await.unwrap_or_else(|_| {
            // Panics of our statements are caught where they happen; this one may have come after a commit.
            let panicked = "the task that had it panicked".to_owned();
            Err(StoreError::OutcomeUnknown(panicked).into())
        })
    }
}

impl Inner {
    async fn write<W: Transact>(&self, write: W) -> Result<W::Output, WriteError> {
        self.check_schema()?;
        match &self.writer {
            Writer::Postgres(writer) => writer.write(&write).await,
            Writer::Sqlite { committer, .. } => committer.write(write).await,
        }
    }

    /// The connections that may change the schema.
    fn schema_owner(&self) -> Connections {
        match &self.writer {
            Writer::Postgres(_) => self.reader.clone(),
            Writer::Sqlite { database, .. } => Connections::new(database.clone(), Sessions::Own),
        }
    }

    fn check_schema(&self) -> Result<(), StoreError> {
        if self.schema_is_current.load(Ordering::Acquire) {
            Ok(())
        } else {
            Err(StoreError::Unavailable(
                "its schema is not known to be current yet".to_owned(),
            ))
        }
    }
}
