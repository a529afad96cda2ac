//! `GET /openapi.json` and Swagger UI under `/docs/`.

use actix_web::{
    HttpResponse,
    http::header,
    web::{self, Data, ServiceConfig},
};
use utoipa_swagger_ui::{Config, SwaggerUi};

use super::openapi::document_text;

/// The text of the document, made once.
pub struct DocumentText(String);

/// Adds the document and the page that shows it.
pub fn configure(config: &mut ServiceConfig) {
    // Relative, so that the page works behind a path prefix.
    let page = Config::new(["../openapi.json"])
        .try_it_out_enabled(true)
        .persist_authorization(true)
        .validator_url("none");
    config
        .app_data(Data::new(DocumentText(document_text())))
        .route("/docs", web::get().to(to_page))
        .service(SwaggerUi::new("/docs/{_:.*}").config(page));
}

/// The OpenAPI document.
pub async fn document(text: Data<DocumentText>) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("application/json")
        .body(text.0.clone())
}

/// The page's files have relative addresses, which start from the slash.
async fn to_page() -> HttpResponse {
    HttpResponse::PermanentRedirect()
        .insert_header((header::LOCATION, "docs/"))
        .finish()
}
