//! `GET /openapi.json` and Swagger UI under `/docs/`.

use std::{borrow::Cow, sync::Arc};

use actix_web::{
    HttpResponse,
    web::{Bytes, Data, Path},
};
use utoipa_swagger_ui::Config;

use super::files::{self, Files, files};
use crate::{
    http::{
        document::access::Access,
        openapi::document_text_with,
        response::{error::ApiError, slices::Slices},
        state::AppState,
    },
    shares::Room,
};

/// The text of the document, created once.
pub struct DocumentText(Bytes);

impl DocumentText {
    /// The text of the document of a server with this access.
    pub fn with(access: &Access) -> Self {
        Self(document_text_with(access).into())
    }
}

/// The OpenAPI document.
pub async fn document(text: Data<DocumentText>) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("application/json")
        .body(Slices::new(text.0.clone(), Room::none()))
}

/// Redirects to `docs/`.
pub async fn to_page() -> HttpResponse {
    files::to_page("docs/")
}

/// The files of the page that are ours, beside the page itself.
const FILES: &Files = files!["docs": "answers.js", "authorization.js", "index.css", "initializer.js", "requests.js"];

/// A file of the page.
pub async fn file(name: Path<String>, state: Data<AppState>) -> Result<HttpResponse, ApiError> {
    let content = match name.as_str() {
        "" | "index.html" => Some(files::html(include_str!("assets/docs/index.html"), &state)),
        name @ ("swagger-ui.css" | "swagger-ui-bundle.js" | "favicon-32x32.png") => of_swagger_ui(name),
        name => files::find(FILES, name),
    };
    files::file(&name, content)
}

/// A file of Swagger UI's own.
pub(super) fn of_swagger_ui(name: &str) -> Option<Bytes> {
    let file = utoipa_swagger_ui::serve(name, Arc::new(Config::default())).ok()??;
    Some(match file.bytes {
        Cow::Borrowed(bytes) => Bytes::from_static(bytes),
        Cow::Owned(bytes) => bytes.into(),
    })
}
