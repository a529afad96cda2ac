//! What the application has at hand for every request.

use std::{sync::Arc, time::Duration};

use actix_web::{HttpRequest, web};

use super::response::{
    error::{ApiError, ErrorCode},
    format::WireFormat,
    links::LinkSettings,
};
use crate::{auth::Authenticator, record_list::Registry, store::Store};

/// What the handlers work with.
#[derive(Clone)]
pub struct AppState {
    /// Knows tokens.
    pub authenticator: Arc<Authenticator>,
    /// Reads.
    pub store: Store,
    /// Creates and changes lists.
    pub lists: Registry,
    /// Where links start.
    pub links: LinkSettings,
    /// Which members a bulk delete answers with.
    pub wire_format: WireFormat,
    /// How long a body may take to come.
    pub body_timeout: Duration,
}

impl AppState {
    /// The state of the application that serves the request.
    pub fn of(request: &HttpRequest) -> Result<&web::Data<Self>, ApiError> {
        request.app_data().ok_or_else(|| ApiError::new(ErrorCode::Internal))
    }
}
