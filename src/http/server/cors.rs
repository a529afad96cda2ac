//! Cross-origin resource sharing: which web pages of other origins may read responses (docs/contract.md section 1.4).

use actix_web::{
    HttpRequest,
    http::header::{self, HeaderMap, HeaderValue},
};

use crate::http::state::AppState;

/// The headers that a page may send.
const ALLOWED_HEADERS: &str = "authorization, content-type, idempotency-key, prefer, traceparent, x-request-id";

/// The headers that a page may read.
const EXPOSED_HEADERS: &str = "location, operation-id, x-request-id, retry-after, idempotency-replayed, dry-run, \
                               preference-applied, ratelimit, ratelimit-policy";

/// How long a browser may use the response to a preflight request, in seconds.
const MAX_AGE: &str = "600";

/// What a response says to the page that sent the request.
pub(crate) struct Sharing {
    is_configured: bool,
    origin: Option<HeaderValue>,
}

impl Sharing {
    /// What is said to the page that sent this request, if any page did.
    pub(crate) fn with(request: &HttpRequest) -> Self {
        let origins = AppState::of(request).map_or(&[][..], |state| &state.cors_origins);
        let mut sent = request.headers().get_all(header::ORIGIN);
        let origin = match (sent.next(), sent.next()) {
            (Some(only), None) => Some(only),
            _ => None,
        };
        let is_allowed = |sent: &&HeaderValue| {
            origins
                .iter()
                .any(|origin| origin.as_str().as_bytes() == sent.as_bytes())
        };
        Self {
            is_configured: !origins.is_empty(),
            origin: origin.filter(is_allowed).cloned(),
        }
    }

    /// Adds the headers that every response has.
    pub(crate) fn add_to(&self, headers: &mut HeaderMap) {
        if self.is_configured {
            headers.append(header::VARY, HeaderValue::from_static("Origin"));
        }
        if let Some(origin) = &self.origin {
            let exposed = HeaderValue::from_static(EXPOSED_HEADERS);
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
            headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
        }
    }

    /// Adds what a preflight request asks for: which methods and headers a page may use.
    pub(crate) fn add_to_preflight(&self, request: &HttpRequest, allow: &HeaderValue, headers: &mut HeaderMap) {
        let is_preflight = request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
        if self.origin.is_some() && is_preflight {
            headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, allow.clone());
            let allowed = HeaderValue::from_static(ALLOWED_HEADERS);
            headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, allowed);
            headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static(MAX_AGE));
        }
    }
}
