//! Scopes (docs/contract.md section 1.6).

use thiserror::Error;

/// The scope that every operation accepts, unless the settings name others in its place.
pub const MANAGE: &str = "record-lists:manage";

/// The scope that the vendor prints for reading records; accepted in addition to [`MANAGE`].
const READ: &str = "tod.records-list.manage";

/// The scope that the vendor prints for changing a record list; accepted in addition to [`MANAGE`].
const WRITE: &str = "record-lists:write";

/// A rule that says which scopes an operation accepts. The signature of a handler names its rule.
pub trait ScopeRule: 'static {
    /// The accepted scopes, one of which is enough. [`MANAGE`] stands for the scopes in the settings.
    const ACCEPTED: &'static [&'static str];
}

/// [`MANAGE`] alone.
#[derive(Clone, Copy, Debug)]
pub struct Manage;

impl ScopeRule for Manage {
    const ACCEPTED: &'static [&'static str] = &[MANAGE];
}

/// [`MANAGE`], or the scope for reading records.
#[derive(Clone, Copy, Debug)]
pub struct ManageOrRead;

impl ScopeRule for ManageOrRead {
    const ACCEPTED: &'static [&'static str] = &[MANAGE, READ];
}

/// [`MANAGE`], or the scope for changing record lists.
#[derive(Clone, Copy, Debug)]
pub struct ManageOrWrite;

impl ScopeRule for ManageOrWrite {
    const ACCEPTED: &'static [&'static str] = &[MANAGE, WRITE];
}

/// The scopes that are required in place of [`MANAGE`], at least one; one of them is enough.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequiredScopes(Vec<String>);

/// Why scopes cannot be required.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ScopeFault {
    /// There is none. Without a scope, nobody could be let in, or everybody would be.
    #[error("must name a scope")]
    None,
    /// It is no scope of RFC 6749. No token could have it, or no header could name it.
    #[error("must name scopes of visible ASCII characters, without spaces, quotes and backslashes")]
    Malformed,
}

impl RequiredScopes {
    /// Checks the scopes from the settings.
    pub fn new(scopes: Vec<String>) -> Result<Self, ScopeFault> {
        if scopes.is_empty() {
            return Err(ScopeFault::None);
        }
        if scopes.iter().all(|scope| is_scope_token(scope)) {
            Ok(Self(scopes))
        } else {
            Err(ScopeFault::Malformed)
        }
    }

    /// The first one, for texts that name only one.
    pub fn first(&self) -> &str {
        self.0.first().map_or(MANAGE, String::as_str)
    }

    /// The scopes that the rule accepts, one of which is enough. An error response names the first.
    pub fn accepted<R: ScopeRule>(&self) -> Vec<&str> {
        let mut accepted = Vec::new();
        for scope in R::ACCEPTED {
            match *scope {
                MANAGE => accepted.extend(self.0.iter().map(String::as_str)),
                other => accepted.push(other),
            }
        }
        accepted
    }
}

impl Default for RequiredScopes {
    fn default() -> Self {
        Self(vec![MANAGE.to_owned()])
    }
}

/// Whether the text is a `scope-token` (RFC 6749 section 3.3).
pub(super) fn is_scope_token(text: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\';
    !text.is_empty() && text.bytes().all(is_allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn required(scopes: &[&str]) -> Result<RequiredScopes, ScopeFault> {
        RequiredScopes::new(scopes.iter().map(|scope| (*scope).to_owned()).collect())
    }

    #[test]
    fn required_scopes_stand_in_the_place_of_manage() {
        let of_a_cloud = required(&["record-lists/manage", "dial.all"]).unwrap();
        assert_eq!(of_a_cloud.first(), "record-lists/manage");
        assert_eq!(of_a_cloud.accepted::<Manage>(), ["record-lists/manage", "dial.all"]);
        assert_eq!(
            of_a_cloud.accepted::<ManageOrRead>(),
            ["record-lists/manage", "dial.all", READ]
        );
        assert_eq!(RequiredScopes::default().accepted::<ManageOrRead>(), [MANAGE, READ]);
    }

    #[test]
    fn a_required_scope_can_be_in_a_token_and_in_a_header() {
        for scope in [
            "a",
            "record-lists/record-lists:manage",
            "https://a.example/b?c=d,e",
            "!~[]",
        ] {
            assert!(required(&[scope]).is_ok(), "{scope}");
        }
        for scope in ["", " ", "a b", "a\"", "a\\b", "a\n", "a\0", "é", "\u{7f}"] {
            assert_eq!(required(&["a", scope]), Err(ScopeFault::Malformed), "{scope:?}");
        }
        assert_eq!(required(&[]), Err(ScopeFault::None));
    }
}
