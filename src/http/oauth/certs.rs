//! `GET /oauth/certs`

use actix_web::{HttpRequest, HttpResponse, http::header};

use super::token::server;
use crate::http::response::error::ApiError;

/// The public keys that verify the service's own tokens, as a JSON Web Key Set.
pub async fn key_set(request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let server = server(&request)?;
    let keys = server.key_set().await?;
    let seconds = server.cool_down().as_secs();
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, format!("public, max-age={seconds}")))
        .json(keys))
}
