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
        _ => "text/html; charset=utf-8",
    };
    Ok(page(content_type).body(Slices::new(content, Room::none())))
}

/// The page itself, whose scripts read from its body what this server offers.
pub(super) fn html(text: &str, state: &AppState) -> Bytes {
    let offers = [
        ("data-development", state.demo_tokens.is_some()),
        ("data-token-endpoint", state.authorization_server.is_some()),
    ];
    let offered = offers
        .into_iter()
        .filter_map(|(name, is_there)| is_there.then_some(name));
    let body: Vec<&str> = ["<body"].into_iter().chain(offered).collect();
    text.replacen("<body>", &format!("{}>", body.join(" ")), 1).into()
}

/// Redirects to the page, whose path ends with a slash: it refers to its files by relative URLs.
pub(super) fn to_page(path: &str) -> HttpResponse {
    HttpResponse::PermanentRedirect()
        .insert_header((header::LOCATION, path))
        .finish()
}
