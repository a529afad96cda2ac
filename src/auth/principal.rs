//! Principals: the callers behind verified tokens.

use std::collections::HashSet;

use super::scope::{RequiredScopes, ScopeRule};
use crate::domain::AccountId;

/// A caller whose token was verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// The account whose data the caller works with.
    pub account: AccountId,
    /// The client program as named in the token; empty if the token names none. At most 255 characters.
    pub client: String,
    /// What the caller may do.
    pub scopes: Scopes,
}

impl Principal {
    /// Whether one of the rule's scopes was granted.
    pub fn satisfies<R: ScopeRule>(&self, required: &RequiredScopes) -> bool {
        let mut accepted = required.accepted::<R>().into_iter();
        accepted.any(|scope| self.scopes.contains(scope))
    }
}

/// Granted scopes, compared as a whole and case-sensitively.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scopes(HashSet<String>);

impl Scopes {
    /// Whether no scope was granted.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the scope was granted.
    pub fn contains(&self, scope: &str) -> bool {
        self.0.contains(scope)
    }
}

impl FromIterator<String> for Scopes {
    fn from_iter<T: IntoIterator<Item = String>>(scopes: T) -> Self {
        Self(scopes.into_iter().collect())
    }
}
