//! The middleware around every request: a request id, no caching, a limit on the head, one line in the log, and a
//! response even if the code fails.

use std::{panic::AssertUnwindSafe, time::Instant};

use actix_web::{
    Error, HttpMessage,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::header::{self, HeaderMap, HeaderValue},
    middleware::Next,
};
use futures_util::FutureExt;
use tracing::Instrument;

use super::connection::Progress;
use crate::http::{
    request::request_id::{REQUEST_ID, RequestId},
    response::error::{ApiError, ErrorCode},
};

/// The maximum size of the head of a request, in bytes of names and values. The parser itself stops at 128 KiB and
/// responds without a body.
pub const MAX_HEAD: usize = 64 * 1024;

/// Wraps every request, including those that reach no handler.
pub async fn middleware(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let started = Instant::now();
    let _under_way = Progress::begin(&request);
    let id = RequestId::choose(request.headers());
    request.extensions_mut().insert(id.clone());
    let span = tracing::info_span!("request", id = %id.as_str(), method = %request.method());
    async move {
        let mut response = respond(request, next).await;
        // The pattern of the route, not the path: a path or query can contain a phone number.
        let (route, status) = match &mut response {
            Ok(response) => {
                add_headers(response.headers_mut(), &id);
                (response.request().match_pattern(), response.status())
            }
            Err(error) => (None, error.code().status()),
        };
        tracing::info!(
            route = route.as_deref().unwrap_or("none"),
            status = status.as_u16(),
            milliseconds = started.elapsed().as_secs_f64() * 1_000.0,
            "responded"
        );
        response.map_err(|error| {
            let mut headers = HeaderMap::new();
            add_headers(&mut headers, &id);
            let error = headers
                .drain()
                .filter_map(|(name, value)| Some((name?, value)))
                .fold(error, |error, (name, value)| error.with_header(name, value));
            error.into()
        })
    }
    .instrument(span)
    .await
}

/// The application's response, or an error of ours if it returns none.
async fn respond<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, ApiError> {
    if head_size(&request) > MAX_HEAD {
        return Err(ApiError::new(ErrorCode::HeadersTooLarge));
    }
    match AssertUnwindSafe(next.call(request)).catch_unwind().await {
        Ok(Ok(response)) => Ok(response),
        Ok(Err(error)) => {
            tracing::error!(%error, "the application returned no response");
            Err(ApiError::new(ErrorCode::Internal))
        }
        Err(_) => {
            tracing::error!("a handler panicked");
            Err(ApiError::new(ErrorCode::Internal))
        }
    }
}

fn add_headers(headers: &mut HeaderMap, id: &RequestId) {
    headers.insert(REQUEST_ID, id.header());
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}

fn head_size(request: &ServiceRequest) -> usize {
    let headers: usize = request
        .headers()
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len())
        .sum();
    headers + request.uri().path().len() + request.query_string().len()
}
