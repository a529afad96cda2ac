//! Which scopes a token gets: those that are both requested and registered.

use thiserror::Error;

use crate::auth::scope::is_scope_token;

/// Why a list of scopes is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum InvalidScope {
    /// It is not a list of scopes with single spaces between them.
    #[error("scope must consist of scopes of visible ASCII characters, separated by single spaces")]
    Malformed,
    /// The list is too long, or has a scope twice.
    #[error("scope must have at most {LONGEST} bytes, and no scope twice")]
    TooMany,
    /// The client has none of them.
    #[error("the client has none of the requested scopes")]
    NothingLeft,
}

/// The longest list of scopes of a client, in bytes. A token has it, and must fit into a header.
const LONGEST: usize = 1_000;

/// Checks the scopes of a client: a list with single spaces (RFC 6749 section 3.3), none of them twice.
pub fn check_registered(scope: &str) -> Result<(), InvalidScope> {
    check_scope(scope)?;
    let scopes: Vec<&str> = scope.split(' ').collect();
    let is_new = |(place, scope): (usize, &&str)| !scopes[..place].contains(scope);
    if scope.len() <= LONGEST && scopes.iter().enumerate().all(is_new) {
        Ok(())
    } else {
        Err(InvalidScope::TooMany)
    }
}

fn check_scope(scope: &str) -> Result<(), InvalidScope> {
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
    fn a_client_has_each_scope_once_and_not_too_many() {
        assert_eq!(check_registered("a b"), Ok(()));
        assert_eq!(check_registered("a b a"), Err(InvalidScope::TooMany));
        assert_eq!(check_registered(&"a".repeat(1_001)), Err(InvalidScope::TooMany));
        assert_eq!(check_registered(""), Err(InvalidScope::Malformed));
    }

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
