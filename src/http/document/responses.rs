//! The responses in the document: error responses, and the headers that responses have in common.

use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use entity::Word;
use utoipa::openapi::{
    ContentBuilder, Header, HeaderBuilder, ObjectBuilder, Ref, RefOr, Response, ResponseBuilder, Type,
    example::ExampleBuilder,
};

use crate::http::response::error::ApiError;

/// One response per status. It names its codes in the order of their table and has an example of each. If several
/// errors have the same code, the first one is the example.
pub(crate) fn of_errors(errors: &[ApiError]) -> BTreeMap<String, RefOr<Response>> {
    let mut by_status: BTreeMap<String, Vec<&ApiError>> = BTreeMap::new();
    for error in errors {
        let status = error.code().status().as_str().to_owned();
        by_status.entry(status).or_default().push(error);
    }
    by_status
        .into_iter()
        .map(|(status, errors)| (status, RefOr::T(response(errors))))
        .collect()
}

fn response(mut errors: Vec<&ApiError>) -> Response {
    errors.sort_by_key(|error| error.code());
    let headers: Vec<_> = errors
        .iter()
        .flat_map(|error| error.headers())
        .filter_map(|(name, _)| described(name.as_str()))
        .collect();
    errors.dedup_by_key(|error| error.code());
    let description = errors
        .iter()
        .map(|error| format!("`{}`: {}", error.code().word(), error.code().message()))
        .collect::<Vec<_>>()
        .join("\n\n");
    let examples = errors.iter().map(|error| {
        let example = ExampleBuilder::new()
            .summary(error.code().message())
            .value(serde_json::to_value(error.body()).ok())
            .build();
        (error.code().word().to_owned(), RefOr::T(example))
    });
    let body = ContentBuilder::new()
        .schema(Some(Ref::from_schema_name("Error")))
        .examples_from_iter(examples)
        .build();
    let response = ResponseBuilder::new()
        .description(description)
        .content("application/json", body)
        .header("X-Request-Id", request_id());
    // Until the scope is checked, nothing is counted.
    let is_counted = errors.iter().all(|error| {
        let uncounted = [
            StatusCode::UNAUTHORIZED,
            StatusCode::FORBIDDEN,
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
        ];
        !uncounted.contains(&error.code().status())
    });
    let limits = is_counted.then(rate_limit).into_iter().flatten();
    headers
        .into_iter()
        .chain(limits)
        .fold(response, |response, (name, header)| response.header(name, header))
        .build()
}

/// Adds the headers that every successful response has, and those that every successful response to a write has.
pub(crate) fn add_headers_to_successes(responses: &mut BTreeMap<String, RefOr<Response>>, is_write: bool) {
    add_to_successes(responses, "X-Request-Id", &request_id());
    for (name, header) in rate_limit() {
        add_to_successes(responses, name, &header);
    }
    if is_write {
        let replayed = "`true` if this is the saved response to an earlier request with the same key.";
        add_to_successes(responses, "Idempotency-Replayed", &header(replayed));
    }
}

/// Adds the header of a response in the form that the request preferred.
pub(crate) fn add_preference_applied(responses: &mut BTreeMap<String, RefOr<Response>>) {
    let applied = "`return=minimal` if the request asked for it by `Prefer`; not sent otherwise.";
    add_to_successes(responses, "Preference-Applied", &header(applied));
}

fn add_to_successes(responses: &mut BTreeMap<String, RefOr<Response>>, name: &str, header: &Header) {
    for (_, success) in responses.iter_mut().filter(|(status, _)| status.starts_with('2')) {
        if let RefOr::T(success) = success {
            success.headers.insert(name.to_owned(), RefOr::T(header.clone()));
        }
    }
}

/// The header that every response has.
fn request_id() -> Header {
    header("The id of this request.")
}

/// The headers that say how many requests the account may send.
fn rate_limit() -> [(&'static str, Header); 2] {
    [
        (
            "RateLimit",
            header(
                "How many requests the account may still send now (`r`), and the seconds (`t`) until it may send all again; sent only if the server limits them.",
            ),
        ),
        (
            "RateLimit-Policy",
            header(
                "How many requests the account may send (`q`) in so many seconds (`w`); sent only if the server limits them.",
            ),
        ),
    ]
}

/// A header of error responses as the document describes it.
fn described(name: &str) -> Option<(&'static str, Header)> {
    match name {
        "www-authenticate" => Some((
            "WWW-Authenticate",
            header("How to authenticate, and what was wrong (RFC 6750)."),
        )),
        "accept-encoding" => Some((
            "Accept-Encoding",
            header("The encodings that the body may have; sent if it had another one."),
        )),
        "accept-patch" => Some(("Accept-Patch", header("The media types of patches that are accepted."))),
        "retry-after" => Some((
            "Retry-After",
            header("Seconds to wait before the next attempt, where waiting helps."),
        )),
        _ => None,
    }
}

/// A header whose value is a string.
pub(crate) fn header(description: &str) -> Header {
    HeaderBuilder::new()
        .schema(Some(ObjectBuilder::new().schema_type(Type::String)))
        .description(Some(description))
        .build()
}
