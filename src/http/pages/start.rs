//! `GET /`: the start page, which says what the service is and where to continue.

use actix_web::HttpResponse;

use super::headers::page;

/// The start page.
pub async fn page_of_links() -> HttpResponse {
    page("text/html; charset=utf-8").body(include_str!("assets/start.html"))
}
