//! Token headers. Nothing in them has been verified yet: a header only helps to choose the key.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, decode_header};
use serde_json::{Map, Value};

/// The parts of a header by which the key is chosen.
pub(super) struct TokenHeader {
    pub(super) kid: Option<String>,
    pub(super) algorithm: Algorithm,
}

/// Reads the header of a token; `None` if it is malformed or requires something that is not supported.
///
/// `typ` and `crit`, which can make a token unacceptable, are looked up in the JSON itself, because the library treats
/// null as absent.
pub(super) fn read(token: &str) -> Option<TokenHeader> {
    let header = decode_header(token).ok()?;
    let encoded = token.split('.').next()?;
    let json = BASE64_URL_SAFE_NO_PAD.decode(encoded).ok()?;
    let members: Map<String, Value> = serde_json::from_slice(&json).ok()?;
    let is_access_token = match members.get("typ") {
        None => true,
        Some(Value::String(typ)) => is_access_token_type(typ),
        Some(_) => false,
    };
    (is_access_token && !members.contains_key("crit")).then_some(TokenHeader {
        kid: header.kid,
        algorithm: header.alg,
    })
}

fn is_access_token_type(typ: &str) -> bool {
    ["jwt", "at+jwt", "application/at+jwt"]
        .iter()
        .any(|known| known.eq_ignore_ascii_case(typ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_that_ask_for_more_or_for_nothing_are_refused() {
        for (header, expected) in [
            (r#"{"alg":"HS256"}"#, true),
            (r#"{"alg":"HS256","typ":"JWT"}"#, true),
            (r#"{"alg":"HS256","typ":"jwt"}"#, true),
            (r#"{"alg":"HS256","typ":"at+JWT"}"#, true),
            (r#"{"alg":"HS256","typ":"Application/AT+jwt"}"#, true),
            (r#"{"alg":"HS256","cty":"JWT","x":{"y":1}}"#, true),
            (r#"{"alg":"HS256","typ":"JWS"}"#, false),
            (r#"{"alg":"HS256","typ":"id+jwt"}"#, false),
            (r#"{"alg":"HS256","typ":""}"#, false),
            (r#"{"alg":"HS256","typ":null}"#, false),
            (r#"{"alg":"HS256","typ":7}"#, false),
            (r#"{"alg":"HS256","crit":["exp"]}"#, false),
            (r#"{"alg":"HS256","crit":[]}"#, false),
            (r#"{"alg":"HS256","crit":"exp"}"#, false),
            (r#"{"alg":"HS256","crit":null}"#, false),
            (r#"{"alg":"HS256","kid":7}"#, false),
            (r#"{"alg":"HS256","alg":"RS256"}"#, false),
            (r#"{"alg":"none"}"#, false),
            (r#"{"alg":"None"}"#, false),
            (r#"{"alg":"hs256"}"#, false),
            (r#"{"alg":null}"#, false),
            ("{}", false),
            ("[]", false),
            ("", false),
        ] {
            let token = format!("{}.e30.", BASE64_URL_SAFE_NO_PAD.encode(header));
            assert_eq!(read(&token).is_some(), expected, "{header}");
        }
    }
}
