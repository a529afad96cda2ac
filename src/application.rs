//! The complete service: database, registry and HTTP server. `main` and the tests build it in the same way.

use std::{
    future::Future,
    io,
    net::{SocketAddr, TcpListener},
    sync::Arc,
    time::Duration,
};

use thiserror::Error;
use tokio::time::timeout;

use crate::{
    auth::{Authenticator, KeyError},
    config::Config,
    demo::{self, Seed},
    http::{
        response::links::LinkSettings,
        server::{self, ServerSettings},
        state::AppState,
    },
    jobs::Jobs,
    open_files,
    record_list::Registry,
    store::{DatabaseUrl, OpenError, Store, StoreError},
};

/// Pause between two attempts to prepare a database that was not available at startup.
const DATABASE_RETRY: Duration = Duration::from_secs(1);

/// How long startup waits for the database.
const DATABASE_PATIENCE: Duration = Duration::from_secs(5);

/// How long one attempt to prepare the database may take, including migrations.
const PREPARATION_LIMIT: Duration = Duration::from_secs(120);

/// A service that is listening, but does not serve requests yet.
pub struct Application {
    listener: TcpListener,
    address: SocketAddr,
    config: Config,
    state: AppState,
}

/// Why the service cannot start.
#[derive(Debug, Error)]
pub enum StartError {
    /// The address is in use, or is not an address of this machine.
    #[error("cannot listen on {address}: {source}")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// The cause.
        source: io::Error,
    },
    /// A key cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The database cannot be opened.
    #[error(transparent)]
    Database(#[from] OpenError),
    /// The database file cannot be prepared, for example because its schema cannot be brought up to date.
    #[error("the database cannot be prepared: {0}")]
    Schema(#[from] StoreError),
}

impl Application {
    /// Opens the database and the port. Must be called within an actix system; database work runs on the caller's
    /// runtime.
    pub async fn build(config: Config) -> Result<Self, StartError> {
        let authenticator = Arc::new(Authenticator::new(&config.auth)?);
        let in_use = |source| StartError::Bind {
            address: config.bind,
            source,
        };
        let listener = TcpListener::bind(config.bind).map_err(in_use)?;
        let address = listener.local_addr().map_err(in_use)?;
        let store = Store::open(config.store.clone()).await?;
        let lists = Registry::start(store.clone(), config.lists.clone());
        let state = AppState {
            authenticator,
            store,
            lists,
            links: LinkSettings {
                own_address: address,
                ..config.links.clone()
            },
            cors_origins: config.cors_origins.clone(),
            wire_format: config.wire_format,
            body_timeout: config.body_timeout,
        };
        let application = Self {
            listener,
            address,
            config,
            state,
        };
        application.prepare_database().await?;
        Ok(application)
    }

    /// The address that the service listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The registry of the lists' actors, for observers.
    pub fn lists(&self) -> Registry {
        self.state.lists.clone()
    }

    /// Serves requests until `stop` is ready, then finishes those that were accepted.
    pub async fn run_until(self, stop: impl Future<Output = ()> + Send + 'static) -> io::Result<()> {
        let Self {
            listener,
            config,
            state,
            ..
        } = self;
        let (store, lists) = (state.store.clone(), state.lists.clone());
        let settings = ServerSettings {
            workers: config.workers,
            max_connections: open_files::room_for_connections(),
            keep_alive: config.keep_alive,
            shutdown_timeout: config.shutdown_timeout,
        };
        let jobs = Jobs::start(&store, &lists);
        let server = server::start(listener, &settings, state, stop)?;
        let served = server.await;
        drop(jobs);
        lists.stop();
        store.close().await;
        served
    }

    /// Brings the schema up to date and creates the demo data. If the database server is not available, tries again
    /// until it is; until then, requests get a 503.
    async fn prepare_database(&self) -> Result<(), StartError> {
        let preparation = Preparation {
            store: self.state.store.clone(),
            lists: self.state.lists.clone(),
            migrate: self.config.migrate,
            demo: self.config.demo,
        };
        match self.config.store.database_url {
            DatabaseUrl::Sqlite(_) => Ok(preparation.run().await?),
            DatabaseUrl::Postgres(_) => {
                let prepared = actix_rt::spawn(preparation.run_until_done());
                // An available server is ready before the first request; one that does not respond does not block
                // startup.
                let _ = timeout(DATABASE_PATIENCE, prepared).await;
                Ok(())
            }
        }
    }
}

/// What the database needs before the first request.
struct Preparation {
    store: Store,
    lists: Registry,
    migrate: bool,
    demo: Seed,
}

impl Preparation {
    /// Prepares the database within a time limit, because the server may stop responding halfway.
    async fn run_in_time(&self) -> Result<(), StoreError> {
        timeout(PREPARATION_LIMIT, self.run())
            .await
            .unwrap_or_else(|_| Err(StoreError::Unavailable("it does not respond".to_owned())))
    }

    async fn run_until_done(self) {
        let mut last_error = None;
        while let Err(error) = self.run_in_time().await {
            if last_error.as_ref() != Some(&error) {
                tracing::warn!(%error, "the database is not ready; retrying until it is");
                last_error = Some(error);
            }
            tokio::time::sleep(DATABASE_RETRY).await;
        }
        if last_error.is_some() {
            tracing::info!("the database is ready");
        }
    }

    async fn run(&self) -> Result<(), StoreError> {
        if self.migrate {
            self.store.migrate().await?;
        } else {
            self.store.check_schema().await?;
        }
        demo::seed(&self.store, &self.lists, self.demo)
            .await
            .map_err(|error| StoreError::Unavailable(error.to_string()))
    }
}
