//! The errors that callers see: one body for all of them, and the conversions from internal errors.
//!
//! Below this layer each module has its own error type (`CommandError`, `StoreError`, `TokenError`), which handlers
//! pass on with `?`. A 5xx response says only how to proceed; its cause is logged here, once.

use std::fmt;

pub use super::error_code::ErrorCode;
use crate::{
    domain::{ExtraDataFault, LimitExceeded, Refusal, Rejection, UniqueIdentifierType},
    http::schema::{Items, object::response},
    record_list::CommandError,
    store::{ReadError, StoreError},
};
use actix_web::{
    HttpResponse, ResponseError,
    http::{
        StatusCode,
        header::{self, HeaderName, HeaderValue},
    },
};
use entity::Word;

response! {
    /// One fault in a request.
    #[derive(Debug, PartialEq, Eq)]
    pub struct FieldError as "FieldError" {
        /// Where the fault is: `[3].phone_number` in an array, `page` in a query, `$` for the body itself.
        #[example("[3].phone_number")]
        name: String,
        /// What is wrong there.
        #[example("must have 1 to 64 characters")]
        description: String,
    }
}

/// The maximum number of faults that a response lists (docs/contract.md section 1.15).
pub const MAX_FIELDS: usize = 100;

response! {
    /// The body of every error.
    #[derive(Debug, PartialEq, Eq)]
    pub struct ErrorBody as "Error" {
        /// What went wrong, as a code for programs.
        #[example("VALIDATION_FAILED")]
        code: ErrorCode,
        /// What went wrong, as a text for people.
        #[example("The body is not valid.")]
        message: String,
        /// What to do about it, or how many faults are not listed.
        description: Option<String>,
        /// The faults in the request, at most 100.
        fields: Option<Items<FieldError, 1, MAX_FIELDS>>,
    }
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

    /// Adds a header to the response.
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// The code.
    pub fn code(&self) -> ErrorCode {
        self.code
    }

    /// The headers of the response, in addition to those that every response has.
    pub fn headers(&self) -> impl Iterator<Item = (HeaderName, HeaderValue)> {
        let status = self.code.status();
        let is_temporary = matches!(status, StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS);
        let is_known = self.headers.iter().any(|(name, _)| name == header::RETRY_AFTER);
        let retry = (is_temporary && !is_known).then_some((header::RETRY_AFTER, HeaderValue::from_static("1")));
        retry.into_iter().chain(self.headers.iter().cloned())
    }

    /// The body of the response.
    pub fn body(&self) -> ErrorBody {
        ErrorBody {
            code: self.code,
            message: self.code.message().to_owned(),
            description: self.description.clone(),
            fields: (!self.fields.is_empty()).then(|| Items::of(self.fields.clone())),
        }
    }

    /// The error for a request whose outcome is unknown.
    pub fn outcome_unknown() -> Self {
        Self::new(ErrorCode::OutcomeUnknown).describe(
            "The request may have been carried out, or may still be. Send it again with the same Idempotency-Key; \
             without a key, records could be created twice.",
        )
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code.word())
    }
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        self.code.status()
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.code.status());
        for header in self.headers() {
            response.append_header(header);
        }
        let mut response = response.json(self.body());
        // For what counts the errors.
        response.extensions_mut().insert(self.code);
        response
    }
}

impl From<CommandError> for ApiError {
    fn from(error: CommandError) -> Self {
        match error {
            CommandError::ListNotFound => Self::new(ErrorCode::RecordListNotFound),
            CommandError::RecordNotFound => Self::new(ErrorCode::RecordNotFound),
            CommandError::LimitExceeded(LimitExceeded { limit, what }) => {
                Self::new(ErrorCode::LimitExceeded).describe(format!("At most {limit} {what} are allowed."))
            }
            CommandError::NoFileWaiting => {
                Self::new(ErrorCode::Conflict).describe("No file of the record list is waiting to be handed over.")
            }
            CommandError::Refused(refusal) => refusal.into(),
            CommandError::KeyInUse => Self::new(ErrorCode::IdempotencyKeyInUse)
                .describe("Wait and send it again. The same request gets the first response; another one is rejected.")
                .with_header(header::RETRY_AFTER, HeaderValue::from_static("1")),
            CommandError::KeyReused => {
                Self::new(ErrorCode::IdempotencyKeyReused).describe("Nothing was done. A new request needs a new key.")
            }
            CommandError::RateLimited => Self::new(ErrorCode::RateLimited),
            CommandError::SavedResponsesFull => Self::new(ErrorCode::RateLimited)
                .describe(
                    "The responses that are kept for repeated requests fill the account's share. Each is kept for 24 hours. \
                     A request that was carried out before still gets its response.",
                )
                .with_header(header::RETRY_AFTER, HeaderValue::from_static("60")),
            CommandError::Overloaded => Self::new(ErrorCode::Overloaded),
            CommandError::ShuttingDown => Self::new(ErrorCode::ShuttingDown),
            CommandError::Store(error) => error.into(),
        }
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Rejected(Rejection::PhoneNumbersTaken(_)) => Self::new(ErrorCode::DuplicateRecord)
                .describe("Another record of the list has one of its phone numbers."),
            Refusal::Rejected(Rejection::ExternalReferenceTaken) => Self::new(ErrorCode::DuplicateRecord)
                .describe("Another record of the list has its external_provider and external_id."),
            Refusal::Rejected(Rejection::ExternalReferenceMissing) => {
                let identified_by = UniqueIdentifierType::External.word();
                Self::new(ErrorCode::ValidationFailed).with_fields(vec![FieldError {
                    name: "external_id".to_owned(),
                    description: format!(
                        "is required, because the list has the unique_identifier_type {identified_by}"
                    ),
                }])
            }
            Refusal::NoSuchRecord => Self::new(ErrorCode::RecordNotFound),
            Refusal::SeveralRecords => {
                Self::new(ErrorCode::DuplicateRecord).describe("Several records of the list match.")
            }
            Refusal::HalfReference { has_provider } => {
                let absent = if has_provider {
                    "external_id"
                } else {
                    "external_provider"
                };
                Self::new(ErrorCode::ValidationFailed).with_fields(vec![FieldError {
                    name: absent.to_owned(),
                    description: "is required".to_owned(),
                }])
            }
            Refusal::ExtraDataTooLarge => Self::new(ErrorCode::ValidationFailed).with_fields(vec![FieldError {
                name: "extra_data".to_owned(),
                description: ExtraDataFault::TooLarge.to_string(),
            }]),
            Refusal::NoUniqueIdentifier => {
                let identified_by = UniqueIdentifierType::Nothing.word();
                Self::new(ErrorCode::QueryInvalid).with_fields(vec![FieldError {
                    name: "on_duplicate".to_owned(),
                    description: format!(
                        "must be fail, because the list has the unique_identifier_type {identified_by}"
                    ),
                }])
            }
            Refusal::TestFailed { operation } => Self::new(ErrorCode::PatchTestFailed).with_fields(vec![of_operation(
                operation,
                "value",
                "is not the value of the record".to_owned(),
            )]),
            Refusal::NotApplicable { operation } => {
                Self::new(ErrorCode::PatchNotApplicable).with_fields(vec![of_operation(
                    operation,
                    "path",
                    "does not exist in the record".to_owned(),
                )])
            }
            Refusal::Invalid(rules) => {
                let broken = rules.into_iter();
                let fields = broken.map(|rule| of_operation(rule.operation, "value", rule.description));
                Self::new(ErrorCode::ValidationFailed).with_fields(fields.collect())
            }
        }
    }
}

/// The fault of an operation of a patch.
fn of_operation(operation: usize, member: &'static str, description: String) -> FieldError {
    FieldError {
        name: format!("[{operation}].{member}"),
        description,
    }
}

impl From<ReadError> for ApiError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::ListNotFound => Self::new(ErrorCode::RecordListNotFound),
            ReadError::RecordNotFound => Self::new(ErrorCode::RecordNotFound),
            ReadError::Store(error) => error.into(),
        }
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match &error {
            StoreError::Unavailable(_)
            | StoreError::Blocked(_)
            | StoreError::Unsupported(_)
            | StoreError::ReadOnly
            | StoreError::Full => {
                tracing::warn!(%error, "a request could not be served");
                Self::new(ErrorCode::DatabaseUnavailable)
            }
            StoreError::Overloaded => Self::new(ErrorCode::Overloaded),
            StoreError::Damaged(_) => {
                tracing::error!(%error, "a request failed; the database must be repaired or restored");
                Self::new(ErrorCode::DatabaseDamaged)
            }
            StoreError::OutcomeUnknown(_) => {
                tracing::error!(%error, "a request may or may not have been carried out");
                Self::outcome_unknown()
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
        let schema = serde_json::to_string(&<ErrorBody as utoipa::PartialSchema>::schema()).unwrap();
        for code in ErrorCode::ALL.iter() {
            assert!(schema.contains(code.word()), "{}", code.word());
        }
    }
}
