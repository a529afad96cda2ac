//! The complete service: database, registry and HTTP server. `main` and the tests build it in the same way.

mod preparation;

use std::{
    future::{Future, pending},
    io,
    net::{SocketAddr, TcpListener},
    sync::Arc,
    time::Duration,
};

use thiserror::Error;
use tokio::{sync::watch, time::Instant};

use self::preparation::{Preparation, Prepared};
use crate::{
    auth::{Authenticator, IssueError, KeyError, SealingKey, SealingKeyError, TokenIdentity},
    authorization_server::{AuthorizationServer, PrepareError},
    config::Config,
    demo::DemoTokens,
    heartbeat::Heartbeat,
    http::{
        request::body::parsing::ParsingGate,
        response::links::LinkSettings,
        server::{self, ServerSettings, monitoring},
        state::AppState,
    },
    jobs::Jobs,
    metrics::{BackgroundMetrics, DatabaseMetrics, RequestMetrics},
    open_files::{self, TooFewFiles},
    record_list::Registry,
    shares::{Memory, Rate},
    store::{FileGuardError, NotReady, OpenError, Store, StoreSettings},
    systemd::Sockets,
    telemetry::{Traces, TracesError},
    tls::{Tls, TlsError},
};

/// How long a start waits for a command that has the database file.
const PATIENCE_WITH_COMMANDS: Duration = Duration::from_secs(2);

/// A service that is listening, but does not serve requests yet.
pub struct Application {
    listener: TcpListener,
    metrics_listener: Option<TcpListener>,
    address: SocketAddr,
    max_connections: usize,
    tls: Option<Arc<Tls>>,
    config: Config,
    state: AppState,
    prepared: watch::Receiver<Prepared>,
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
    /// The development key cannot sign.
    #[error(transparent)]
    Issue(#[from] IssueError),
    /// The signing key file cannot be used.
    #[error(transparent)]
    SealingKey(#[from] SealingKeyError),
    /// The certificate or its key cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// Traces cannot be exported.
    #[error(transparent)]
    Traces(#[from] TracesError),
    /// The signing keys cannot be used.
    #[error(transparent)]
    SigningKeys(Arc<PrepareError>),
    /// The database cannot be opened.
    #[error(transparent)]
    Database(#[from] OpenError),
    /// The database file cannot be used, for example because its schema cannot be brought up to date.
    #[error("the database cannot be used: {0}")]
    NotReady(#[from] NotReady),
}

impl Application {
    /// Opens the database and the port, unless a socket was passed. Must be called within an actix system; database work
    /// runs on the caller's runtime.
    pub async fn build(config: Config, sockets: Sockets) -> Result<Self, StartError> {
        let of_monitoring = config.metrics_bind.map_or(0, |_| monitoring::OPEN_FILES);
        let own_files = config.store.open_files() + of_monitoring;
        let max_connections = open_files::room_for_connections(config.workers, own_files)?;
        let traces = Traces::start()?;
        let authenticator = Arc::new(Authenticator::new(&config.auth)?);
        authenticator.log_keys();
        let sealing = config.signing_key_file.as_deref().map(SealingKey::read).transpose()?;
        let tls = config.tls.clone().map(Tls::read).transpose()?.map(Arc::new);
        let listen = |address, passed: Option<TcpListener>| {
            let in_use = |source| StartError::Bind { address, source };
            let listener = passed.map_or_else(|| TcpListener::bind(address), Ok).map_err(in_use)?;
            let address = listener.local_addr().map_err(in_use)?;
            Ok::<_, StartError>((listener, address))
        };
        let (listener, address) = listen(config.bind, sockets.http)?;
        let metrics_listener = config
            .metrics_bind
            .map(|address| listen(address, sockets.metrics))
            .transpose()?
            .map(|(listener, _)| listener);
        let store = open(&config.store).await?;
        let opened = store.opened();
        tracing::info!(version = env!("CARGO_PKG_VERSION"), database = %opened, "{}", opened.what_was_done());
        let lists = Registry::start(store.clone(), config.lists.clone());
        let heartbeat = Heartbeat::of(config.workers + config.lists.threads.max(1));
        lists.join(&heartbeat);
        let authorization_server = sealing.map(|sealing| {
            let identity = TokenIdentity {
                issuer: config
                    .links
                    .public_url
                    .as_ref()
                    .map(|url| url.as_str().trim_end_matches('/').to_owned()),
                audience: config.auth.audience.clone(),
            };
            Arc::new(AuthorizationServer::new(
                store.clone(),
                sealing,
                identity,
                config.auth.key_cool_down,
            ))
        });
        let state = AppState {
            authenticator,
            authorization_server,
            demo_tokens: config
                .has_own_page()
                .then(|| DemoTokens::new(&config.auth))
                .transpose()?
                .map(Arc::new),
            token_sources: config.token_sources(),
            metrics: RequestMetrics::default(),
            traces,
            heartbeat,
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
            authorization_server: state.authorization_server.clone(),
            migrate: config.migrate,
            demo: config.demo,
        };
        let prepared = preparation.start(&config.store.database_url).await?;
        Ok(Self {
            listener,
            metrics_listener,
            address,
            max_connections,
            tls,
            config,
            state,
            prepared,
        })
    }

    /// Waits until the database can be used for the first time.
    pub fn ready(&self) -> impl Future<Output = ()> + use<> {
        let mut prepared = self.prepared.clone();
        async move {
            // It fails if the process stops before that.
            if prepared
                .wait_for(|prepared| matches!(prepared, Some(Ok(()))))
                .await
                .is_err()
            {
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

    /// The certificate of the service, which can be read again while requests are served; `None` if it speaks plain HTTP.
    pub fn tls(&self) -> Option<Arc<Tls>> {
        self.tls.clone()
    }

    /// The heartbeat of the threads that serve requests and of those of the actors, which begins when the service runs.
    pub fn heartbeat(&self) -> Heartbeat {
        self.state.heartbeat.clone()
    }

    /// The registry of the lists' actors, for observers.
    pub fn lists(&self) -> Registry {
        self.state.lists.clone()
    }

    /// Serves requests until `stop` is ready, then finishes those that were accepted. Also ends if the signing keys turn
    /// out to be unusable when the database becomes available.
    pub async fn run_until(self, stop: impl Future<Output = ()> + Send + 'static) -> io::Result<()> {
        let Self {
            listener,
            metrics_listener,
            max_connections,
            tls,
            config,
            state,
            prepared,
            ..
        } = self;
        let (store, lists, traces) = (state.store.clone(), state.lists.clone(), state.traces.clone());
        let settings = ServerSettings {
            workers: config.workers,
            max_connections,
            keep_alive: config.keep_alive,
            shutdown_timeout: config.shutdown_timeout,
            pages: config.pages,
        };
        let background = BackgroundMetrics::default();
        let of_database = DatabaseMetrics::of(&NotReady::WORDS);
        let jobs = Jobs::start(
            &store,
            &lists,
            &state.authenticator,
            config.deletions_retention,
            &background,
            metrics_listener.as_ref().map(|_| &of_database),
        );
        let failed = preparation::failure(prepared.clone());
        let stop = async move {
            tokio::select! {
                () = stop => {}
                () = failed => {}
            }
        };
        let monitoring = metrics_listener
            .map(|listener| monitoring::start(listener, &state, background, of_database, tls.clone()))
            .transpose()?;
        let server = server::start(listener, tls, &settings, state, stop)?;
        let mut served = server.await;
        if let Some(Err(error)) = &*prepared.borrow() {
            served = Err(io::Error::other(Arc::clone(error)));
        }
        // Until the last request has its response.
        if let Some(monitoring) = monitoring {
            monitoring.stop(false).await;
        }
        drop(jobs);
        lists.stop();
        store.close().await;
        // On a thread of its own, so that a second signal still ends the process at once.
        let _ = actix_rt::task::spawn_blocking(move || traces.stop()).await;
        served
    }
}

/// Opens the store. If another process has the file, waits a little: it may be a command, which ends.
async fn open(settings: &StoreSettings) -> Result<Store, OpenError> {
    let end = Instant::now() + PATIENCE_WITH_COMMANDS;
    loop {
        match Store::open(settings.clone()).await {
            Err(OpenError::File(FileGuardError::InUse(_))) if Instant::now() < end => {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            opened => return opened,
        }
    }
}
