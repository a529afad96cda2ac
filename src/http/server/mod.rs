//! The HTTP server: time-outs, threads, and the application on each of them.
//!
//! It is put together from the parts of `actix_web::HttpServer`, which has no place for the `expect` module.

mod connection;
pub mod exchange;
mod expect;
pub mod routes;

use std::{
    future::Future,
    io,
    net::{SocketAddr, TcpListener},
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

use self::connection::Connection;
use super::state::AppState;

/// How long the head of a connection's first request may take to come.
const HEAD_TIMEOUT: Duration = Duration::from_secs(5);

/// Threads and patience.
#[derive(Clone, Copy, Debug)]
pub struct ServerSettings {
    /// Threads that read requests and write answers.
    pub workers: usize,
    /// Connections of clients that are taken at once; further ones wait until others close.
    pub max_connections: usize,
    /// How long accepted requests may take after the order to stop.
    pub shutdown_timeout: Duration,
}

/// Starts to serve; the server ends after `stop`, when what was accepted is answered.
pub fn start(
    listener: TcpListener,
    settings: &ServerSettings,
    state: AppState,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<Server> {
    let builder = Server::build()
        .workers(settings.workers)
        .max_concurrent_connections((settings.max_connections / settings.workers.max(1)).max(1))
        .shutdown_timeout(settings.shutdown_timeout.as_secs_f64().ceil() as u64)
        .shutdown_signal(stop);
    let stopping = builder.graceful_shutdown_signal();
    let address = listener.local_addr()?;
    let state = Data::new(state);
    let server = builder.listen("record-lists", listener, move || {
        let stopping = stopping.clone();
        let for_expect = state.clone();
        let http = HttpService::build()
            .local_addr(address)
            // Idle connections are closed by the connection itself. The library's own timer also runs while an answer
            // is on its way.
            .keep_alive(KeepAlive::Os)
            .client_request_timeout(HEAD_TIMEOUT)
            // An early answer is left to a client that is still sending its body.
            .client_disconnect_timeout(connection::PATIENCE)
            .on_connect_ext(|connection: &Connection, data| {
                data.insert(connection.progress());
            })
            // A client that closed is gone: its waiting request is dropped.
            .h1_allow_half_closed(false)
            // Connections that are kept alive are closed when the server stops.
            .graceful_shutdown_signal(move || {
                let stopping = stopping.clone();
                async move { stopping.notified().await }
            })
            .expect(expect::service(move || app(for_expect.clone())))
            .h1(map_config(app(state.clone()), |()| AppConfig::default()));
        fn_service(take).and_then(http)
    })?;
    Ok(server.run())
}

/// A connection that was accepted, with its time limits.
async fn take(stream: TcpStream) -> Result<(Connection, Option<SocketAddr>), DispatchError> {
    let peer = stream.peer_addr().ok();
    Ok((Connection::new(stream), peer))
}

/// The application on one thread.
fn app(
    state: Data<AppState>,
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
        .configure(routes::configure)
        .into_factory()
}
