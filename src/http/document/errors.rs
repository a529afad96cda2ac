//! The errors of the document.

use std::collections::BTreeMap;

use utoipa::{
    IntoResponses,
    openapi::{
        ContentBuilder, HeaderBuilder, ObjectBuilder, Ref, RefOr, Response, ResponseBuilder, Type,
        example::{Example, ExampleBuilder},
    },
};

use crate::http::response::error::ErrorCode;

/// Errors that every operation may answer with.
pub struct CommonErrors;

/// Errors of an operation that reads and takes parameters.
pub struct QueryErrors;

/// Errors of an operation on a list.
pub struct ListErrors;

/// Errors of an operation that reads a body.
pub struct BodyErrors;

/// Errors of an operation that a limit may forbid.
pub struct LimitErrors;

impl IntoResponses for CommonErrors {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        errors(&[
            ErrorCode::Unauthenticated,
            ErrorCode::TokenInvalid,
            ErrorCode::InsufficientScope,
            ErrorCode::HeadersTooLarge,
            ErrorCode::Internal,
            ErrorCode::DatabaseUnavailable,
        ])
    }
}

impl IntoResponses for QueryErrors {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        errors(&[ErrorCode::QueryInvalid])
    }
}

impl IntoResponses for ListErrors {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        errors(&[ErrorCode::RecordListNotFound])
    }
}

impl IntoResponses for BodyErrors {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        errors(&[
            ErrorCode::BodyMissing,
            ErrorCode::BodyMalformed,
            ErrorCode::ValidationFailed,
            ErrorCode::QueryInvalid,
            ErrorCode::RequestTimeout,
            ErrorCode::BodyTooLarge,
            ErrorCode::UnsupportedMediaType,
            ErrorCode::Overloaded,
            ErrorCode::DatabaseUnavailable,
            ErrorCode::ShuttingDown,
            ErrorCode::OutcomeUnknown,
        ])
    }
}

impl IntoResponses for LimitErrors {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        errors(&[ErrorCode::LimitExceeded])
    }
}

/// One documented answer per status, which names its codes.
fn errors(codes: &[ErrorCode]) -> BTreeMap<String, RefOr<Response>> {
    let mut by_status: BTreeMap<String, Vec<ErrorCode>> = BTreeMap::new();
    for code in codes {
        let status = code.status().as_str().to_owned();
        by_status.entry(status).or_default().push(*code);
    }
    by_status
        .into_iter()
        .map(|(status, codes)| {
            let response = error_response(&status, &codes);
            (status, RefOr::T(response))
        })
        .collect()
}

pub(crate) fn error_response(status: &str, codes: &[ErrorCode]) -> Response {
    let description = codes
        .iter()
        .map(|code| described(*code))
        .collect::<Vec<_>>()
        .join("\n\n");
    let body = ContentBuilder::new()
        .schema(Some(Ref::from_schema_name("Error")))
        .examples_from_iter(codes.iter().map(|code| example(*code)))
        .build();
    let mut response = ResponseBuilder::new()
        .description(description)
        .content("application/json", body)
        .header("X-Request-Id", header("The id of this request."));
    if matches!(status, "401" | "403") {
        response = response.header(
            "WWW-Authenticate",
            header("How to authenticate, and what was wrong (RFC 6750)."),
        );
    }
    if status == "503" {
        response = response.header("Retry-After", header("Seconds until the next try."));
    }
    response.build()
}

pub(crate) fn described(code: ErrorCode) -> String {
    format!("`{}`: {}", code.as_str(), code.message())
}

/// The answer with this code, named by it; its value is the operation's own.
pub(crate) fn example(code: ErrorCode) -> (String, RefOr<Example>) {
    let example = ExampleBuilder::new().summary(code.message()).build();
    (code.as_str().to_owned(), RefOr::T(example))
}

pub(crate) fn header(description: &str) -> utoipa::openapi::Header {
    HeaderBuilder::new()
        .schema(Some(ObjectBuilder::new().schema_type(Type::String)))
        .description(Some(description))
        .build()
}
