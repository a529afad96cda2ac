//! What the errors of the document look like: each example is made by the code that makes the answer, with the faults that
//! the operation itself could find.

use actix_web::http::Method;
use utoipa::openapi::{OpenApi as Document, RefOr, example::Example, path::Operation};

use super::walk::{accepted_scopes, operations_mut};
use crate::domain::LimitExceeded;
use crate::{
    http::{
        record_lists::create::CreateRecordListRequest,
        records::bulks::{create::CheckedBulkCreate, delete_request::BulkDeleteRequest},
        request::{
            body::{Body, malformed, not_json, too_large},
            insufficient_scope,
            json::Json,
        },
        response::error::{ApiError, ErrorCode, FieldError},
    },
    record_list::CommandError,
};

/// A body that ends too early.
const UNFINISHED: &[u8] = b"[";

/// Gives every example of an error its value.
pub(crate) fn fill(document: &mut Document) {
    for (_, operation) in operations_mut(document) {
        let id = operation.operation_id.clone().unwrap_or_default();
        let scopes = accepted_scopes(operation);
        for (code, example) in examples(operation) {
            let code = ErrorCode::ALL
                .into_iter()
                .find(|known| known.as_str() == code);
            let body = code.map(|code| error(&id, scopes, code).body());
            example.value = body.and_then(|body| serde_json::to_value(body).ok());
        }
    }
}

/// The examples of an operation's errors, by their codes.
fn examples(operation: &mut Operation) -> impl Iterator<Item = (&String, &mut Example)> {
    let answers = operation.responses.responses.iter_mut();
    let errors = answers.filter(|(status, _)| !status.starts_with('2'));
    let contents = errors.filter_map(|(_, answer)| match answer {
        RefOr::T(answer) => Some(answer.content.values_mut()),
        RefOr::Ref(_) => None,
    });
    let examples = contents.flatten().filter_map(|content| match content {
        RefOr::T(content) => Some(content.examples.iter_mut()),
        RefOr::Ref(_) => None,
    });
    examples
        .flatten()
        .filter_map(|(code, example)| match example {
            RefOr::T(example) => Some((code, example)),
            RefOr::Ref(_) => None,
        })
}

/// The error with this code, as this operation could answer with it.
fn error(operation: &str, scopes: &[&str], code: ErrorCode) -> ApiError {
    match code {
        ErrorCode::InsufficientScope => insufficient_scope(scopes),
        ErrorCode::BodyMissing if operation == "bulk_delete_records" => {
            let missing = ApiError::new(code);
            match BulkDeleteRequest::missing_hint(&Method::DELETE) {
                Some(hint) => missing.describe(hint),
                None => missing,
            }
        }
        ErrorCode::BodyMalformed => match Json::parse(UNFINISHED) {
            Err(error) => malformed(&error),
            Ok(_) => ApiError::new(code),
        },
        ErrorCode::BodyTooLarge => too_large(match operation {
            "create_record_list" => CreateRecordListRequest::LIMIT,
            "bulk_create_records" => CheckedBulkCreate::LIMIT,
            _ => BulkDeleteRequest::LIMIT,
        }),
        ErrorCode::UnsupportedMediaType => not_json(),
        ErrorCode::ValidationFailed => with_field(code, body_fault(operation)),
        ErrorCode::QueryInvalid => with_field(code, query_fault(operation)),
        ErrorCode::HeaderInvalid => with_field(
            code,
            (
                "Idempotency-Key",
                "must have 1 to 255 printable ASCII characters",
            ),
        ),
        ErrorCode::IdempotencyKeyInUse => CommandError::KeyInUse.into(),
        ErrorCode::IdempotencyKeyReused => CommandError::KeyReused.into(),
        ErrorCode::LimitExceeded => limit_exceeded(operation).into(),
        ErrorCode::OutcomeUnknown => ApiError::outcome_unknown(),
        _ => ApiError::new(code),
    }
}

/// With the limits that hold where none is set.
fn limit_exceeded(operation: &str) -> CommandError {
    let (limit, what) = match operation {
        "create_record_list" => (200, "record lists in an account"),
        _ => (250_000, "records in a record list"),
    };
    CommandError::LimitExceeded(LimitExceeded { limit, what })
}

fn body_fault(operation: &str) -> (&'static str, &'static str) {
    match operation {
        "create_record_list" => ("name", "must have 1 to 120 characters"),
        "bulk_create_records" => ("records", "must have 1 to 100 items, has 0"),
        _ => ("[3].phone_number", "must have 1 to 20 characters"),
    }
}

fn query_fault(operation: &str) -> (&'static str, &'static str) {
    match operation {
        "create_record_list" | "bulk_create_records" => {
            ("dry_run", "is not a parameter of this operation")
        }
        "bulk_delete_records" | "bulk_delete_records_by_post" => {
            ("dry_run", "must be true or false")
        }
        _ => ("per_page", "must be a whole number from 1 to 200"),
    }
}

fn with_field(code: ErrorCode, (name, description): (&str, &str)) -> ApiError {
    ApiError::new(code).with_fields(vec![FieldError {
        name: name.to_owned(),
        description: description.to_owned(),
    }])
}
