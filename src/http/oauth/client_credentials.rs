//! How a client says who it is: by HTTP Basic, or in the form (RFC 6749 section 2.3.1).

use actix_web::{HttpRequest, http::header};
use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use percent_encoding::percent_decode_str;

use super::{error::OAuthError, form::Form};

/// Base64 with or without padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The id and the secret, in each way in which they may have been meant.
pub(super) fn read(request: &HttpRequest, form: &Form) -> Result<Vec<(String, String)>, OAuthError> {
    if form
        .get("client_assertion")
        .or(form.get("client_assertion_type"))
        .is_some()
    {
        let description = "Client assertions are not supported. Send the client secret.";
        return Err(OAuthError::invalid_client(description));
    }
    let (id, secret) = (form.get("client_id"), form.get("client_secret"));
    let Some((basic_id, basic_secret)) = basic(request)? else {
        return match (id, secret) {
            (Some(id), Some(secret)) => Ok(vec![(id.to_owned(), secret.to_owned())]),
            _ => Err(OAuthError::invalid_client(
                "Send the client id and the client secret by HTTP Basic, or as client_id and client_secret in the form.",
            )),
        };
    };
    // Many clients do not encode them before base64, as the standard has it. Ids and secrets of this service look the same
    // in both forms.
    let decoded = form_decoded(&basic_id).zip(form_decoded(&basic_secret));
    let mut meant = vec![(basic_id, basic_secret)];
    meant.extend(decoded.filter(|decoded| *decoded != meant[0]));
    // What is sent in both ways must be the same.
    meant.retain(|(of_basic, its_secret)| {
        id.is_none_or(|id| id == of_basic) && secret.is_none_or(|secret| secret == its_secret)
    });
    if meant.is_empty() {
        let description = "The client credentials in the form are not those of HTTP Basic.";
        return Err(OAuthError::invalid_request(description));
    }
    Ok(meant)
}

/// The id and the secret of the only `Authorization` header; `None` without one.
fn basic(request: &HttpRequest) -> Result<Option<(String, String)>, OAuthError> {
    let mut headers = request.headers().get_all(header::AUTHORIZATION);
    let Some(only) = headers.next() else {
        return Ok(None);
    };
    if headers.next().is_some() {
        let description = "There is more than one Authorization header.";
        return Err(OAuthError::invalid_request(description));
    }
    let malformed = || OAuthError::invalid_client("The Authorization header must be HTTP Basic.");
    let read = || {
        let (scheme, encoded) = only.to_str().ok()?.trim().split_once(' ')?;
        let bytes = BASE64.decode(encoded.trim()).ok()?;
        let text = String::from_utf8(bytes).ok()?;
        let (id, secret) = text.split_once(':')?;
        scheme
            .eq_ignore_ascii_case("basic")
            .then(|| (id.to_owned(), secret.to_owned()))
    };
    read().map(Some).ok_or_else(malformed)
}

fn form_decoded(text: &str) -> Option<String> {
    let spaced = text.replace('+', " ");
    let decoded = percent_decode_str(&spaced).decode_utf8().ok()?;
    Some(decoded.into_owned())
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn credentials(authorization: Option<&str>, form: &str) -> Result<Vec<(String, String)>, OAuthError> {
        let request = match authorization {
            Some(text) => TestRequest::default().insert_header((header::AUTHORIZATION, text)),
            None => TestRequest::default(),
        };
        let request = request.to_http_request();
        read(&request, &Form::read(form.as_bytes())?)
    }

    fn basic_of(text: &str) -> String {
        format!("Basic {}", BASE64.encode(text))
    }

    #[test]
    fn both_ways_count_and_must_be_equal() {
        let pair = |id: &str, secret: &str| (id.to_owned(), secret.to_owned());
        let basic = basic_of("a:b");
        for (authorization, form, expected) in [
            (None, "client_id=a&client_secret=b", vec![pair("a", "b")]),
            (None, "client_id=a%2B&client_secret=b+c", vec![pair("a+", "b c")]),
            (Some(basic.as_str()), "", vec![pair("a", "b")]),
            (Some("bAsIc YTpi"), "", vec![pair("a", "b")]),
            (Some(basic.as_str()), "client_id=a", vec![pair("a", "b")]),
            (
                Some(basic.as_str()),
                "client_id=a&client_secret=b",
                vec![pair("a", "b")],
            ),
            (Some(basic_of("a:b:c").as_str()), "", vec![pair("a", "b:c")]),
            (
                Some(basic_of("a:b%2B+").as_str()),
                "",
                vec![pair("a", "b%2B+"), pair("a", "b+ ")],
            ),
            (
                Some(basic_of("a:b%2B").as_str()),
                "client_secret=b%2B",
                vec![pair("a", "b+")],
            ),
        ] {
            assert_eq!(
                credentials(authorization, form).ok(),
                Some(expected),
                "{authorization:?} {form}"
            );
        }
    }

    #[test]
    fn what_does_not_name_a_client_is_refused() {
        let basic = basic_of("a:b");
        for (authorization, form, expected) in [
            (None, "", "invalid_client"),
            (None, "client_id=a", "invalid_client"),
            (None, "client_secret=a", "invalid_client"),
            (None, "client_id=a&client_secret=", "invalid_client"),
            (None, "client_id=a&client_secret=b&client_assertion=c", "invalid_client"),
            (Some("Basic"), "", "invalid_client"),
            (Some("Basic !"), "", "invalid_client"),
            (Some("Basic YQ=="), "", "invalid_client"),
            (Some("Basic /w=="), "", "invalid_client"),
            (Some("Bearer YTpi"), "", "invalid_client"),
            (Some(basic.as_str()), "client_id=b", "invalid_request"),
            (Some(basic.as_str()), "client_id=a&client_secret=c", "invalid_request"),
        ] {
            let error = credentials(authorization, form).unwrap_err().to_string();
            assert_eq!(error, expected, "{authorization:?} {form}");
        }
    }
}
