//! How a caller wants to be answered.

use actix_web::{HttpRequest, http::StatusCode};
use serde::Serialize;

use super::{
    answer::Answer,
    hal::{MediaType, prefers_minimal},
    links::{LinkSettings, Links},
};

/// Which members a bulk delete answers with (docs/contract.md section 1.14).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WireFormat {
    /// All of them.
    #[default]
    Full,
    /// Those of the published schema alone, for clients that refuse others.
    Published,
}

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
    pub fn of(request: &HttpRequest, links: &LinkSettings, wire_format: WireFormat) -> Self {
        Self {
            links: Links::for_request(request, links),
            wire_format: if prefers_minimal(request) {
                WireFormat::Published
            } else {
                wire_format
            },
            media_type: MediaType::preferred(request),
        }
    }

    /// A response with this body.
    pub fn answer(&self, status: StatusCode, body: &impl Serialize) -> Answer {
        Answer::new(status, self.media_type, body)
    }
}
