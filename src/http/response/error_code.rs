//! The error codes: one table with the status and the message of each.

use actix_web::http::StatusCode;
use entity::Word;
use serde::{Serialize, Serializer};
use utoipa::openapi::{RefOr, Schema};

use crate::http::schema::{WireType, known, open};

/// Defines the codes from a table: variant, code string, status, message.
macro_rules! error_codes {
    ($($(#[doc = $doc:literal])+ $variant:ident = $code:literal, $status:literal, $message:literal;)+) => {
        /// Why a request failed, as a code for clients (docs/contract.md section 1.15).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum ErrorCode {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl Word for ErrorCode {
            const ABOUT: &'static [&'static str] = &["Why a request failed."];
            const ALL: &'static [Self] = &[$(Self::$variant),+];

            fn word(self) -> &'static str {
                self.row().0
            }
        }

        impl ErrorCode {
            /// The table: code string, status, message.
            fn row(self) -> (&'static str, u16, &'static str) {
                match self {
                    $(Self::$variant => ($code, $status, $message),)+
                }
            }
        }
    };
}

error_codes! {
    /// The operation requires a body, and the request has none.
    BodyMissing = "BODY_MISSING", 400, "The request has no body.";
    /// The body is not JSON.
    BodyMalformed = "BODY_MALFORMED", 400, "The body is not valid JSON.";
    /// The body is JSON and breaks a rule.
    ValidationFailed = "VALIDATION_FAILED", 400, "The body is not valid.";
    /// The query breaks a rule.
    QueryInvalid = "QUERY_INVALID", 400, "The query is not valid.";
    /// A header breaks a rule.
    HeaderInvalid = "HEADER_INVALID", 400, "A header is not valid.";
    /// No token was sent.
    Unauthenticated = "UNAUTHENTICATED", 401, "An access token is required.";
    /// The token is not valid.
    TokenInvalid = "TOKEN_INVALID", 401, "The access token is not valid.";
    /// The token's scopes do not allow the operation.
    InsufficientScope = "INSUFFICIENT_SCOPE", 403, "The access token does not have the required scope.";
    /// The path does not exist.
    NotFound = "NOT_FOUND", 404, "Nothing was found at this path.";
    /// The account has no such record list.
    RecordListNotFound = "RECORD_LIST_NOT_FOUND", 404, "The record list was not found.";
    /// An identifier matches no record of the list.
    RecordNotFound = "RECORD_NOT_FOUND", 404, "No record of the list matches this identifier.";
    /// The path does not have this method.
    MethodNotAllowed = "METHOD_NOT_ALLOWED", 405, "The method is not allowed for this path.";
    /// A condition of the request is not met.
    PreconditionFailed = "PRECONDITION_FAILED", 412, "A precondition of the request failed. Nothing was done.";
    /// The body did not arrive in time.
    RequestTimeout = "REQUEST_TIMEOUT", 408, "The request body did not arrive in time.";
    /// The body is too large.
    BodyTooLarge = "BODY_TOO_LARGE", 413, "The body is too large.";
    /// The body is not JSON in UTF-8, or is compressed.
    UnsupportedMediaType = "UNSUPPORTED_MEDIA_TYPE", 415, "The body must be uncompressed JSON in UTF-8.";
    /// The account has used up its own share.
    RateLimited = "RATE_LIMITED", 429, "The account's share of the service is used up. Nothing was done; try again.";
    /// The head of the request is too large.
    HeadersTooLarge = "HEADERS_TOO_LARGE", 431, "The request headers are too large.";
    /// The record would break the uniqueness of its list.
    DuplicateRecord = "DUPLICATE_RECORD", 409, "The list already has a record with this identifier. Nothing was done.";
    /// The state of the record list or record does not allow the operation.
    Conflict = "CONFLICT", 409, "The state of the resource does not allow this. Nothing was done.";
    /// A `test` of a JSON Patch found another value.
    PatchTestFailed = "PATCH_TEST_FAILED", 409, "A test of the patch failed. Nothing was done.";
    /// The first request with the idempotency key has no response yet.
    IdempotencyKeyInUse = "IDEMPOTENCY_KEY_IN_USE", 409, "The first request with this idempotency key is still being processed.";
    /// A limit on lists or records would be exceeded.
    LimitExceeded = "LIMIT_EXCEEDED", 422, "A limit would be exceeded.";
    /// A JSON Patch names a place that does not exist in the record.
    PatchNotApplicable = "PATCH_NOT_APPLICABLE", 422, "The patch does not fit the record. Nothing was done.";
    /// The idempotency key belongs to a different request.
    IdempotencyKeyReused = "IDEMPOTENCY_KEY_REUSED", 422, "This idempotency key was used for a different request.";
    /// An internal error.
    Internal = "INTERNAL", 500, "An internal error occurred.";
    /// The database is damaged. An operator must act.
    DatabaseDamaged = "DATABASE_DAMAGED", 500, "The database is damaged. Nothing was done. The operator of the service must repair or restore it.";
    /// Too many requests are waiting.
    Overloaded = "OVERLOADED", 503, "Too many requests are waiting. Nothing was done; try again.";
    /// The database is not available.
    DatabaseUnavailable = "DATABASE_UNAVAILABLE", 503, "The database is not available. Nothing was done; try again.";
    /// A key for the token may exist, but could not be read yet.
    KeysUnavailable = "KEYS_UNAVAILABLE", 503, "The keys that verify access tokens could not be read yet. Nothing was done; try again.";
    /// The server is about to stop.
    ShuttingDown = "SHUTTING_DOWN", 503, "The server is shutting down. Nothing was done; try again.";
    /// It is unknown whether the request was carried out.
    OutcomeUnknown = "OUTCOME_UNKNOWN", 503, "It could not be determined whether the request was carried out.";
}

impl ErrorCode {
    /// The status of a response with this code.
    pub fn status(self) -> StatusCode {
        StatusCode::from_u16(self.row().1).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// The message for people.
    pub fn message(self) -> &'static str {
        self.row().2
    }
}

impl Serialize for ErrorCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.word())
    }
}

impl WireType for ErrorCode {
    fn schema() -> RefOr<Schema> {
        open::<Self>()
    }

    fn note() -> Option<String> {
        Some(known::<Self>("codes"))
    }
}
