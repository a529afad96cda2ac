//! HAL: links and the media type.

use actix_web::{HttpRequest, http::header};
use entity::hide_values;
use serde::Serialize;
use utoipa::openapi::{ObjectBuilder, RefOr, Schema, SchemaFormat, Type};

use crate::http::schema::{WireType, object::response};

response! {
    /// A link.
    pub struct Link as "Link" {
        /// An absolute URL.
        #[example("http://127.0.0.1:8080/record-lists/b9a5c3a4-7f5e-4d86-9a4e-0a1f3f6f2c11")]
        href: Address,
    }
}

/// An absolute URL (docs/contract.md section 1.1).
#[derive(Clone, Serialize)]
pub struct Address(String);

impl WireType for Address {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::Custom("uri".to_owned())))
            .into()
    }
}

// The path or query of a URL can identify a person.
hide_values!(Link, SelfLink);

impl Link {
    /// A link to this address.
    pub fn to(href: String) -> Self {
        Self { href: Address(href) }
    }

    /// The URL.
    pub fn href(&self) -> &str {
        &self.href.0
    }
}

response! {
    /// The link of a resource to itself.
    pub struct SelfLink as "SelfLink" {
        /// The resource.
        self_ as "self": Link,
    }
}

impl SelfLink {
    /// The self link of a resource at this address.
    pub fn to(href: String) -> Self {
        Self { self_: Link::to(href) }
    }
}

/// The media type of a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MediaType {
    /// `application/json`
    Json,
    /// `application/hal+json`
    Hal,
}

impl MediaType {
    /// The media type that the caller prefers.
    pub fn preferred(request: &HttpRequest) -> Self {
        if prefers_hal(request) { Self::Hal } else { Self::Json }
    }

    /// The name of the media type.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Hal => "application/hal+json",
        }
    }
}

/// Whether `Accept` ranks HAL above plain JSON; clients that accept both equally get plain JSON.
fn prefers_hal(request: &HttpRequest) -> bool {
    let mut hal = 0.0_f32;
    let mut json = 0.0_f32;
    let accepted = request
        .headers()
        .get_all(header::ACCEPT)
        .filter_map(|accept| accept.to_str().ok())
        .flat_map(|accept| accept.split(','));
    for range in accepted {
        let mut parts = range.split(';');
        let media_type = parts.next().unwrap_or_default().trim();
        let quality = parts
            .find_map(|part| part.trim().strip_prefix("q=")?.parse().ok())
            .unwrap_or(1.0);
        if media_type.eq_ignore_ascii_case("application/hal+json") {
            hal = quality;
        } else if media_type.eq_ignore_ascii_case("application/json") {
            json = quality;
        }
    }
    hal > json
}

/// Whether the caller asks for the minimal response: `Prefer: return=minimal`. The first `return` counts, and neither
/// parameters nor quoted texts are preferences (RFC 7240, section 2).
pub fn prefers_minimal(request: &HttpRequest) -> bool {
    let lines = request.headers().get_all("prefer");
    let lines: Vec<_> = lines.map(|line| String::from_utf8_lossy(line.as_bytes())).collect();
    let mut preferences = lines
        .iter()
        .flat_map(|line| unquoted_parts(line, ','))
        .filter_map(|preference| unquoted_parts(preference, ';').next())
        .map(|preference| preference.split_once('=').unwrap_or((preference, "")));
    let wanted = preferences.find(|(name, _)| name.trim().eq_ignore_ascii_case("return"));
    wanted.is_some_and(|(_, value)| unquoted(value.trim()).eq_ignore_ascii_case("minimal"))
}

/// The value of a token or a quoted string; a string that does not end as it began is no value.
pub(super) fn unquoted(value: &str) -> String {
    let Some(quoted) = value.strip_prefix('"') else {
        return if value.contains('"') {
            String::new()
        } else {
            value.to_owned()
        };
    };
    let mut text = String::new();
    let mut letters = quoted.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '"' => {
                return if letters.as_str().is_empty() {
                    text
                } else {
                    String::new()
                };
            }
            '\\' => text.extend(letters.next()),
            other => text.push(other),
        }
    }
    String::new()
}

/// The parts of a header between separators that are outside of quotes.
pub(super) fn unquoted_parts(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let mut is_quoted = false;
    let mut is_escaped = false;
    text.split(move |c: char| {
        let was_escaped = is_escaped;
        is_escaped = is_quoted && c == '\\' && !was_escaped;
        if c == '"' && !was_escaped {
            is_quoted = !is_quoted;
        }
        c == separator && !is_quoted
    })
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn plain_json_unless_hal_is_preferred() {
        for (accept, expected) in [
            ("application/json, application/hal+json", false),
            ("application/hal+json", true),
            ("application/hal+json, application/json;q=0.9", true),
            ("application/hal+json;q=0.5, application/json", false),
            ("text/html, */*", false),
            ("", false),
        ] {
            let request = TestRequest::default()
                .insert_header((header::ACCEPT, accept))
                .to_http_request();
            assert_eq!(prefers_hal(&request), expected, "{accept}");
        }
    }

    #[test]
    fn minimal_may_stand_among_other_preferences() {
        for (prefer, expected) in [
            ("return=minimal", true),
            ("Return = \"minimal\"", true),
            ("respond-async, return=minimal; foo=1", true),
            ("return=representation", false),
            ("minimal", false),
        ] {
            let request = TestRequest::default()
                .insert_header(("prefer", prefer))
                .to_http_request();
            assert_eq!(prefers_minimal(&request), expected, "{prefer}");
        }
    }
}
