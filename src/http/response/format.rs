//! How a caller wants to be answered.

use actix_web::{HttpRequest, http::StatusCode};
use serde::Serialize;

use super::{
    answer::Answer,
    hal::{MediaType, prefers_minimal},
    links::Links,
};
use crate::http::{AppState, WireFormat};

/// The form of the response to one request.
#[derive(Clone, Debug)]
pub struct Format {
    /// Where links start.
    pub links: Links,
    /// Which members a bulk delete answers with.
    pub wire_format: WireFormat,
    media_type: MediaType,
}

impl Format {
    /// The form that the request or the server asks for.
    pub fn of(request: &HttpRequest, state: &AppState) -> Self {
        Self {
            links: Links::for_request(request, &state.links),
            wire_format: if prefers_minimal(request) {
                WireFormat::Published
            } else {
                state.wire_format
            },
            media_type: MediaType::preferred(request),
        }
    }

    /// A response with this body.
    pub fn answer(&self, status: StatusCode, body: &impl Serialize) -> Answer {
        Answer::new(status, self.media_type, body)
    }
}
