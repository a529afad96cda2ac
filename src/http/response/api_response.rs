//! Responses as values: they can be saved together with the write that they describe, and sent again unchanged.

use std::sync::Arc;

use actix_web::{
    HttpResponse,
    http::{
        StatusCode,
        header::{self, HeaderName, HeaderValue},
    },
};
use serde::{Deserialize, Serialize};

use super::{
    error::{ApiError, ErrorCode},
    hal::MediaType,
    slices::Slices,
    tally::Tally,
};
use crate::{shares::Room, store::Written};

/// Marks a saved response to an earlier request (docs/contract.md section 5.5).
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// The id of a deletion in `deletions` (docs/contract.md section 5.6).
pub const OPERATION_ID: HeaderName = HeaderName::from_static("operation-id");

/// Marks the response to a dry run (docs/contract.md section 5.4).
pub const DRY_RUN: HeaderName = HeaderName::from_static("dry-run");

/// The preference that the response follows (docs/contract.md section 1.14).
pub const PREFERENCE_APPLIED: HeaderName = HeaderName::from_static("preference-applied");

/// A response that has not been sent yet, with a JSON body or no body.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiResponse {
    head: Head,
    body: String,
    /// For the log; it is not saved.
    tally: Tally,
}

/// What comes before the body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Head {
    status: u16,
    headers: Vec<(String, String)>,
}

/// Omits the body, which can identify people.
impl std::fmt::Debug for ApiResponse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ApiResponse")
            .field("status", &self.head.status)
            .finish_non_exhaustive()
    }
}

/// Creates the response to a write from the write's output.
pub type Render<T> = Arc<dyn Fn(&T) -> ApiResponse + Send + Sync>;

impl ApiResponse {
    /// A response with this body.
    #[expect(
        clippy::expect_used,
        reason = "wire types consist of strings, numbers, lists and checked JSON, which can always be serialised"
    )]
    pub fn new(status: StatusCode, media_type: MediaType, body: &impl Serialize) -> Self {
        let content_type = header::CONTENT_TYPE.as_str().to_owned();
        Self {
            head: Head {
                status: status.as_u16(),
                headers: vec![(content_type, media_type.as_str().to_owned())],
            },
            body: serde_json::to_string(body).expect("a wire type can be serialised"),
            tally: Tally::default(),
        }
    }

    /// A response without a body.
    pub fn empty(status: StatusCode) -> Self {
        Self {
            head: Head {
                status: status.as_u16(),
                headers: Vec::new(),
            },
            body: String::new(),
            tally: Tally::default(),
        }
    }

    /// Adds what the log says about the request.
    pub fn with_tally(mut self, tally: Tally) -> Self {
        self.tally = tally;
        self
    }

    /// Adds a header. The value must be visible ASCII.
    pub fn with_header(mut self, name: &HeaderName, value: impl Into<String>) -> Self {
        let header = (name.as_str().to_owned(), value.into());
        self.head.headers.push(header);
        self
    }

    /// The response as it is saved: a line of JSON with status and headers, then the body.
    pub fn to_text(&self) -> String {
        let head = serde_json::json!(self.head);
        format!("{head}\n{}", self.body)
    }

    /// Reads a saved response; `None` if the text was not written by [`ApiResponse::to_text`].
    pub fn from_text(text: &str) -> Option<Self> {
        let (head, body) = text.split_once('\n')?;
        Some(Self {
            head: serde_json::from_str(head).ok()?,
            body: body.to_owned(),
            tally: Tally::default(),
        })
    }

    /// The response as it is sent. `room` is what the request occupies.
    pub fn into_response(self, room: Room) -> HttpResponse {
        let status = StatusCode::from_u16(self.head.status);
        let mut response = HttpResponse::build(status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR));
        for (name, value) in &self.head.headers {
            response.insert_header((name.as_str(), value.as_str()));
        }
        let mut response = if self.body.is_empty() {
            response.finish()
        } else {
            response.body(Slices::new(self.body.into(), room))
        };
        response.extensions_mut().insert(self.tally);
        response
    }
}

/// Responds to a write: with its output, or with the saved response if it was carried out before. `room` is what the
/// request occupies.
pub fn respond_to_write<T>(written: Written<T>, render: &Render<T>, room: Room) -> Result<HttpResponse, ApiError> {
    match written {
        Written::Now(output) => Ok(render(&output).into_response(room)),
        Written::Before(text) => {
            let response = ApiResponse::from_text(&text).ok_or_else(|| {
                tracing::error!("a saved response cannot be read");
                ApiError::new(ErrorCode::Internal)
            })?;
            let mut response = response.into_response(room);
            let replayed = HeaderValue::from_static("true");
            response.headers_mut().insert(REPLAYED, replayed);
            Ok(response)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_response_comes_back_as_it_was_saved() {
        let response = ApiResponse::new(StatusCode::CREATED, MediaType::Hal, &["a\nb", "\u{0}ü\""])
            .with_header(&header::LOCATION, "http://localhost/a?b=%2B");
        let empty = ApiResponse::empty(StatusCode::NO_CONTENT).with_header(&OPERATION_ID, "1");
        for response in [response, empty] {
            assert_eq!(ApiResponse::from_text(&response.to_text()), Some(response));
        }
        for text in ["", "{}", "{}\n{}", "nonsense\n{}"] {
            assert_eq!(ApiResponse::from_text(text), None, "{text}");
        }
    }
}
