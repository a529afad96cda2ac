//! Conditional writes. No resource has a validator (docs/contract.md section 1.13), so that a condition on one fails.

use actix_web::{HttpRequest, http::header};

use crate::http::response::error::{ApiError, ErrorCode};

/// Whether a write must not be carried out because of `If-Match` or `If-None-Match`.
pub(crate) fn fail(request: &HttpRequest) -> bool {
    // A proxy may join lines of a header to a list, so each element counts as if it were alone.
    let elements = |name| {
        let lines = request.headers().get_all(name);
        let elements = lines.flat_map(|line| line.as_bytes().split(|byte| *byte == b','));
        elements.map(<[u8]>::trim_ascii).filter(|element| !element.is_empty())
    };
    let names_a_version = elements(header::IF_MATCH).any(|element| element != b"*");
    let is_for_what_is_absent = elements(header::IF_NONE_MATCH).any(|element| element == b"*");
    names_a_version || is_for_what_is_absent
}

/// The response to a write whose precondition fails.
pub(crate) fn failed() -> ApiError {
    ApiError::new(ErrorCode::PreconditionFailed)
        .describe("No resource has an entity tag. Send the request without If-Match and If-None-Match.")
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn conditions_on_a_version_fail() {
        for (name, value, expected) in [
            ("if-match", "\"stale\"", true),
            ("if-match", "W/\"a\", \"b\"", true),
            ("if-match", "unquoted", true),
            ("if-match", "*", false),
            ("if-match", " ", false),
            ("if-match", "*, *", false),
            ("if-match", "*, \"a\"", true),
            ("if-none-match", "*", true),
            ("if-none-match", "\"a\", *", true),
            ("if-none-match", "*,", true),
            ("if-none-match", "\"a\", \"b\"", false),
            ("if-none-match", "\"a\"", false),
            ("if-unmodified-since", "Sat, 29 Oct 1994 19:43:31 GMT", false),
            ("if-modified-since", "Sat, 29 Oct 1994 19:43:31 GMT", false),
        ] {
            let request = TestRequest::delete().insert_header((name, value)).to_http_request();
            assert_eq!(fail(&request), expected, "{name}: {value}");
        }
    }
}
