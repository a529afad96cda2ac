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
    "api/failure.js",
    "api/requests.js",
    "api/session.js",
    "api/writes.js",
    "deletion/bulk-delete.js",
    "deletion/delete-records.js",
    "deletion/delete-result.js",
    "deletion/failures-table.js",
    "deletion/identifiers.js",
    "deletion/preview.js",
    "main.js",
    "parts/dialog.js",
    "parts/dom.js",
    "parts/drafts.js",
    "parts/elements.js",
    "parts/names.js",
    "parts/phone-numbers.js",
    "parts/router.js",
    "parts/shell.js",
    "parts/words.js",
    "styles/controls.css",
    "styles/narrow.css",
    "styles/page.css",
    "styles/tables.css",
    "views/deletions.js",
    "views/find-search.js",
    "views/find.js",
    "views/home.js",
    "views/list-dialogs.js",
    "views/list.js",
    "views/lists.js",
    "views/records.js",
    "views/sign-in.js",
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
