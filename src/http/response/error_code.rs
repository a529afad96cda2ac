//! The codes of errors: one table with the status and the sentence of each.

use actix_web::http::StatusCode;
use utoipa::openapi::{ObjectBuilder, RefOr, Schema, Type};

/// Makes the codes of a table: variant, code as clients read it, status, message.
macro_rules! error_codes {
    ($($(#[doc = $doc:literal])+ $variant:ident = $code:literal, $status:literal, $message:literal;)+) => {
        /// Why a request failed, as clients read it (api.md section 1, the table of codes).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum ErrorCode {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl ErrorCode {
            /// All codes, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

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
    /// A body is needed and none came.
    BodyMissing = "BODY_MISSING", 400, "The request has no body.";
    /// The body is no JSON text.
    BodyMalformed = "BODY_MALFORMED", 400, "The body is no valid JSON text.";
    /// The body is JSON and breaks a rule.
    ValidationFailed = "VALIDATION_FAILED", 400, "The body is not valid.";
    /// The query breaks a rule.
    QueryInvalid = "QUERY_INVALID", 400, "The query is not valid.";
    /// A header breaks a rule.
    HeaderInvalid = "HEADER_INVALID", 400, "A header is not valid.";
    /// No token came.
    Unauthenticated = "UNAUTHENTICATED", 401, "An access token is needed.";
    /// The token does not count.
    TokenInvalid = "TOKEN_INVALID", 401, "The access token is not valid.";
    /// The token's scopes do not cover the operation.
    InsufficientScope = "INSUFFICIENT_SCOPE", 403, "The access token does not have the scope for this.";
    /// There is no such path.
    NotFound = "NOT_FOUND", 404, "There is nothing at this path.";
    /// The account has no such record list.
    RecordListNotFound = "RECORD_LIST_NOT_FOUND", 404, "There is no such record list.";
    /// An identifier matches no record of the list.
    RecordNotFound = "RECORD_NOT_FOUND", 404, "No record of the list has this identifier.";
    /// The path has no such method.
    MethodNotAllowed = "METHOD_NOT_ALLOWED", 405, "This path does not have this method.";
    /// The body did not come in time.
    RequestTimeout = "REQUEST_TIMEOUT", 408, "The body of the request did not come in time.";
    /// The body is too long.
    BodyTooLarge = "BODY_TOO_LARGE", 413, "The body is too long.";
    /// The body is not JSON in UTF-8, or it is compressed.
    UnsupportedMediaType = "UNSUPPORTED_MEDIA_TYPE", 415, "The body must be JSON in UTF-8, not compressed.";
    /// The head of the request is too long.
    HeadersTooLarge = "HEADERS_TOO_LARGE", 431, "The headers of the request are too long.";
    /// The list has a record like it.
    DuplicateRecord = "DUPLICATE_RECORD", 409, "The list has a record with this identifier.";
    /// The first request with the idempotency key is not answered yet.
    IdempotencyKeyInUse = "IDEMPOTENCY_KEY_IN_USE", 409, "The first request with this idempotency key is not answered yet.";
    /// A limit on lists or records would be exceeded.
    LimitExceeded = "LIMIT_EXCEEDED", 422, "A limit would be exceeded.";
    /// The idempotency key belongs to another request.
    IdempotencyKeyReused = "IDEMPOTENCY_KEY_REUSED", 422, "This idempotency key was used for another request.";
    /// A fault of the server.
    Internal = "INTERNAL", 500, "The server failed.";
    /// Too much waits already.
    Overloaded = "OVERLOADED", 503, "Too many requests wait. Nothing was done; try again.";
    /// The database does not answer.
    DatabaseUnavailable = "DATABASE_UNAVAILABLE", 503, "The database does not answer. Nothing was done; try again.";
    /// The server is about to end.
    ShuttingDown = "SHUTTING_DOWN", 503, "The server is stopping. Nothing was done; try again.";
    /// Whether the request was carried out could not be learned.
    OutcomeUnknown = "OUTCOME_UNKNOWN", 503, "Whether the request was carried out could not be learned.";
}

impl ErrorCode {
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

/// Characters in a line of the codes' description.
const LINE: usize = 110;

/// The schema of a code: an open text whose description names the codes of the table.
pub(crate) fn schema() -> RefOr<Schema> {
    let mut lines = vec!["What went wrong, for programs. New codes may come. Known codes:".to_owned()];
    for (place, code) in (1..).zip(ErrorCode::ALL) {
        let end = if place == ErrorCode::ALL.len() { '.' } else { ',' };
        let word = format!("{}{end}", code.as_str());
        match lines.last_mut() {
            Some(line) if line.len() + 1 + word.len() <= LINE => {
                line.push(' ');
                line.push_str(&word);
            }
            _ => lines.push(word),
        }
    }
    ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some(lines.join("\n")))
        .examples(["VALIDATION_FAILED"])
        .into()
}
