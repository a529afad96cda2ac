//! Answers as values: they can be saved with what they tell of, and sent again word for word.

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
};
use crate::store::Written;

/// Says that the response is one that was sent before (docs/contract.md section 5.5).
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// The id of a deletion in `deletions` (docs/contract.md section 5.6).
pub const OPERATION_ID: HeaderName = HeaderName::from_static("operation-id");

/// An answer with a JSON body or none that is not sent yet.
#[derive(Clone, PartialEq, Eq)]
pub struct Answer {
    head: Head,
    body: String,
}

/// What stands before the body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Head {
    status: u16,
    headers: Vec<(String, String)>,
}

/// The body holds what identifies people, and is not shown.
impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Answer")
            .field("status", &self.head.status)
            .finish_non_exhaustive()
    }
}

/// Makes the answer to a write of what the write gave.
pub type Render<T> = Arc<dyn Fn(&T) -> Answer + Send + Sync>;

impl Answer {
    /// An answer with this body.
    #[expect(
        clippy::expect_used,
        reason = "wire types are texts, numbers and lists of them: they have a JSON form"
    )]
    pub fn new(status: StatusCode, media_type: MediaType, body: &impl Serialize) -> Self {
        let content_type = header::CONTENT_TYPE.as_str().to_owned();
        Self {
            head: Head {
                status: status.as_u16(),
                headers: vec![(content_type, media_type.as_str().to_owned())],
            },
            body: serde_json::to_string(body).expect("a wire type has a JSON form"),
        }
    }

    /// An answer without a body.
    pub fn empty(status: StatusCode) -> Self {
        Self {
            head: Head {
                status: status.as_u16(),
                headers: Vec::new(),
            },
            body: String::new(),
        }
    }

    /// Adds a header. The value must be visible ASCII.
    pub fn with_header(mut self, name: &HeaderName, value: impl Into<String>) -> Self {
        let header = (name.as_str().to_owned(), value.into());
        self.head.headers.push(header);
        self
    }

    /// The answer as it is saved: a line of JSON with what stands before the body, then the body.
    pub fn to_text(&self) -> String {
        let head = serde_json::json!(self.head);
        format!("{head}\n{}", self.body)
    }

    /// Reads an answer back; `None` when the text was not made by [`Answer::to_text`].
    pub fn from_text(text: &str) -> Option<Self> {
        let (head, body) = text.split_once('\n')?;
        Some(Self {
            head: serde_json::from_str(head).ok()?,
            body: body.to_owned(),
        })
    }

    /// The answer as it is sent.
    pub fn into_response(self) -> HttpResponse {
        let status = StatusCode::from_u16(self.head.status);
        let mut response = HttpResponse::build(status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR));
        for (name, value) in &self.head.headers {
            response.insert_header((name.as_str(), value.as_str()));
        }
        if self.body.is_empty() {
            return response.finish();
        }
        response.body(Slices(self.body.into()))
    }
}

/// Answers a write: with what it gave, or with what was answered when it was carried out before.
pub fn answer_write<T>(written: Written<T>, render: &Render<T>) -> Result<HttpResponse, ApiError> {
    match written {
        Written::Now(output) => Ok(render(&output).into_response()),
        Written::Before(text) => {
            let answer = Answer::from_text(&text).ok_or_else(|| {
                tracing::error!("a saved answer cannot be read");
                ApiError::new(ErrorCode::Internal)
            })?;
            let mut response = answer.into_response();
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
    fn an_answer_comes_back_as_it_was_saved() {
        let answer = Answer::new(StatusCode::CREATED, MediaType::Hal, &["a\nb", "\u{0}ü\""])
            .with_header(&header::LOCATION, "http://localhost/a?b=%2B");
        let empty = Answer::empty(StatusCode::NO_CONTENT).with_header(&OPERATION_ID, "1");
        for answer in [answer, empty] {
            assert_eq!(Answer::from_text(&answer.to_text()), Some(answer));
        }
        for text in ["", "{}", "{}\n{}", "nonsense\n{}"] {
            assert_eq!(Answer::from_text(text), None, "{text}");
        }
    }
}
