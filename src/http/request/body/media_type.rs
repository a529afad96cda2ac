//! The type and the encoding of a body.

use actix_web::{
    HttpRequest,
    http::{
        Method,
        header::{self, HeaderName, HeaderValue},
    },
};

use crate::http::response::error::{ApiError, ErrorCode};

/// Accepts a body that is not compressed.
pub(super) fn check_encoding(request: &HttpRequest) -> Result<(), ApiError> {
    let is_plain = request.headers().get_all(header::CONTENT_ENCODING).all(|encodings| {
        let mut encodings = encodings.as_bytes().split(|byte| *byte == b',').map(<[u8]>::trim_ascii);
        encodings.all(|encoding| encoding.is_empty() || encoding.eq_ignore_ascii_case(b"identity"))
    });
    if is_plain {
        return Ok(());
    }
    Err(encoded())
}

/// Accepts JSON in UTF-8 by any of its media types, or no media type at all.
///
/// On PATCH, JSON Merge Patch is none of them: its `null` removes a member, and a patch of these operations does not.
pub(super) fn check_media_type(request: &HttpRequest) -> Result<(), ApiError> {
    let method = request.method();
    let mut types = request.headers().get_all(header::CONTENT_TYPE);
    match (types.next(), types.next()) {
        (None, _) => Ok(()),
        (Some(only), None) => match only.to_str().map(media_type) {
            Ok(MediaType::MergePatch) if method == Method::PATCH => Err(not_json(method)),
            Ok(MediaType::JsonInUtf8 | MediaType::MergePatch) => Ok(()),
            Ok(MediaType::JsonInAnotherCharset) => Err(naming_patches(not_utf8(), method)),
            Ok(MediaType::Other) | Err(_) => Err(not_json(method)),
        },
        (Some(_), Some(_)) => Err(not_json(method)),
    }
}

/// What a `Content-Type` says of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum MediaType {
    JsonInUtf8,
    JsonInAnotherCharset,
    MergePatch,
    Other,
}

fn media_type(content_type: &str) -> MediaType {
    // The parser does not accept the blanks that are allowed around the semicolons.
    let compact: Vec<&str> = content_type.split(';').map(str::trim).collect();
    let Ok(mime) = compact.join(";").parse::<mime::Mime>() else {
        return MediaType::Other;
    };
    let is_json = mime.essence_str() == mime::APPLICATION_JSON.as_ref() || mime.suffix() == Some(mime::JSON);
    let mut charsets = mime
        .params()
        .filter(|(name, _)| *name == mime::CHARSET)
        .map(|(_, charset)| charset);
    let is_utf8 = |charset: mime::Name<'_>| charset == mime::UTF_8 || charset.as_str().eq_ignore_ascii_case("utf8");
    if !is_json {
        MediaType::Other
    } else if !charsets.all(is_utf8) {
        MediaType::JsonInAnotherCharset
    } else if mime.essence_str() == "application/merge-patch+json" {
        MediaType::MergePatch
    } else {
        MediaType::JsonInUtf8
    }
}

/// Says that the media type is not one that this method accepts.
pub(super) fn not_json(method: &Method) -> ApiError {
    let error = ApiError::new(ErrorCode::UnsupportedMediaType);
    if method == Method::PATCH {
        let error = error.describe(
            "The Content-Type is not that of a JSON Patch. Send one in UTF-8 with Content-Type: \
             application/json-patch+json.",
        );
        return naming_patches(error, method);
    }
    error.describe("The Content-Type is not that of JSON. Send JSON in UTF-8 with Content-Type: application/json.")
}

/// Names the kinds of patches that are accepted (RFC 5789, section 2.2).
fn naming_patches(error: ApiError, method: &Method) -> ApiError {
    if method != Method::PATCH {
        return error;
    }
    let accepted = HeaderValue::from_static("application/json-patch+json, application/json");
    error.with_header(HeaderName::from_static("accept-patch"), accepted)
}

/// Says that the charset is not UTF-8.
fn not_utf8() -> ApiError {
    ApiError::new(ErrorCode::UnsupportedMediaType).describe("The charset is not UTF-8. Send the body in UTF-8.")
}

/// Says that the body must not be compressed.
pub(super) fn encoded() -> ApiError {
    ApiError::new(ErrorCode::UnsupportedMediaType)
        .describe("The body has a Content-Encoding. Send it without.")
        .with_header(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_has_many_names() {
        use MediaType::{JsonInAnotherCharset, JsonInUtf8, MergePatch, Other};
        for (content_type, expected) in [
            ("application/json", JsonInUtf8),
            ("application/json;charset=UTF-8", JsonInUtf8),
            ("application/json; charset=\"utf-8\"", JsonInUtf8),
            ("application/json; charset=utf8", JsonInUtf8),
            ("application/json; charset=UTF8", JsonInUtf8),
            ("APPLICATION/JSON", JsonInUtf8),
            ("application/json ; charset=utf-8", JsonInUtf8),
            ("application/hal+json", JsonInUtf8),
            ("application/vnd.api+json", JsonInUtf8),
            ("text/vnd.api+json", JsonInUtf8),
            ("application/json; profile=x; version=1", JsonInUtf8),
            ("application/json; charset=iso-8859-1", JsonInAnotherCharset),
            ("application/json; charset=utf-16", JsonInAnotherCharset),
            ("application/json; charset=utf-8; charset=latin1", JsonInAnotherCharset),
            ("application/json+xml", Other),
            ("text/json", Other),
            ("text/plain", Other),
            ("text/plain; charset=utf-8", Other),
            ("application/x-www-form-urlencoded", Other),
            ("application/merge-patch+json", MergePatch),
            ("application/Merge-Patch+JSON; charset=utf-8", MergePatch),
            ("application/jsonp", Other),
            ("json", Other),
            ("", Other),
        ] {
            assert_eq!(media_type(content_type), expected, "{content_type}");
        }
    }
}
