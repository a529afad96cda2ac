//! A short visit to the database by a command: with the database to itself, or beside a running server.

use std::{path::PathBuf, time::Duration};

use sea_orm::{DatabaseConnection, DatabaseExecutor};
use thiserror::Error;
use tokio::time::{Instant, sleep};

use super::{
    DatabaseUrl, FileGuardError, NotReady, OpenError, Read, ReadError, StatusError, Store, StoreError, StoreSettings,
    WriteError,
    engine::{
        sqlite::{beside, has_server, writer::beside::write_beside},
        transact::Transact,
    },
};

/// How long a command waits for another one that has the file for itself.
const PATIENCE_WITH_OTHERS: Duration = Duration::from_secs(2);

/// The database during a visit.
pub(crate) enum Visit {
    /// Opened like that of a server. Several processes can use a PostgreSQL database.
    Own(Store),
    /// The SQLite file of a server that has opened it.
    Beside {
        /// The file.
        database: PathBuf,
        /// For reads.
        reader: DatabaseConnection,
    },
}

/// Why there is no visit.
#[derive(Debug, Error)]
pub enum VisitError {
    /// The database cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The state of its schema is not known.
    #[error(transparent)]
    Status(#[from] StatusError),
    /// It cannot be used.
    #[error("the database cannot be used: {0}")]
    NotReady(#[from] NotReady),
}

impl Visit {
    /// Opens a database that a server has prepared: creates nothing, and does not change the schema.
    pub(crate) async fn open(settings: StoreSettings) -> Result<Self, VisitError> {
        let patience = settings.lock_timeout;
        if let DatabaseUrl::Sqlite(file) = &settings.database_url
            && !file.path.exists()
        {
            return Err(OpenError::Missing(file.path.clone()).into());
        }
        let end = Instant::now() + PATIENCE_WITH_OTHERS;
        let opened = loop {
            match Store::open(settings.clone()).await {
                Err(OpenError::File(FileGuardError::InUse(database)))
                    if !has_server(&database) && Instant::now() < end =>
                {
                    sleep(Duration::from_millis(50)).await;
                }
                opened => break opened,
            }
        };
        match opened {
            Ok(store) => {
                store.prepare(false).await?;
                Ok(Self::Own(store))
            }
            // A restore has the file for itself.
            Err(OpenError::File(FileGuardError::InUse(database))) if has_server(&database) => {
                let schema = Store::schema_beside(&settings).await?;
                schema.check_age()?;
                schema.check_completeness()?;
                let reader = beside::pool(&database, patience).await?;
                Ok(Self::Beside { database, reader })
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Carries out a read.
    pub(crate) async fn read<R: Read>(&self, read: R) -> Result<R::Output, ReadError> {
        match self {
            Self::Own(store) => store.read(read).await,
            Self::Beside { reader, .. } => read.run(&DatabaseExecutor::Connection(reader)).await,
        }
    }

    /// Carries out a write.
    pub(crate) async fn write<W: Transact>(&self, write: W) -> Result<W::Output, WriteError> {
        match self {
            Self::Own(store) => store.transact(write).await,
            Self::Beside { database, .. } => {
                let database = database.clone();
                let writing = tokio::task::spawn_blocking(move || write_beside(&database, &write));
                let panicked = |_| StoreError::OutcomeUnknown("the thread that wrote panicked".to_owned());
                writing.await.map_err(panicked)?
            }
        }
    }

    /// Ends the visit.
    pub(crate) async fn end(self) {
        match self {
            Self::Own(store) => store.close().await,
            Self::Beside { reader, .. } => {
                // The process ends anyway.
                let _ = reader.close().await;
            }
        }
    }
}
