//! The state of the application, available to every request.

use std::{sync::Arc, time::Duration};

use actix_web::{HttpRequest, web};

use super::{
    document::access::TokenSources,
    request::body::parsing::ParsingGate,
    response::{
        error::{ApiError, ErrorCode},
        format::WireFormat,
        links::LinkSettings,
        origin::Origin,
    },
};
use crate::{
    auth::Authenticator,
    authorization_server::AuthorizationServer,
    demo::DemoTokens,
    heartbeat::Heartbeat,
    metrics::RequestMetrics,
    record_list::Registry,
    shares::{Memory, Rate},
    store::Store,
    telemetry::Traces,
};

/// What handlers work with.
#[derive(Clone)]
pub struct AppState {
    /// Validates access tokens.
    pub authenticator: Arc<Authenticator>,
    /// Issues tokens of the service's own, and validates them; `None` if it issues none.
    pub authorization_server: Option<Arc<AuthorizationServer>>,
    /// Issues tokens for the demo account; only on a development start.
    pub demo_tokens: Option<Arc<DemoTokens>>,
    /// Where the tokens of callers come from, for the texts of the pages.
    pub token_sources: TokenSources,
    /// Counts requests.
    pub metrics: RequestMetrics,
    /// Where the spans of requests go.
    pub traces: Traces,
    /// The heartbeat of all threads.
    pub heartbeat: Heartbeat,
    /// The store, for reads.
    pub store: Store,
    /// The registry of lists, for writes.
    pub lists: Registry,
    /// How many requests accounts may send.
    pub rate: Rate,
    /// The memory for bodies.
    pub memory: Memory,
    /// The gate before the parsing of large bodies.
    pub parsing: ParsingGate,
    /// What links start with.
    pub links: LinkSettings,
    /// The origins whose pages may read responses.
    pub cors_origins: Vec<Origin>,
    /// Which members responses have.
    pub wire_format: WireFormat,
    /// How long a request body may take to arrive.
    pub body_timeout: Duration,
    /// How long a request waits for room for its body, or for that of its response.
    pub queue_timeout: Duration,
}

impl AppState {
    /// The state of the application that serves the request.
    pub fn of(request: &HttpRequest) -> Result<&web::Data<Self>, ApiError> {
        request.app_data().ok_or_else(|| ApiError::new(ErrorCode::Internal))
    }
}
