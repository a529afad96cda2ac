//! Token headers. Nothing in them has been verified yet: a header only helps to choose the key.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, decode_header};
use serde_json::{Map, Value};

use super::refusal::Refusal;

/// The parts of a header by which the key is chosen.
pub(super) struct TokenHeader {
    pub(super) kid: Option<String>,
    pub(super) algorithm: Algorithm,
}

/// Reads the header of a token, unless it is malformed or requires something that is not supported.
///
/// The members are looked up in the JSON itself first, because the library treats null as absent and does not say which
/// member it refuses.
pub(super) fn read(token: &str) -> Result<TokenHeader, Refusal> {
    let members = members(token).ok_or(Refusal::Malformed)?;
    if members.contains_key("crit") {
        return Err(Refusal::Critical);
    }
    let is_access_token = match members.get("typ") {
        None => true,
        Some(Value::String(typ)) => is_access_token_type(typ),
        Some(_) => false,
    };
    if !is_access_token {
        return Err(Refusal::Type);
    }
    let algorithm = members.get("alg").and_then(Value::as_str);
    if algorithm.is_none_or(|name| name.parse::<Algorithm>().is_err()) {
        return Err(Refusal::Algorithm);
    }
    // Refuses what a map does not show, such as a member that is there twice.
    let header = decode_header(token).map_err(|_| Refusal::Malformed)?;
    Ok(TokenHeader {
        kid: header.kid,
        algorithm: header.alg,
    })
}

/// The key id of a token, which nothing has verified; `None` if it has none.
pub(in crate::auth) fn kid_of(token: &str) -> Option<String> {
    match members(token)?.remove("kid")? {
        Value::String(kid) => Some(kid),
        _ => None,
    }
}

fn members(token: &str) -> Option<Map<String, Value>> {
    let encoded = token.split('.').next()?;
    let json = BASE64_URL_SAFE_NO_PAD.decode(encoded).ok()?;
    serde_json::from_slice(&json).ok()
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
        use Refusal::{Algorithm, Critical, Malformed, Type};
        for (header, expected) in [
            (r#"{"alg":"HS256"}"#, None),
            (r#"{"alg":"HS256","typ":"JWT"}"#, None),
            (r#"{"alg":"HS256","typ":"jwt"}"#, None),
            (r#"{"alg":"HS256","typ":"at+JWT"}"#, None),
            (r#"{"alg":"HS256","typ":"Application/AT+jwt"}"#, None),
            (r#"{"alg":"HS256","cty":"JWT","x":{"y":1}}"#, None),
            (r#"{"alg":"HS256","typ":"JWS"}"#, Some(Type)),
            (r#"{"alg":"HS256","typ":"id+jwt"}"#, Some(Type)),
            (r#"{"alg":"HS256","typ":""}"#, Some(Type)),
            (r#"{"alg":"HS256","typ":null}"#, Some(Type)),
            (r#"{"alg":"HS256","typ":7}"#, Some(Type)),
            (r#"{"alg":"HS256","crit":["exp"]}"#, Some(Critical)),
            (r#"{"alg":"HS256","crit":[]}"#, Some(Critical)),
            (r#"{"alg":"HS256","crit":"exp"}"#, Some(Critical)),
            (r#"{"alg":"HS256","crit":null}"#, Some(Critical)),
            (r#"{"alg":"HS256","kid":7}"#, Some(Malformed)),
            (r#"{"alg":"HS256","alg":"RS256"}"#, Some(Malformed)),
            (r#"{"alg":"none"}"#, Some(Algorithm)),
            (r#"{"alg":"None"}"#, Some(Algorithm)),
            (r#"{"alg":"hs256"}"#, Some(Algorithm)),
            (r#"{"alg":null}"#, Some(Algorithm)),
            ("{}", Some(Algorithm)),
            ("[]", Some(Malformed)),
            ("", Some(Malformed)),
        ] {
            let token = format!("{}.e30.", BASE64_URL_SAFE_NO_PAD.encode(header));
            assert_eq!(read(&token).err(), expected, "{header}");
        }
    }
}
