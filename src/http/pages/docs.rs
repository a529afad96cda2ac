//! `GET /openapi.json` and Swagger UI under `/docs/`.

use std::{borrow::Cow, sync::Arc};

use actix_web::{
    HttpResponse,
    http::header,
    web::{Bytes, Data, Path},
};
use utoipa_swagger_ui::Config;

use super::headers::page;
use crate::{
    auth::RequiredScopes,
    http::{
        openapi::document_text_requiring,
        response::{
            error::{ApiError, ErrorCode},
            slices::Slices,
        },
        state::AppState,
    },
    shares::Room,
};

/// The text of the document, created once.
pub struct DocumentText(Bytes);

impl DocumentText {
    /// The text of the document of a server that requires these scopes, and may issue tokens itself.
    pub fn requiring(scopes: &RequiredScopes, issues_tokens: bool) -> Self {
        Self(document_text_requiring(scopes, issues_tokens).into())
    }
}

/// The OpenAPI document.
pub async fn document(text: Data<DocumentText>) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("application/json")
        .body(Slices::new(text.0.clone(), Room::none()))
}

/// Redirects to `docs/`: the page refers to its files by relative URLs, which depend on the trailing slash.
pub async fn to_page() -> HttpResponse {
    HttpResponse::PermanentRedirect()
        .insert_header((header::LOCATION, "docs/"))
        .finish()
}

/// A file of the page: one of ours, or otherwise one of Swagger UI's own.
pub async fn file(name: Path<String>, state: Data<AppState>) -> Result<HttpResponse, ApiError> {
    if let Some((content_type, text)) = own_file(&name) {
        // The page asks for what only a development start has.
        let text = match state.demo_tokens {
            Some(_) => Cow::Owned(text.replacen("<body>", "<body data-development>", 1)),
            None => Cow::Borrowed(text),
        };
        return Ok(page(content_type).body(text));
    }
    if name.starts_with('/') {
        return Err(ApiError::new(ErrorCode::NotFound));
    }
    let config = Arc::new(Config::default());
    let file = utoipa_swagger_ui::serve(&name, config)
        .ok()
        .flatten()
        .ok_or(ApiError::new(ErrorCode::NotFound))?;
    let bytes = match file.bytes {
        Cow::Borrowed(bytes) => Bytes::from_static(bytes),
        Cow::Owned(bytes) => bytes.into(),
    };
    Ok(page(&file.content_type).body(Slices::new(bytes, Room::none())))
}

/// The content type and text of a file that replaces one of Swagger UI's or is added to them.
fn own_file(name: &str) -> Option<(&'static str, &'static str)> {
    let file = match name {
        "" | "index.html" => ("text/html; charset=utf-8", include_str!("assets/index.html")),
        "index.css" => ("text/css; charset=utf-8", include_str!("assets/index.css")),
        "start.css" => ("text/css; charset=utf-8", include_str!("assets/start.css")),
        "swagger-initializer.js" => (
            "text/javascript; charset=utf-8",
            include_str!("assets/swagger-initializer.js"),
        ),
        _ => return None,
    };
    Some(file)
}
