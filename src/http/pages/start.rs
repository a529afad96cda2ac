//! `GET /`: the start page, which says what the service is and where to continue.

use actix_web::HttpResponse;

use super::files::{self, Files, files};
use crate::http::response::error::ApiError;

const FILES: &Files = files!["start": "index.html", "start.css"];

/// The start page.
pub async fn page_of_links() -> Result<HttpResponse, ApiError> {
    files::file("index.html", files::find(FILES, "index.html"))
}

/// Its style sheet.
pub async fn style() -> Result<HttpResponse, ApiError> {
    files::file("start.css", files::find(FILES, "start.css"))
}
