//! `GET /health/live` and `GET /health/ready`: for operators, not part of the contract.

use actix_web::{HttpResponse, http::header, web::Data};
use serde_json::json;

use crate::{domain::Timezone, http::state::AppState, store::NotReady};

/// The process is running.
pub async fn live() -> HttpResponse {
    HttpResponse::Ok().json(json!({
        "status": "live",
        "version": env!("CARGO_PKG_VERSION"),
        "tz_database": Timezone::database_release(),
    }))
}

/// The service can carry out requests; if not, the database is why, or the keys (docs/contract.md section 4.6).
pub async fn ready(state: Data<AppState>) -> HttpResponse {
    match state.store.readiness().await {
        Err(error) => not_ready(error.word(), &described(&error)),
        Ok(()) if !has_keys(&state) => not_ready(
            "KEYS_AWAY",
            "The keys that verify access tokens could not be read yet; the log says why. The service goes on when they \
             are.",
        ),
        Ok(()) => HttpResponse::Ok().json(json!({ "status": "ready" })),
    }
}

/// Whether the service's own keys are there; if it has none, whether there is any key.
fn has_keys(state: &AppState) -> bool {
    match &state.authorization_server {
        Some(server) => server.is_prepared(),
        None => !state.authenticator.has_no_key(),
    }
}

fn not_ready(reason: &str, message: &str) -> HttpResponse {
    HttpResponse::ServiceUnavailable()
        .insert_header((header::RETRY_AFTER, "1"))
        .json(json!({ "status": "not_ready", "reason": reason, "message": message }))
}

/// The sentence. Everyone can read it, so it does not say where the database is.
fn described(error: &NotReady) -> String {
    match error {
        NotReady::Away(_) => {
            "The database cannot be used; the log says why. The service goes on when it can.".to_owned()
        }
        NotReady::ReadOnly => "The database accepts no writes.".to_owned(),
        NotReady::Full => "The disk of the database is full.".to_owned(),
        NotReady::Damaged => "The database is damaged. An operator must repair or restore it.".to_owned(),
        NotReady::SchemaBehind { missing, .. } => {
            format!("The database lacks these migrations: {missing}. Run `record-lists migrate up`.")
        }
        NotReady::SchemaAhead { newest, known } => format!(
            "The database has the migration {newest}, and this program knows none after {known}. Start a newer version \
             of the program."
        ),
        NotReady::EncodingNotUtf8(encoding) => {
            format!("The encoding of the database is {encoding}. Create one with the encoding UTF8.")
        }
    }
}
