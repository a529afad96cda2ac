//! Cross-origin resource sharing: which web pages of other origins may read responses (docs/contract.md section 1.4).

use std::str::FromStr;

use actix_web::{
    HttpRequest,
    http::header::{self, HeaderMap, HeaderValue},
};
use serde::{Deserialize, Serialize};
use thiserror::Error;
use url::Url;

use crate::http::state::AppState;

/// The headers that a page may send.
const ALLOWED_HEADERS: &str = "authorization, content-type, idempotency-key, prefer, x-request-id";

/// The headers that a page may read.
const EXPOSED_HEADERS: &str = "location, operation-id, x-request-id, retry-after, idempotency-replayed, dry-run, \
                               preference-applied, ratelimit, ratelimit-policy";

/// How long a browser may use the response to a preflight request, in seconds.
const MAX_AGE: &str = "600";

/// The origin of a web page, as browsers send it: scheme and host, and the port unless it is the scheme's default.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Origin(String);

/// A text is not an origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("an origin has a scheme, a host and maybe a port, such as https://app.example.com, and nothing else")]
pub struct NotAnOrigin;

impl FromStr for Origin {
    type Err = NotAnOrigin;

    fn from_str(text: &str) -> Result<Self, NotAnOrigin> {
        let url = Url::parse(text).map_err(|_| NotAnOrigin)?;
        let host = url.host_str().filter(|host| !host.is_empty() && !host.contains('*'));
        let has_more = !matches!(url.path(), "" | "/")
            || url.query().is_some()
            || url.fragment().is_some()
            || !url.username().is_empty()
            || url.password().is_some();
        let (Some(host), false) = (host, has_more) else {
            return Err(NotAnOrigin);
        };
        // Schemes of apps and extensions have no origin in the library.
        let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
        Ok(Self(format!("{}://{host}{port}", url.scheme())))
    }
}

impl TryFrom<String> for Origin {
    type Error = NotAnOrigin;

    fn try_from(text: String) -> Result<Self, NotAnOrigin> {
        text.parse()
    }
}

impl From<Origin> for String {
    fn from(origin: Origin) -> Self {
        origin.0
    }
}

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
        let is_allowed = |sent: &&HeaderValue| origins.iter().any(|origin| origin.0.as_bytes() == sent.as_bytes());
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_what_browsers_send() {
        for (text, origin) in [
            ("https://app.example.com", "https://app.example.com"),
            ("https://APP.example.com:443/", "https://app.example.com"),
            ("http://localhost:5173", "http://localhost:5173"),
            ("http://[::1]:3000", "http://[::1]:3000"),
            ("https://b\u{fc}ro.example", "https://xn--bro-hoa.example"),
            (
                "chrome-extension://abcdefghijklmnop",
                "chrome-extension://abcdefghijklmnop",
            ),
            ("tauri://localhost", "tauri://localhost"),
        ] {
            assert_eq!(text.parse(), Ok(Origin(origin.to_owned())), "{text}");
        }
        for text in [
            "",
            "*",
            "null",
            "app.example.com",
            "https://",
            "https://*.example.com",
            "https://a.example/path",
            "https://a.example?x",
            "https://a.example#x",
            "https://user@a.example",
            "file:///x",
            "data:x",
        ] {
            assert_eq!(text.parse::<Origin>(), Err(NotAnOrigin), "{text}");
        }
    }
}
