//! The files of a page that are part of the program.

use actix_web::{HttpResponse, http::header, web::Bytes};

use super::headers::page;
use crate::{
    http::{
        response::{
            error::{ApiError, ErrorCode},
            slices::Slices,
        },
        state::AppState,
    },
    shares::Room,
};

/// Files that are part of the program, by name.
pub(super) type Files = [(&'static str, &'static [u8])];

/// The files of a page, by the name of its folder and their names.
macro_rules! files {
    ($folder:literal: $($name:literal),+ $(,)?) => {
        &[$(($name, include_bytes!(concat!("assets/", $folder, "/", $name)))),+]
    };
}
pub(super) use files;

/// The file of this name.
pub(super) fn find(files: &Files, name: &str) -> Option<Bytes> {
    let (_, content) = files.iter().find(|(known, _)| *known == name)?;
    Some(Bytes::from_static(content))
}

/// The response to a request for a file of this name: its content type follows from the name.
pub(super) fn file(name: &str, content: Option<Bytes>) -> Result<HttpResponse, ApiError> {
    let content = content.ok_or(ApiError::new(ErrorCode::NotFound))?;
    let content_type = match name.rsplit_once('.').map(|(_, kind)| kind) {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("png") => "image/png",
        Some("html") | None => "text/html; charset=utf-8",
        Some(_) => "application/octet-stream",
    };
    Ok(page(content_type).body(Slices::new(content, Room::none())))
}

/// What the pages have in the place of the tag that [`html`] writes.
const BODY: &str = "<body>";

/// The page itself, whose scripts read from its body what this server offers, and which claims of a token say whose it
/// is.
pub(super) fn html(text: &str, state: &AppState) -> Bytes {
    let claims = state.authenticator.claim_names();
    let attributes = [
        ("data-development", state.demo_tokens.is_some().then(String::new)),
        (
            "data-token-endpoint",
            state.authorization_server.is_some().then(String::new),
        ),
        ("data-account-claim", Some(claims.account.to_owned())),
        ("data-client-claims", Some(claims.client.join(","))),
    ];
    text.replacen(BODY, &tag(&attributes), 1).into()
}

/// The tag of a body with those attributes that have a value.
fn tag(attributes: &[(&str, Option<String>)]) -> String {
    let written = attributes.iter().filter_map(|(name, value)| {
        let value = value.as_ref()?.replace('&', "&amp;").replace('"', "&quot;");
        Some(format!(" {name}=\"{value}\""))
    });
    format!("<body{}>", written.collect::<String>())
}

/// Redirects to the page, whose path ends with a slash: it refers to its files by relative URLs.
pub(super) fn to_page(path: &str) -> HttpResponse {
    HttpResponse::PermanentRedirect()
        .insert_header((header::LOCATION, path))
        .finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_has_a_body_for_the_attributes() {
        for page in [
            include_str!("assets/docs/index.html"),
            include_str!("assets/console/index.html"),
        ] {
            assert_eq!(page.matches(BODY).count(), 1);
        }
    }

    #[test]
    fn names_stay_inside_their_attribute() {
        let attributes = [
            ("data-a", Some(String::new())),
            ("data-b", None),
            ("data-c", Some("x\"><script>&".to_owned())),
        ];
        assert_eq!(tag(&attributes), "<body data-a=\"\" data-c=\"x&quot;><script>&amp;\">");
    }
}
