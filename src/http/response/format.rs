//! The format of responses: what the request and the settings of the server ask for.

use actix_web::{HttpRequest, http::StatusCode};
use serde::Serialize;

use super::{
    api_response::ApiResponse,
    hal::{MediaType, prefers_minimal},
    links::{LinkSettings, Links},
};

/// Which members the response of a bulk delete has (docs/contract.md section 1.14).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WireFormat {
    /// All of them.
    #[default]
    Full,
    /// Only those of the published schema, for clients that reject any others.
    Published,
}

/// The format of the response to one request.
#[derive(Clone, Debug)]
pub struct Format {
    /// The links of the response.
    pub links: Links,
    /// Which members the response of a bulk delete has.
    pub wire_format: WireFormat,
    /// Whether the request asked for the published form by `Prefer`.
    pub is_minimal_by_preference: bool,
    media_type: MediaType,
}

impl Format {
    /// The format for this request. What its headers ask for takes precedence over the settings.
    pub fn of(request: &HttpRequest, links: &LinkSettings, wire_format: WireFormat) -> Self {
        let is_minimal_by_preference = prefers_minimal(request);
        Self {
            links: Links::for_request(request, links),
            is_minimal_by_preference,
            wire_format: if is_minimal_by_preference {
                WireFormat::Published
            } else {
                wire_format
            },
            media_type: MediaType::preferred(request),
        }
    }

    /// A response with this body.
    pub fn response(&self, status: StatusCode, body: &impl Serialize) -> ApiResponse {
        ApiResponse::new(status, self.media_type, body)
    }
}
