//! The errors that callers see: one table of codes, one body, one conversion from what went wrong inside.
//!
//! Below this layer errors are typed per module (`CommandError`, `StoreError`, `TokenError`); handlers pass them on
//! with `?`. A 5xx tells the caller nothing but how to go on; its cause goes to the log here, once.

use std::fmt;

use actix_web::{
    HttpResponse, ResponseError,
    http::{
        StatusCode,
        header::{self, HeaderName, HeaderValue},
    },
};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::{
    record_list::CommandError,
    store::{StoreError, WriteError},
};

/// Why a request failed, as clients read it (api.md section 1, the table of codes).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorCode {
    /// A body is needed and none came.
    BodyMissing,
    /// The body is no JSON text.
    BodyMalformed,
    /// The body is JSON and breaks a rule.
    ValidationFailed,
    /// The query breaks a rule.
    QueryInvalid,
    /// A header breaks a rule.
    HeaderInvalid,
    /// No token came.
    Unauthenticated,
    /// The token does not count.
    TokenInvalid,
    /// The token's scopes do not cover the operation.
    InsufficientScope,
    /// There is no such path.
    NotFound,
    /// The account has no such record list.
    RecordListNotFound,
    /// An identifier matches no record of the list.
    RecordNotFound,
    /// The path has no such method.
    MethodNotAllowed,
    /// The body did not come in time.
    RequestTimeout,
    /// The body is too long.
    BodyTooLarge,
    /// The body is not JSON in UTF-8, or it is compressed.
    UnsupportedMediaType,
    /// The head of the request is too long.
    HeadersTooLarge,
    /// The list has a record like it.
    DuplicateRecord,
    /// The first request with the idempotency key is not answered yet.
    IdempotencyKeyInUse,
    /// A limit on lists or records would be exceeded.
    LimitExceeded,
    /// The idempotency key belongs to another request.
    IdempotencyKeyReused,
    /// A fault of the server.
    Internal,
    /// Too much waits already.
    Overloaded,
    /// The database does not answer.
    DatabaseUnavailable,
    /// The server is about to end.
    ShuttingDown,
    /// Whether the request was carried out could not be learned.
    OutcomeUnknown,
}

impl ErrorCode {
    /// All codes.
    pub const ALL: [Self; 25] = [
        Self::BodyMissing,
        Self::BodyMalformed,
        Self::ValidationFailed,
        Self::QueryInvalid,
        Self::HeaderInvalid,
        Self::Unauthenticated,
        Self::TokenInvalid,
        Self::InsufficientScope,
        Self::NotFound,
        Self::RecordListNotFound,
        Self::RecordNotFound,
        Self::MethodNotAllowed,
        Self::RequestTimeout,
        Self::BodyTooLarge,
        Self::UnsupportedMediaType,
        Self::HeadersTooLarge,
        Self::DuplicateRecord,
        Self::IdempotencyKeyInUse,
        Self::LimitExceeded,
        Self::IdempotencyKeyReused,
        Self::Internal,
        Self::Overloaded,
        Self::DatabaseUnavailable,
        Self::ShuttingDown,
        Self::OutcomeUnknown,
    ];

    /// The table: code string, status, message.
    fn row(self) -> (&'static str, u16, &'static str) {
        match self {
            Self::BodyMissing => ("BODY_MISSING", 400, "The request has no body."),
            Self::BodyMalformed => ("BODY_MALFORMED", 400, "The body is no valid JSON text."),
            Self::ValidationFailed => ("VALIDATION_FAILED", 400, "The body is not valid."),
            Self::QueryInvalid => ("QUERY_INVALID", 400, "The query is not valid."),
            Self::HeaderInvalid => ("HEADER_INVALID", 400, "A header is not valid."),
            Self::Unauthenticated => ("UNAUTHENTICATED", 401, "An access token is needed."),
            Self::TokenInvalid => ("TOKEN_INVALID", 401, "The access token is not valid."),
            Self::InsufficientScope => (
                "INSUFFICIENT_SCOPE",
                403,
                "The access token does not have the scope for this.",
            ),
            Self::NotFound => ("NOT_FOUND", 404, "There is nothing at this path."),
            Self::RecordListNotFound => (
                "RECORD_LIST_NOT_FOUND",
                404,
                "There is no such record list.",
            ),
            Self::RecordNotFound => (
                "RECORD_NOT_FOUND",
                404,
                "No record of the list has this identifier.",
            ),
            Self::MethodNotAllowed => (
                "METHOD_NOT_ALLOWED",
                405,
                "This path does not have this method.",
            ),
            Self::RequestTimeout => (
                "REQUEST_TIMEOUT",
                408,
                "The body of the request did not come in time.",
            ),
            Self::BodyTooLarge => ("BODY_TOO_LARGE", 413, "The body is too long."),
            Self::UnsupportedMediaType => (
                "UNSUPPORTED_MEDIA_TYPE",
                415,
                "The body must be JSON in UTF-8, not compressed.",
            ),
            Self::HeadersTooLarge => (
                "HEADERS_TOO_LARGE",
                431,
                "The headers of the request are too long.",
            ),
            Self::DuplicateRecord => (
                "DUPLICATE_RECORD",
                409,
                "The list has a record with this identifier.",
            ),
            Self::IdempotencyKeyInUse => (
                "IDEMPOTENCY_KEY_IN_USE",
                409,
                "The first request with this idempotency key is not answered yet.",
            ),
            Self::LimitExceeded => ("LIMIT_EXCEEDED", 422, "A limit would be exceeded."),
            Self::IdempotencyKeyReused => (
                "IDEMPOTENCY_KEY_REUSED",
                422,
                "This idempotency key was used for another request.",
            ),
            Self::Internal => ("INTERNAL", 500, "The server failed."),
            Self::Overloaded => (
                "OVERLOADED",
                503,
                "Too many requests wait. Nothing was done; try again.",
            ),
            Self::DatabaseUnavailable => (
                "DATABASE_UNAVAILABLE",
                503,
                "The database does not answer. Nothing was done; try again.",
            ),
            Self::ShuttingDown => (
                "SHUTTING_DOWN",
                503,
                "The server is stopping. Nothing was done; try again.",
            ),
            Self::OutcomeUnknown => (
                "OUTCOME_UNKNOWN",
                503,
                "Whether the request was carried out could not be learned.",
            ),
        }
    }

    /// The code as clients read it.
    pub fn as_str(self) -> &'static str {
        self.row().0
    }

    /// The status that goes with it.
    pub fn status(self) -> StatusCode {
        StatusCode::from_u16(self.row().1).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// The sentence that goes with it.
    pub fn message(self) -> &'static str {
        self.row().2
    }

    /// A body with it, for the document.
    pub fn example(self) -> Value {
        let mut body = json!({"code": self.as_str(), "message": self.message()});
        let fault = match self {
            Self::ValidationFailed => Some(("[3].phone_number", "must have 1 to 20 characters")),
            Self::QueryInvalid => Some(("dry_run", "must be true or false")),
            Self::HeaderInvalid => Some((
                "Idempotency-Key",
                "must have 1 to 255 printable ASCII characters",
            )),
            _ => None,
        };
        if let Some((name, description)) = fault {
            body["fields"] = json!([{"name": name, "description": description}]);
        }
        body
    }
}

/// One fault in a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldError {
    /// Where it is: `[3].phone_number` in an array, `page` in a query, `$` for the body itself (api.md section 1).
    #[schema(examples("[3].phone_number"))]
    pub name: String,
    /// What is wrong there.
    #[schema(examples("must have 1 to 20 characters"))]
    pub description: String,
}

/// The body of every error (api.md section 1, "Errors").
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(
    as = Error,
    // Without `description`, which such an error has not.
    examples(json!({
        "code": "VALIDATION_FAILED",
        "message": "The body is not valid.",
        "fields": [{"name": "[3].phone_number", "description": "must have 1 to 20 characters"}],
    }))
)]
pub struct ErrorBody {
    /// What went wrong, for programs. New codes may come. Known codes: BODY_MISSING, BODY_MALFORMED,
    /// VALIDATION_FAILED, QUERY_INVALID, HEADER_INVALID, UNAUTHENTICATED, TOKEN_INVALID, INSUFFICIENT_SCOPE,
    /// NOT_FOUND, RECORD_LIST_NOT_FOUND, RECORD_NOT_FOUND, METHOD_NOT_ALLOWED, REQUEST_TIMEOUT, BODY_TOO_LARGE,
    /// UNSUPPORTED_MEDIA_TYPE, HEADERS_TOO_LARGE, DUPLICATE_RECORD, IDEMPOTENCY_KEY_IN_USE, LIMIT_EXCEEDED,
    /// IDEMPOTENCY_KEY_REUSED, INTERNAL, OVERLOADED, DATABASE_UNAVAILABLE, SHUTTING_DOWN, OUTCOME_UNKNOWN.
    #[schema(examples("VALIDATION_FAILED"))]
    pub code: String,
    /// What went wrong, for people.
    #[schema(examples("The body is not valid."))]
    pub message: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub description: Option<String>,
    /// All faults of the request.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub fields: Vec<FieldError>,
}

/// An error on its way to the caller.
#[derive(Clone, Debug)]
pub struct ApiError {
    code: ErrorCode,
    description: Option<String>,
    fields: Vec<FieldError>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl ApiError {
    /// An error with the code's own message.
    pub fn new(code: ErrorCode) -> Self {
        Self {
            code,
            description: None,
            fields: Vec::new(),
            headers: Vec::new(),
        }
    }

    /// Adds a sentence that says what to do.
    pub fn describe(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// Adds the faults.
    pub fn with_fields(mut self, fields: Vec<FieldError>) -> Self {
        self.fields = fields;
        self
    }

    /// Adds a header to the answer.
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// The code.
    pub fn code(&self) -> ErrorCode {
        self.code
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code.as_str())
    }
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        self.code.status()
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.code.status());
        if self.code.status() == StatusCode::SERVICE_UNAVAILABLE {
            response.insert_header((header::RETRY_AFTER, HeaderValue::from_static("1")));
        }
        for header in &self.headers {
            response.append_header(header.clone());
        }
        response.json(ErrorBody {
            code: self.code.as_str().to_owned(),
            message: self.code.message().to_owned(),
            description: self.description.clone(),
            fields: self.fields.clone(),
        })
    }
}

impl From<CommandError> for ApiError {
    fn from(error: CommandError) -> Self {
        match error {
            CommandError::ListNotFound => Self::new(ErrorCode::RecordListNotFound),
            CommandError::LimitExceeded { limit, what } => Self::new(ErrorCode::LimitExceeded)
                .describe(format!("At most {limit} {what} are allowed.")),
            CommandError::KeyInUse => Self::new(ErrorCode::IdempotencyKeyInUse)
                .describe("Wait and send it again: the same request is answered as the first, another one is refused.")
                .with_header(header::RETRY_AFTER, HeaderValue::from_static("1")),
            CommandError::KeyReused => Self::new(ErrorCode::IdempotencyKeyReused)
                .describe("Nothing was done. A new request needs a new key."),
            CommandError::Overloaded => Self::new(ErrorCode::Overloaded),
            CommandError::ShuttingDown => Self::new(ErrorCode::ShuttingDown),
            CommandError::Store(error) => error.into(),
        }
    }
}

impl From<WriteError> for ApiError {
    fn from(error: WriteError) -> Self {
        CommandError::from(error).into()
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match &error {
            StoreError::Unavailable(_) | StoreError::Blocked(_) | StoreError::ReadOnly => {
                tracing::warn!(%error, "a request could not be served");
                Self::new(ErrorCode::DatabaseUnavailable)
            }
            StoreError::OutcomeUnknown(_) => {
                tracing::error!(%error, "a request may or may not have been carried out");
                Self::new(ErrorCode::OutcomeUnknown)
                    .describe(
                        "It may have been carried out, or may still be. Send it again with the same Idempotency-Key; \
                         without one, new records can be made twice.",
                    )
            }
            StoreError::Data(_) | StoreError::Bug(_) => {
                tracing::error!(%error, "a request failed");
                Self::new(ErrorCode::Internal)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_names_every_code() {
        let schema =
            serde_json::to_string(&<ErrorBody as utoipa::PartialSchema>::schema()).unwrap();
        for code in ErrorCode::ALL {
            assert!(schema.contains(code.as_str()), "{}", code.as_str());
        }
    }
}
