//! The complete service: database, registry and HTTP server. `main` and the tests build it in the same way.

use std::{
    future::{Future, pending},
    io,
    net::{SocketAddr, TcpListener},
    sync::Arc,
    time::Duration,
};

use thiserror::Error;
use tokio::{
    sync::watch,
    time::{Instant, timeout},
};

use crate::{
    auth::{Authenticator, KeyError},
    config::Config,
    demo::{self, Seed},
    http::{
        request::body::parsing::ParsingGate,
        response::links::LinkSettings,
        server::{self, ServerSettings},
        state::AppState,
    },
    jobs::Jobs,
    open_files::{self, TooFewFiles},
    record_list::Registry,
    shares::{Memory, Rate},
    store::{DatabaseUrl, NotReady, OpenError, Store},
};

/// Pause between two attempts to prepare a database that was not available at startup.
const DATABASE_RETRY: Duration = Duration::from_secs(1);

/// How often the log repeats why the database cannot be used.
const REPEAT: Duration = Duration::from_secs(30);

/// How long startup waits for the database.
const DATABASE_PATIENCE: Duration = Duration::from_secs(1);

/// How long one attempt to prepare the database may take, including migrations.
const PREPARATION_LIMIT: Duration = Duration::from_secs(120);

/// A service that is listening, but does not serve requests yet.
pub struct Application {
    listener: TcpListener,
    address: SocketAddr,
    max_connections: usize,
    config: Config,
    state: AppState,
    is_ready: watch::Receiver<bool>,
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
    /// The system allows too few open files.
    #[error(transparent)]
    OpenFiles(#[from] TooFewFiles),
    /// A key cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The database cannot be opened.
    #[error(transparent)]
    Database(#[from] OpenError),
    /// The database file cannot be used, for example because its schema cannot be brought up to date.
    #[error("the database cannot be used: {0}")]
    NotReady(#[from] NotReady),
}

impl Application {
    /// Opens the database and the port. Must be called within an actix system; database work runs on the caller's
    /// runtime.
    pub async fn build(config: Config) -> Result<Self, StartError> {
        let max_connections = open_files::room_for_connections(config.workers, config.store.open_files())?;
        let authenticator = Arc::new(Authenticator::new(&config.auth)?);
        authenticator.log_keys();
        let in_use = |source| StartError::Bind {
            address: config.bind,
            source,
        };
        let listener = TcpListener::bind(config.bind).map_err(in_use)?;
        let address = listener.local_addr().map_err(in_use)?;
        let store = Store::open(config.store.clone()).await?;
        let opened = store.opened();
        tracing::info!(version = env!("CARGO_PKG_VERSION"), database = %opened, "{}", opened.what_was_done());
        let lists = Registry::start(store.clone(), config.lists.clone());
        let state = AppState {
            authenticator,
            store,
            lists,
            rate: Rate::new(config.account_rate),
            memory: Memory::new(config.memory),
            parsing: ParsingGate::of_processors(),
            links: LinkSettings {
                own_address: address,
                ..config.links.clone()
            },
            cors_origins: config.cors_origins.clone(),
            wire_format: config.wire_format,
            body_timeout: config.body_timeout,
            queue_timeout: config.lists.queue_timeout,
        };
        let preparation = Preparation {
            store: state.store.clone(),
            lists: state.lists.clone(),
            migrate: config.migrate,
            demo: config.demo,
        };
        let is_ready = preparation.start(&config.store.database_url).await?;
        Ok(Self {
            listener,
            address,
            max_connections,
            config,
            state,
            is_ready,
        })
    }

    /// Waits until the database can be used for the first time.
    pub fn ready(&self) -> impl Future<Output = ()> + use<> {
        let mut is_ready = self.is_ready.clone();
        async move {
            // It fails if the process stops before that.
            if is_ready.wait_for(|is_ready| *is_ready).await.is_err() {
                pending::<()>().await;
            }
        }
    }

    /// The address that the service listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What verifies tokens, whose keys can be read again while requests are served.
    pub fn authenticator(&self) -> Arc<Authenticator> {
        Arc::clone(&self.state.authenticator)
    }

    /// The registry of the lists' actors, for observers.
    pub fn lists(&self) -> Registry {
        self.state.lists.clone()
    }

    /// Serves requests until `stop` is ready, then finishes those that were accepted.
    pub async fn run_until(self, stop: impl Future<Output = ()> + Send + 'static) -> io::Result<()> {
        let Self {
            listener,
            max_connections,
            config,
            state,
            ..
        } = self;
        let (store, lists) = (state.store.clone(), state.lists.clone());
        let settings = ServerSettings {
            workers: config.workers,
            max_connections,
            keep_alive: config.keep_alive,
            shutdown_timeout: config.shutdown_timeout,
        };
        let jobs = Jobs::start(&store, &lists, &state.authenticator, config.deletions_retention);
        let server = server::start(listener, &settings, state, stop)?;
        let served = server.await;
        drop(jobs);
        lists.stop();
        store.close().await;
        served
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
    /// Prepares the database. A file must be usable at once. If a server is not available, tries again until it is;
    /// until then, requests get a 503. Returns what tells when the database is ready.
    async fn start(self, database: &DatabaseUrl) -> Result<watch::Receiver<bool>, NotReady> {
        let (ready, is_ready) = watch::channel(false);
        match database {
            DatabaseUrl::Sqlite(_) => {
                self.run().await?;
                ready.send_replace(true);
            }
            DatabaseUrl::Postgres(_) => {
                let prepared = actix_rt::spawn(async move {
                    self.run_until_done().await;
                    ready.send_replace(true);
                });
                // An available server is ready before the first request; one that does not respond does not block
                // startup.
                let _ = timeout(DATABASE_PATIENCE, prepared).await;
            }
        }
        Ok(is_ready)
    }

    /// Prepares the database within a time limit, because the server may stop responding halfway.
    async fn run_in_time(&self) -> Result<(), NotReady> {
        timeout(PREPARATION_LIMIT, self.run())
            .await
            .unwrap_or_else(|_| Err(NotReady::Away("no response within the time limit".to_owned())))
    }

    async fn run_until_done(self) {
        let mut last: Option<(NotReady, Instant)> = None;
        while let Err(error) = self.run_in_time().await {
            let is_known = last
                .as_ref()
                .is_some_and(|(known, at)| *known == error && at.elapsed() < REPEAT);
            if !is_known {
                tracing::warn!(%error, "the database is not ready; retrying until it is");
                last = Some((error, Instant::now()));
            }
            tokio::time::sleep(DATABASE_RETRY).await;
        }
        if last.is_some() {
            tracing::info!("the database is ready");
        }
    }

    async fn run(&self) -> Result<(), NotReady> {
        self.store.prepare(self.migrate).await?;
        demo::seed(&self.store, &self.lists, self.demo)
            .await
            .map_err(|error| NotReady::Away(error.to_string()))
    }
}
