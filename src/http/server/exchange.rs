//! The middleware around every request: a request id, no caching, a limit on the head, one line in the log, and a
//! response even if the code fails.

use std::{panic::AssertUnwindSafe, time::Instant};

use actix_web::{
    Error, HttpMessage,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::{
        ConnectionType, Method, StatusCode, Uri,
        header::{self, HeaderMap, HeaderValue},
    },
    middleware::Next,
    web::Data,
};
use futures_util::FutureExt;
use tracing::Instrument;

use super::{
    cors::Sharing,
    expect::Question,
    keep_alive::KeepAlive,
    progress::{Progress, UnderWay},
    summary::{Summary, UNKNOWN_METHOD, standard_method},
};
use crate::{
    http::{
        request::{
            faults::REPEATED,
            request_id::{REQUEST_ID, RequestId},
            trace_parent::TraceParent,
        },
        response::{
            error::{ApiError, ErrorCode, FieldError},
            rate_limit,
        },
        state::AppState,
    },
    metrics::ActiveRequest,
    telemetry::RequestSpan,
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
    let under_way = Progress::begin(&request);
    let keep_alive = KeepAlive::asked_by(&request);
    let id = RequestId::choose(request.headers());
    let sharing = Sharing::with(request.request());
    request.extensions_mut().insert(id.clone());
    let method = method(&request);
    let state = request.app_data::<Data<AppState>>();
    let scheme = state.map_or("http", |state| state.links.own_scheme);
    let metrics = state.map(|state| state.metrics.clone());
    let is_question = request.extensions().contains::<Question>();
    let active = metrics.as_ref().map(|metrics| metrics.begin(is_question));
    let parent = TraceParent::of(request.headers());
    let traced = state.and_then(|state| {
        state
            .traces
            .begin(parent, request.path(), standard_method(method), scheme)
    });
    let span = tracing::info_span!(
        "request",
        request_id = %id.as_str(),
        method,
        trace_id = match &traced {
            Some(traced) => Some(traced.trace_id()),
            None => parent.map(TraceParent::trace_id),
        },
        span_id = traced.as_ref().map(RequestSpan::span_id),
        parent_id = parent.map(TraceParent::parent_id),
    );
    async move {
        let mut route = None;
        let mut response = respond(request, next, &mut route).await;
        let summary = match &mut response {
            Ok(response) => {
                add_headers(response.headers_mut(), &id, &sharing);
                add_rate_limit(response);
                end_connection(response, under_way.as_ref());
                keep_alive.add_to(response);
                Summary::of(route, response)
            }
            Err(error) => Summary::of_error(route, error.code()),
        };
        summary.write(started);
        if let Some(metrics) = &metrics {
            summary.count(metrics, method, scheme, started);
        }
        if let Some(traced) = traced {
            summary.end(traced);
        }
        active.into_iter().for_each(ActiveRequest::end);
        response.map_err(|error| {
            let mut headers = HeaderMap::new();
            add_headers(&mut headers, &id, &sharing);
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

/// Says that the connection closes, if it has to.
fn end_connection(response: &mut ServiceResponse<impl MessageBody>, under_way: Option<&UnderWay>) {
    let is_late = response.status() == StatusCode::REQUEST_TIMEOUT;
    if is_late {
        under_way.into_iter().for_each(UnderWay::close_after_response);
    }
    if is_late || under_way.is_some_and(UnderWay::must_give_way) {
        let head = response.response_mut().head_mut();
        head.set_connection_type(ConnectionType::Close);
    }
}

/// The method for the log; what is no method of HTTP can have any length.
fn method(request: &ServiceRequest) -> &'static str {
    match *request.method() {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => UNKNOWN_METHOD,
    }
}

/// The application's response, or an error of ours if it returns none. Notes the request's `route` as soon as it is known:
/// after a panic, nothing is left that knows it.
async fn respond<B: MessageBody + 'static>(
    mut request: ServiceRequest,
    next: Next<B>,
    route: &mut Option<String>,
) -> Result<ServiceResponse<B>, ApiError> {
    if head_size(&request) > MAX_HEAD {
        return Err(ApiError::new(ErrorCode::HeadersTooLarge));
    }
    check_host(&request)?;
    drop_leading_empty_segments(&mut request);
    *route = request.match_name().map(str::to_owned);
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

/// `//record-lists` is `/record-lists`: some clients join a base URL and a path so (docs/contract.md section 1.2).
fn drop_leading_empty_segments(request: &mut ServiceRequest) {
    let uri = request.uri();
    let path = uri.path();
    let kept = path.trim_start_matches('/');
    if path.len() - kept.len() < 2 {
        return;
    }
    let path = match uri.query() {
        Some(query) => format!("/{kept}?{query}"),
        None => format!("/{kept}"),
    };
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = path.parse().ok();
    if let Ok(uri) = Uri::from_parts(parts) {
        request.match_info_mut().get_mut().update(&uri);
        request.head_mut().uri = uri;
    }
}

/// A host is named once, without a path or user information: with them, a link could lead elsewhere
/// (docs/contract.md section 1.13).
fn check_host(request: &ServiceRequest) -> Result<(), ApiError> {
    let of_target = request.uri().authority();
    let mut hosts = request.headers().get_all(header::HOST);
    let fault = match (hosts.next(), hosts.next()) {
        (Some(_), Some(_)) => REPEATED,
        (Some(host), None) if has_more_than_host(host.as_bytes()) => "must be a host, with or without a port",
        _ if of_target.is_some_and(|host| has_more_than_host(host.as_str().as_bytes())) => {
            "must be a host, with or without a port, as that of the target"
        }
        _ => return Ok(()),
    };
    let field = FieldError {
        name: "Host".to_owned(),
        description: fault.to_owned(),
    };
    Err(ApiError::new(ErrorCode::HeaderInvalid).with_fields(vec![field]))
}

fn has_more_than_host(host: &[u8]) -> bool {
    host.iter().any(|byte| b"/\\@?#".contains(byte))
}

fn add_headers(headers: &mut HeaderMap, id: &RequestId, sharing: &Sharing) {
    sharing.add_to(headers);
    headers.insert(REQUEST_ID, id.header());
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}

/// Says what the account may still send, if that is limited.
fn add_rate_limit(response: &mut ServiceResponse<impl MessageBody>) {
    let allowance = response.request().extensions().get().copied();
    if let Some(allowance) = allowance {
        rate_limit::add_to(response.headers_mut(), allowance);
    }
}

fn head_size(request: &ServiceRequest) -> usize {
    let headers: usize = request
        .headers()
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len())
        .sum();
    headers + request.method().as_str().len() + request.uri().path().len() + request.query_string().len()
}
