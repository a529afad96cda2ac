//! The form that a client sends to the token endpoint.

use std::{collections::BTreeMap, time::Duration};

use actix_web::{HttpRequest, http::header};
use url::form_urlencoded;

use super::error::OAuthError;

/// The members that OAuth 2.0 or the contract knows. Others are ignored.
const MEMBERS: [&str; 11] = [
    "grant_type",
    "scope",
    "expires_in",
    "token_type",
    "client_id",
    "client_secret",
    "client_assertion",
    "client_assertion_type",
    "code",
    "redirect_uri",
    "refresh_token",
];

/// The members of a form, each of them once.
pub(super) struct Form(BTreeMap<String, String>);

impl Form {
    /// Checks what is known before the form has come: its type, and that nothing of it is in the query.
    pub(super) fn check_head(request: &HttpRequest) -> Result<(), OAuthError> {
        check_media_type(request)?;
        check_query(request)
    }

    /// Reads the form. A member without a value counts as absent (RFC 6749 section 3.2).
    pub(super) fn read(body: &[u8]) -> Result<Self, OAuthError> {
        let mut members = BTreeMap::new();
        for (name, value) in form_urlencoded::parse(body) {
            if members.insert(name.clone().into_owned(), value.into_owned()).is_some() {
                let name = name_of(&name);
                return Err(OAuthError::invalid_request(format!("{name} is there more than once.")));
            }
        }
        members.retain(|_, value| !value.is_empty());
        Ok(Self(members))
    }

    /// The value of a member.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// How long the token is to be valid.
    pub(super) fn lifetime(&self) -> Result<Option<Duration>, OAuthError> {
        let Some(text) = self.get("expires_in") else {
            return Ok(None);
        };
        let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
        // A number that is too large for the type asks for more than there is.
        let seconds = if is_number { text.parse().unwrap_or(u64::MAX) } else { 0 };
        if seconds == 0 {
            let description = "expires_in must be a number of seconds, 1 or more.";
            return Err(OAuthError::invalid_request(description));
        }
        Ok(Some(Duration::from_secs(seconds)))
    }
}

/// Accepts a form in UTF-8, or no media type at all.
fn check_media_type(request: &HttpRequest) -> Result<(), OAuthError> {
    let mut types = request.headers().get_all(header::CONTENT_TYPE);
    let is_form = match (types.next(), types.next()) {
        (None, _) => true,
        (Some(only), None) => only
            .to_str()
            .ok()
            .and_then(|text| text.parse::<mime::Mime>().ok())
            .is_some_and(|mime| {
                let is_form = mime.essence_str() == mime::APPLICATION_WWW_FORM_URLENCODED.as_ref();
                is_form
                    && mime
                        .get_param(mime::CHARSET)
                        .is_none_or(|charset| charset == mime::UTF_8)
            }),
        _ => false,
    };
    if is_form {
        return Ok(());
    }
    Err(OAuthError::invalid_request(
        "The body must be a form. Send it with Content-Type: application/x-www-form-urlencoded.",
    ))
}

/// Refuses members in the query, which logs of proxies show. Passing over them would grant something else.
fn check_query(request: &HttpRequest) -> Result<(), OAuthError> {
    let mut names = form_urlencoded::parse(request.query_string().as_bytes()).map(|(name, _)| name);
    match names.find(|name| MEMBERS.contains(&&**name)) {
        Some(name) => Err(OAuthError::invalid_request(format!(
            "{name} must be in the body, not in the query."
        ))),
        None => Ok(()),
    }
}

/// The name of a member; one that nobody knows can be anything, and is not repeated.
fn name_of(name: &str) -> &str {
    MEMBERS.iter().find(|known| **known == name).unwrap_or(&"A member")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> Result<Form, OAuthError> {
        Form::read(body.as_bytes())
    }

    #[test]
    fn members_are_decoded_and_empty_ones_are_absent() {
        let form = read("a=b+c%2B&scope=&x&grant_type=client_credentials").unwrap();
        assert_eq!(form.get("a"), Some("b c+"));
        assert_eq!(form.get("scope"), None);
        assert_eq!(form.get("x"), None);
        assert_eq!(form.get("grant_type"), Some("client_credentials"));
        for body in ["a=1&a=1", "scope=a&scope=", "scope=a&sc%6Fpe=b"] {
            assert!(read(body).is_err(), "{body}");
        }
    }

    #[test]
    fn a_lifetime_is_a_positive_integer() {
        for (text, expected) in [
            ("", Some(None)),
            ("expires_in=1", Some(Some(1))),
            ("expires_in=007", Some(Some(7))),
            ("expires_in=99999999999999999999999", Some(Some(u64::MAX))),
            ("expires_in=0", None),
            ("expires_in=-1", None),
            ("expires_in=%2B1", None),
            ("expires_in=1.0", None),
            ("expires_in=1e3", None),
            ("expires_in=ten", None),
        ] {
            let lifetime = read(text).unwrap().lifetime().ok();
            let expected = expected.map(|seconds| seconds.map(Duration::from_secs));
            assert_eq!(lifetime, expected, "{text}");
        }
    }
}
