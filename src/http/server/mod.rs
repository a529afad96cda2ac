//! The HTTP server: time limits, threads, and the application on each thread.
//!
//! It is assembled from the parts of `actix_web::HttpServer`, because that type offers no way to use the `expect`
//! module.

mod connection;
mod cors;
pub mod exchange;
pub(crate) mod expect;
mod framing;
mod keep_alive;
pub mod monitoring;
mod places;
pub(crate) mod progress;
pub mod routes;
mod stream;
mod summary;

use std::{
    future::Future,
    io,
    net::{SocketAddr, TcpListener},
    sync::Arc,
    time::Duration,
};

use actix_http::{HttpService, KeepAlive, error::DispatchError};
use actix_server::Server;
use actix_service::{IntoServiceFactory, ServiceFactoryExt, fn_service, map_config};
use actix_web::{
    App,
    body::MessageBody,
    dev::{AppConfig, ServiceFactory, ServiceResponse},
    middleware,
    web::Data,
};
use tokio::net::TcpStream;

use self::{
    connection::Connection,
    places::{Place, Places},
    routes::Extras,
    stream::Stream,
};
use super::{document::access::Access, pages::docs::DocumentText, state::AppState};
use crate::tls::Tls;

/// How long the head of a connection's first request may take to arrive, and before it the agreement on TLS.
const HEAD_TIMEOUT: Duration = Duration::from_secs(5);

/// The settings of the server.
#[derive(Clone, Copy, Debug)]
pub struct ServerSettings {
    /// The number of threads that read requests and write responses.
    pub workers: usize,
    /// The maximum number of open client connections. When it is reached, idle ones are closed; if there are none, further
    /// ones wait.
    pub max_connections: usize,
    /// How long a connection may be idle between two requests.
    pub keep_alive: Duration,
    /// How long accepted requests may still take after the server is told to stop.
    pub shutdown_timeout: Duration,
    /// Whether pages for browsers are served.
    pub pages: bool,
}

/// Starts to serve, over TLS if there is a certificate. After `stop`, the server ends once every accepted request has
/// its response.
pub fn start(
    listener: TcpListener,
    tls: Option<Arc<Tls>>,
    settings: &ServerSettings,
    state: AppState,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<Server> {
    let places_per_thread = (settings.max_connections / settings.workers.max(1)).max(1);
    let keep_alive = settings.keep_alive;
    let builder = Server::build()
        .workers(settings.workers)
        .max_concurrent_connections(places_per_thread)
        .shutdown_timeout(settings.shutdown_timeout.as_secs_f64().ceil() as u64)
        .shutdown_signal(stop);
    let stopping = builder.graceful_shutdown_signal();
    let address = listener.local_addr()?;
    let document = Data::new(DocumentText::with(&Access {
        sources: state.token_sources,
        required: state.authenticator.required_scopes(),
    }));
    let extras = Extras {
        token_endpoint: state.authorization_server.is_some(),
        pages: settings.pages,
        development: state.demo_tokens.is_some(),
    };
    let state = Data::new(state);
    let server = builder.listen("record-lists", listener, move || {
        // Called once on each thread.
        state.heartbeat.join();
        let stopping = stopping.clone();
        let for_expect = (state.clone(), document.clone());
        let tls = tls.clone();
        let places = Places::new(places_per_thread);
        let take = move |stream| admit(stream, tls.clone(), places.take(), keep_alive);
        let http = HttpService::build()
            .local_addr(address)
            // `Connection` closes idle connections itself. The library's own timer would also run while a response is
            // being sent.
            .keep_alive(KeepAlive::Os)
            .client_request_timeout(HEAD_TIMEOUT)
            // A client that is still sending its body gets this time to read an early response.
            .client_disconnect_timeout(connection::PATIENCE)
            .on_connect_ext(|connection: &Connection, data| {
                data.insert(connection.progress());
            })
            // A client that closed its connection is gone: its waiting request is dropped.
            .h1_allow_half_closed(false)
            // Connections that are kept alive are closed once the server stops.
            .graceful_shutdown_signal(move || {
                let stopping = stopping.clone();
                async move { stopping.notified().await }
            })
            .expect(expect::service(move || app(for_expect.clone(), extras)))
            .h1(map_config(app((state.clone(), document.clone()), extras), |()| AppConfig::default()));
        fn_service(take).and_then(http)
    })?;
    Ok(server.run())
}

/// Agrees on TLS with a client, if there is a certificate.
async fn admit(
    stream: TcpStream,
    tls: Option<Arc<Tls>>,
    mut place: Place,
    keep_alive: Duration,
) -> Result<(Connection, Option<SocketAddr>), DispatchError> {
    let peer = stream.peer_addr().ok();
    let stream = Stream::open(stream, tls.as_deref(), &mut place).await?;
    Ok((Connection::new(stream, place, keep_alive), peer))
}

/// The application for one thread.
fn app(
    (state, document): (Data<AppState>, Data<DocumentText>),
    extras: Extras,
) -> impl ServiceFactory<
    actix_http::Request,
    Config = AppConfig,
    Response = ServiceResponse<impl MessageBody>,
    Error = actix_web::Error,
    InitError = (),
> {
    App::new()
        .wrap(middleware::from_fn(exchange::middleware))
        .app_data(state)
        .app_data(document)
        .configure(|config| routes::configure(config, extras))
        .into_factory()
}
