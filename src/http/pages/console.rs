//! The console under `/console/`: what people do with lists who do not program.

use actix_web::{
    HttpResponse,
    web::{Data, Path},
};

use super::{
    docs,
    files::{self, Files, files},
};
use crate::http::{response::error::ApiError, state::AppState};

/// The files of the page, beside the page itself.
const FILES: &Files = files!["console":
    "api.js",
    "bulk-delete.js",
    "console.css",
    "delete-records.js",
    "delete-result.js",
    "deletions.js",
    "dialog.js",
    "dom.js",
    "drafts.js",
    "failure.js",
    "failures-table.js",
    "find-search.js",
    "find.js",
    "home.js",
    "identifiers.js",
    "list-dialogs.js",
    "list.js",
    "lists.js",
    "main.js",
    "names.js",
    "parts.js",
    "phone-numbers.js",
    "records.js",
    "router.js",
    "session.js",
    "shell.js",
    "sign-in.js",
    "words.js",
    "writes.js",
];

/// Redirects to `console/`.
pub async fn to_page() -> HttpResponse {
    files::to_page("console/")
}

/// A file of the page.
pub async fn file(name: Path<String>, state: Data<AppState>) -> Result<HttpResponse, ApiError> {
    let content = match name.as_str() {
        "" | "index.html" => Some(files::html(include_str!("assets/console/index.html"), &state)),
        "favicon.png" => docs::of_swagger_ui("favicon-32x32.png"),
        name => files::find(FILES, name),
    };
    files::file(&name, content)
}
