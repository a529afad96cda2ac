//! Which scopes a token gets: those that are both requested and registered.

use thiserror::Error;

use crate::auth::scope::is_scope_token;

/// Why a token gets no scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum InvalidScope {
    /// It is not a list of scopes with single spaces between them.
    #[error("scope must consist of scopes of visible ASCII characters, separated by single spaces")]
    Malformed,
    /// The client has none of them.
    #[error("the client has none of the requested scopes")]
    NothingLeft,
}

/// Checks that a text is a list of scopes (RFC 6749 section 3.3).
pub fn check_scope(scope: &str) -> Result<(), InvalidScope> {
    if scope.split(' ').all(is_scope_token) {
        Ok(())
    } else {
        Err(InvalidScope::Malformed)
    }
}

/// The scopes that a token gets, in the order in which they are registered. Without a request, or with an empty one, that
/// is everything that is registered.
pub fn granted(registered: &str, requested: Option<&str>) -> Result<String, InvalidScope> {
    let requested = requested.unwrap_or_default();
    if requested.is_empty() {
        return Ok(registered.to_owned());
    }
    check_scope(requested)?;
    let is_requested = |scope: &&str| requested.split(' ').any(|other| other == *scope);
    let left: Vec<&str> = registered.split(' ').filter(is_requested).collect();
    if left.is_empty() {
        return Err(InvalidScope::NothingLeft);
    }
    Ok(left.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_requested_and_registered_is_granted() {
        use InvalidScope::{Malformed, NothingLeft};
        for (registered, requested, expected) in [
            ("a b", None, Ok("a b")),
            ("a b", Some(""), Ok("a b")),
            ("a b", Some("b a"), Ok("a b")),
            ("a b", Some("c b"), Ok("b")),
            ("a", Some("a a"), Ok("a")),
            ("a b", Some("A"), Err(NothingLeft)),
            ("a b", Some("ab"), Err(NothingLeft)),
            ("a b", Some("a "), Err(Malformed)),
            ("a b", Some(" "), Err(Malformed)),
            ("a b", Some("a  b"), Err(Malformed)),
            ("a b", Some("a,\"b\""), Err(Malformed)),
            ("a b", Some("a\tb"), Err(Malformed)),
            ("a b", Some("é"), Err(Malformed)),
        ] {
            let expected = expected.map(str::to_owned);
            assert_eq!(granted(registered, requested), expected, "{requested:?}");
        }
    }
}
