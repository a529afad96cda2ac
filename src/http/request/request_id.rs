//! The id of a request, which appears in its response, the log and the audit trail.

use actix_web::{
    HttpMessage, HttpRequest,
    http::header::{HeaderMap, HeaderName, HeaderValue},
};

/// The header that contains it.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The maximum length of an id that is kept.
pub const MAX_LENGTH: usize = 64;

/// The id of a request, which appears in its response, the log and the audit trail.
#[derive(Clone, Debug)]
pub struct RequestId(String);

impl RequestId {
    /// The id that was assigned to the request.
    pub fn of(request: &HttpRequest) -> String {
        request
            .extensions()
            .get::<Self>()
            .map(|id| id.0.clone())
            .unwrap_or_default()
    }

    /// The id that was sent, if it is well formed and the only one; otherwise a new one.
    pub(crate) fn choose(headers: &HeaderMap) -> Self {
        let mut sent = headers.get_all(&REQUEST_ID);
        let only = sent.next().filter(|_| sent.next().is_none());
        let kept = only.and_then(|id| id.to_str().ok()).filter(|id| is_well_formed(id));
        Self(kept.map_or_else(|| crate::clock::new_id().to_string(), str::to_owned))
    }

    /// The id as text.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn header(&self) -> HeaderValue {
        HeaderValue::from_str(&self.0).unwrap_or(HeaderValue::from_static("unknown"))
    }
}

fn is_well_formed(id: &str) -> bool {
    id.len() <= MAX_LENGTH && !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_id_is_kept_when_it_is_harmless() {
        for (id, expected) in [
            ("a", true),
            ("A-b_c.9", true),
            ("", false),
            ("a b", false),
            ("a\"b", false),
            (&"x".repeat(64), true),
            (&"x".repeat(65), false),
        ] {
            assert_eq!(is_well_formed(id), expected, "{id}");
        }
    }
}
