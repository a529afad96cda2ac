//! The headers that say how many requests an account may send (docs/contract.md section 1.7), in the form of the IETF's
//! draft "RateLimit header fields for HTTP".

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};

use crate::shares::Allowance;

/// What may be sent, and in how many seconds.
pub(crate) const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// What may still be sent, and in how many seconds there is more.
pub(crate) const LIMIT: HeaderName = HeaderName::from_static("ratelimit");

/// The window of every quota, in seconds.
const WINDOW: u32 = 1;

/// Says what the account of a request may still send.
pub(crate) fn add_to(headers: &mut HeaderMap, allowance: Allowance) {
    let Allowance { quota, left } = allowance;
    let policy = format!("\"account\";q={quota};w={WINDOW}");
    let limit = format!("\"account\";r={};t={WINDOW}", left.unwrap_or(0));
    for (name, value) in [(POLICY, policy), (LIMIT, limit)] {
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.insert(name, value);
        }
    }
}
