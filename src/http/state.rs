//! What the application has at hand for every request.

use std::{sync::Arc, time::Duration};

use actix_web::{HttpRequest, web};

use super::response::{
    error::{ApiError, ErrorCode},
    links::{LinkSettings, Links},
};
use crate::{auth::Authenticator, record_list::Registry, store::Store};

/// What the handlers work with.
#[derive(Clone)]
pub struct AppState {
    /// Knows tokens.
    pub authenticator: Arc<Authenticator>,
    /// Reads, and makes lists.
    pub store: Store,
    /// Changes lists.
    pub lists: Registry,
    /// Where links start.
    pub links: LinkSettings,
    /// Which members a bulk delete answers with.
    pub wire_format: WireFormat,
    /// How long a body may take to come.
    pub body_timeout: Duration,
}

/// Which members a bulk delete answers with (api.md section 5, "Published form").
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    clap::ValueEnum,
    serde::Serialize,
    serde::Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum WireFormat {
    /// All of them.
    #[default]
    Full,
    /// Those of the published schema alone, for clients that refuse others.
    Published,
}

impl AppState {
    /// The state of the application that serves the request.
    pub fn of(request: &HttpRequest) -> Result<&Self, ApiError> {
        request
            .app_data::<web::Data<Self>>()
            .map(|state| state.get_ref())
            .ok_or_else(|| ApiError::new(ErrorCode::Internal))
    }

    /// The links for the answer to the request.
    pub fn links_for(&self, request: &HttpRequest) -> Links {
        Links::for_request(request, &self.links)
    }
}
