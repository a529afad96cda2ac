//! The codes of errors: one table with the status and the sentence of each.

use actix_web::http::StatusCode;

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
}
