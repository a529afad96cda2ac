//! The HTTP server: time-outs, threads, and the application on each of them.
//!
//! It is put together from the parts of `actix_web::HttpServer`, which has no place for the `expect` module.

use std::{future::Future, io, net::TcpListener, time::Duration};

use actix_http::HttpService;
use actix_server::Server;
use actix_service::IntoServiceFactory;
use actix_web::{
    App,
    body::MessageBody,
    dev::{AppConfig, ServiceFactory, ServiceResponse},
    middleware,
    web::Data,
};

use super::{AppState, exchange, expect, routes, unread};

/// How long the head of a connection's first request may take to come.
const HEAD_TIMEOUT: Duration = Duration::from_secs(5);

/// How long an early answer is left to a client that is still sending its body.
const LINGER: Duration = Duration::from_secs(15);

/// Threads and patience.
#[derive(Clone, Copy, Debug)]
pub struct ServerSettings {
    /// Threads that read requests and write answers.
    pub workers: usize,
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
        .shutdown_timeout(settings.shutdown_timeout.as_secs_f64().ceil() as u64)
        .shutdown_signal(stop);
    let stopping = builder.graceful_shutdown_signal();
    let address = listener.local_addr()?;
    let state = Data::new(state);
    let server = builder.listen("record-lists", listener, move || {
        let stopping = stopping.clone();
        let (state, for_expect) = (state.clone(), state.clone());
        HttpService::build()
            .local_addr(address)
            .client_request_timeout(HEAD_TIMEOUT)
            .client_disconnect_timeout(LINGER)
            // A client that closed is gone: its waiting request is dropped.
            .h1_allow_half_closed(false)
            // Connections that are kept alive are closed when the server stops.
            .graceful_shutdown_signal(move || {
                let stopping = stopping.clone();
                async move { stopping.notified().await }
            })
            .expect(expect::service(move || app(for_expect.clone())))
            .h1(unread::service(move || app(state.clone())))
            .tcp()
    })?;
    Ok(server.run())
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
