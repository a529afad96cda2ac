//! The headers of every page, and of every file that belongs to a page.

use actix_web::{
    HttpResponse, HttpResponseBuilder,
    http::header::{self, HeaderName},
};

/// Everything comes from this server, and neither inline scripts nor `eval` are allowed. `data:` allows the images that
/// Swagger UI's style sheet contains.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// For browsers that do not support `frame-ancestors` in the policy.
const FRAME_OPTIONS: HeaderName = HeaderName::from_static("x-frame-options");

/// A response for a browser, still without its body.
pub(crate) fn page(content_type: &str) -> HttpResponseBuilder {
    let mut response = HttpResponse::Ok();
    response
        .content_type(content_type)
        .insert_header((header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY))
        .insert_header((header::REFERRER_POLICY, "no-referrer"))
        .insert_header((FRAME_OPTIONS, "DENY"));
    response
}
