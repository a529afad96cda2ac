//! `GET /metrics` on a listener of its own, for monitoring systems. It needs no token, so it is not on the listener that
//! clients reach.

use std::{io, net::TcpListener, sync::Arc, time::Duration};

use actix_http::{ConnectionType, HttpService, KeepAlive};
use actix_server::{Server, ServerHandle};
use actix_service::{IntoServiceFactory, ServiceFactoryExt, fn_service, map_config};
use actix_web::{
    App, Error, HttpResponse,
    body::MessageBody,
    dev::{AppConfig, ServiceRequest, ServiceResponse},
    http::StatusCode,
    middleware::{self, Next},
    web::{self, Data},
};

use super::{
    admit,
    connection::Connection,
    places::Places,
    progress::{Progress, UnderWay},
};
use crate::{
    http::state::AppState,
    metrics::{BackgroundMetrics, DatabaseMetrics, Exposition, Levels, OPEN_METRICS, Observed},
    store::Opened,
    tls::Tls,
};

/// Connections at once: those of several monitoring systems, beside many that say nothing.
const CONNECTIONS: usize = 64;

/// Open files of the listener, its thread and its connections.
pub const OPEN_FILES: usize = CONNECTIONS + 8;

/// How long the head of a request may take to arrive.
const HEAD_TIMEOUT: Duration = Duration::from_secs(1);

/// Starts to serve the metrics, until the server is stopped. Must be called within an actix system.
pub fn start(
    listener: TcpListener,
    state: &AppState,
    background: BackgroundMetrics,
    of_database: DatabaseMetrics,
    tls: Option<Arc<Tls>>,
) -> io::Result<ServerHandle> {
    tracing::info!(address = %listener.local_addr()?, "serving metrics");
    let exposition = Data::new(exposition_of(state, background, of_database, tls));
    let address = listener.local_addr()?;
    let server = Server::build()
        .workers(1)
        .max_concurrent_connections(CONNECTIONS)
        .disable_signals()
        .listen("metrics", listener, move || {
            let places = Places::new(CONNECTIONS);
            let take = move |stream| admit(stream, None, places.take(), HEAD_TIMEOUT);
            let app = App::new()
                .wrap(middleware::from_fn(once))
                .app_data(exposition.clone())
                .route("/metrics", web::get().to(metrics))
                .route("/metrics", web::head().to(metrics));
            let http = HttpService::build()
                .local_addr(address)
                // `Connection` closes connections itself.
                .keep_alive(KeepAlive::Os)
                .client_request_timeout(HEAD_TIMEOUT)
                .client_disconnect_timeout(HEAD_TIMEOUT)
                .on_connect_ext(|connection: &Connection, data| {
                    data.insert(connection.progress());
                })
                .h1(map_config(app.into_factory(), |()| AppConfig::default()));
            fn_service(take).and_then(http)
        })?
        .run();
    let handle = server.handle();
    actix_rt::spawn(server);
    Ok(handle)
}

/// Closes the connection after the response, whatever its client still sends.
async fn once<B: MessageBody>(request: ServiceRequest, next: Next<B>) -> Result<ServiceResponse<B>, Error> {
    let under_way = Progress::begin(&request);
    under_way.iter().for_each(UnderWay::close_after_response);
    let mut response = next.call(request).await?;
    let head = response.response_mut().head_mut();
    head.set_connection_type(ConnectionType::Close);
    Ok(response)
}

async fn metrics(exposition: Data<Exposition>) -> HttpResponse {
    match exposition.text() {
        Ok(text) => HttpResponse::Ok().content_type(OPEN_METRICS).body(text),
        Err(_) => HttpResponse::new(StatusCode::INTERNAL_SERVER_ERROR),
    }
}

/// What monitoring systems read of a service.
fn exposition_of(
    state: &AppState,
    background: BackgroundMetrics,
    of_database: DatabaseMetrics,
    tls: Option<Arc<Tls>>,
) -> Exposition {
    let (store, lists, memory) = (state.store.clone(), state.lists.clone(), state.memory.clone());
    Exposition::of(Observed {
        requests: state.metrics.clone(),
        transactions: store.metrics().clone(),
        writes: store.write_metrics().clone(),
        background,
        of_database,
        database: match store.opened() {
            Opened::File { .. } => "sqlite",
            Opened::Server { .. } => "postgresql",
        },
        levels: Box::new(move || {
            let (body_bytes, body_bytes_limit) = memory.load();
            let lanes = lists.lane_load();
            let (pool_in_use, pool_limit) = store.pool_load();
            Levels {
                actors: lists.active_lists(),
                waiting_callers: lists.waiting_callers(),
                running_lanes: lanes.running,
                waiting_batches: lanes.waiting,
                body_bytes,
                body_bytes_limit,
                waiting_bodies: memory.waiting(),
                pool_in_use,
                pool_limit,
                certificate_not_after: tls.as_ref().map(|tls| tls.not_after().timestamp().unsigned_abs()),
            }
        }),
    })
}
