//! `GET /health/live` and `GET /health/ready`: for operators, not part of the contract.

use actix_web::{HttpResponse, web::Data};
use serde_json::json;

use crate::{
    domain::Timezone,
    http::{response::error::ApiError, state::AppState},
    store::Ping,
};

/// The process is running.
pub async fn live() -> HttpResponse {
    HttpResponse::Ok().json(json!({
        "status": "live",
        "version": env!("CARGO_PKG_VERSION"),
        "tz_database": Timezone::database_release(),
    }))
}

/// The process can serve requests: the database responds and has the schema.
pub async fn ready(state: Data<AppState>) -> Result<HttpResponse, ApiError> {
    state.store.read(Ping).await?;
    Ok(HttpResponse::Ok().json(json!({ "status": "ready" })))
}
