//! `GET /metrics` on a listener of its own, for monitoring systems. It needs no token, so it is not on the listener that
//! clients reach.

use std::{io, net::TcpListener, sync::Arc, time::Duration};

use actix_server::Server;
use actix_web::{
    App, HttpResponse, HttpServer,
    http::{KeepAlive, StatusCode},
    web::{self, Data},
};

use crate::metrics::{Exposition, OPEN_METRICS};

/// Connections at once. Each request for metrics has its own.
const CONNECTIONS: usize = 16;

/// Open files of the listener, its thread and its connections.
pub const OPEN_FILES: usize = CONNECTIONS + 8;

/// How long the head of a request may take to arrive.
const HEAD_TIMEOUT: Duration = Duration::from_secs(5);

/// Starts to serve the metrics, until the value is dropped or stopped.
pub fn start(listener: TcpListener, exposition: Exposition) -> io::Result<Server> {
    let exposition = Data::from(Arc::new(exposition));
    let server = HttpServer::new(move || {
        App::new()
            .app_data(exposition.clone())
            .route("/metrics", web::get().to(metrics))
            .route("/metrics", web::head().to(metrics))
    })
    .workers(1)
    .max_connections(CONNECTIONS)
    .keep_alive(KeepAlive::Disabled)
    .client_request_timeout(HEAD_TIMEOUT)
    .disable_signals();
    Ok(server.listen(listener)?.run())
}

async fn metrics(exposition: Data<Exposition>) -> HttpResponse {
    match exposition.text() {
        Ok(text) => HttpResponse::Ok().content_type(OPEN_METRICS).body(text),
        Err(_) => HttpResponse::new(StatusCode::INTERNAL_SERVER_ERROR),
    }
}
