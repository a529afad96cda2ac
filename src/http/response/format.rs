//! The format of responses: what the request and the settings of the server ask for.

use actix_web::{HttpRequest, http::StatusCode};
use serde::Serialize;

use super::{
    api_response::{ApiResponse, PREFERENCE_APPLIED},
    hal::{MediaType, prefers_minimal},
    links::{LinkSettings, Links},
};

/// A body with members that the vendor's schema of its operation lacks.
pub trait HasAdditions: Serialize {
    /// The body with the members of the vendor's schema only (docs/contract.md section A.9.3).
    fn without_additions(self) -> Self;
}

/// Which members responses have (docs/contract.md section 1.14).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum WireFormat {
    /// All of them.
    #[default]
    Full,
    /// Only those of the published schema, for clients that reject any others.
    Published,
}

/// The preference for the published form.
const MINIMAL: &str = "return=minimal";

/// The format of the response to one request.
#[derive(Clone, Debug)]
pub struct Format {
    /// The links of the response.
    pub links: Links,
    wire_format: WireFormat,
    /// Whether the request asked for the published form by `Prefer`.
    is_minimal_by_preference: bool,
    media_type: MediaType,
}

impl Format {
    /// The format for this request. What the headers of a write ask for takes precedence over the settings.
    pub fn of(request: &HttpRequest, is_write: bool, links: &LinkSettings, wire_format: WireFormat) -> Self {
        let is_minimal_by_preference = is_write && prefers_minimal(request);
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

    /// A response with this body, in the published form if that is asked for.
    pub fn response_in_form(&self, status: StatusCode, body: impl HasAdditions) -> ApiResponse {
        let response = match self.wire_format {
            WireFormat::Full => self.response(status, &body),
            WireFormat::Published => self.response(status, &body.without_additions()),
        };
        if self.is_minimal_by_preference {
            response.with_header(&PREFERENCE_APPLIED, MINIMAL)
        } else {
            response
        }
    }

    /// A response with this body, which is the same in every form.
    pub fn response(&self, status: StatusCode, body: &impl Serialize) -> ApiResponse {
        ApiResponse::new(status, self.media_type, body)
    }
}
