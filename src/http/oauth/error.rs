//! Errors of the token endpoint (RFC 6749 section 5.2).

use std::fmt;

use actix_web::{
    HttpResponse, ResponseError,
    http::{
        StatusCode,
        header::{self, HeaderValue},
    },
};
use serde_json::json;

use crate::{
    authorization_server::TokenFault,
    http::{
        request::body::sentence,
        response::error::{ApiError, ErrorCode},
    },
};

/// How clients authenticate.
const CHALLENGE: HeaderValue = HeaderValue::from_static("Basic realm=\"record-lists\"");

/// An error with a code for programs and a sentence for people.
#[derive(Debug)]
pub struct OAuthError {
    status: StatusCode,
    error: &'static str,
    description: String,
}

impl OAuthError {
    fn new(status: StatusCode, error: &'static str, description: impl Into<String>) -> Self {
        Self {
            status,
            error,
            description: description.into(),
        }
    }

    /// The request breaks a rule.
    pub(super) fn invalid_request(description: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_request", description)
    }

    /// There is no such grant.
    pub(super) fn unsupported_grant_type() -> Self {
        let description = "Only the grant_type client_credentials is supported.";
        Self::new(StatusCode::BAD_REQUEST, "unsupported_grant_type", description)
    }

    /// The client did not authenticate itself.
    pub(super) fn invalid_client(description: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "invalid_client", description)
    }
}

impl From<TokenFault> for OAuthError {
    fn from(fault: TokenFault) -> Self {
        match fault {
            TokenFault::WrongCredentials => Self::invalid_client("The client id or the client secret is wrong."),
            TokenFault::TooManyAttempts => Self::new(
                StatusCode::TOO_MANY_REQUESTS,
                "temporarily_unavailable",
                "The client id or the client secret is wrong, and too many wrong ones were sent.",
            ),
            TokenFault::Scope(fault) => {
                Self::new(StatusCode::BAD_REQUEST, "invalid_scope", sentence(&fault.to_string()))
            }
            TokenFault::Read(error) => ApiError::from(error).into(),
            TokenFault::Signing(error) => {
                tracing::error!(%error, "a token could not be signed");
                ApiError::new(ErrorCode::Internal).into()
            }
        }
    }
}

/// What the layers below say, in the words of this endpoint.
impl From<ApiError> for OAuthError {
    fn from(error: ApiError) -> Self {
        let status = error.status_code();
        let code = match status {
            StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS => "temporarily_unavailable",
            status if status.is_server_error() => "server_error",
            _ => "invalid_request",
        };
        let body = error.body();
        Self::new(status, code, body.description.unwrap_or(body.message))
    }
}

impl fmt::Display for OAuthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.error)
    }
}

impl ResponseError for OAuthError {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status);
        match self.status {
            StatusCode::UNAUTHORIZED => {
                response.insert_header((header::WWW_AUTHENTICATE, CHALLENGE));
            }
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
                response.insert_header((header::RETRY_AFTER, "1"));
            }
            _ => {}
        }
        response.json(json!({ "error": self.error, "error_description": self.description }))
    }
}
