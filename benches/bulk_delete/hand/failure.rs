//! Requests that fail.

use actix_web::{HttpResponse, ResponseError, http::StatusCode};
use serde_json::json;
use thiserror::Error;

/// Why a request fails; the texts are the codes of the responses.
#[derive(Debug, Error)]
pub(super) enum Failure {
    #[error("UNAUTHENTICATED")]
    Unauthenticated,
    #[error("INSUFFICIENT_SCOPE")]
    InsufficientScope,
    #[error("VALIDATION_FAILED")]
    ValidationFailed,
    #[error("RECORD_LIST_NOT_FOUND")]
    ListNotFound,
    #[error("RECORD_NOT_FOUND")]
    RecordNotFound,
    #[error("DUPLICATE_RECORD")]
    DuplicateRecord,
    #[error("DATABASE_UNAVAILABLE")]
    Database,
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        match error.as_database_error() {
            Some(error) if error.is_unique_violation() => Self::DuplicateRecord,
            _ => {
                eprintln!("{error}");
                Self::Database
            }
        }
    }
}

impl ResponseError for Failure {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::Unauthenticated => StatusCode::UNAUTHORIZED,
            Self::InsufficientScope => StatusCode::FORBIDDEN,
            Self::ValidationFailed => StatusCode::BAD_REQUEST,
            Self::ListNotFound | Self::RecordNotFound => StatusCode::NOT_FOUND,
            Self::DuplicateRecord => StatusCode::CONFLICT,
            Self::Database => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    fn error_response(&self) -> HttpResponse {
        let code = self.to_string();
        HttpResponse::build(self.status_code()).json(json!({"code": code, "message": code}))
    }
}
