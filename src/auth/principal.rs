//! Who calls.

use std::collections::HashSet;

use super::scope::ScopeRule;
use crate::domain::AccountId;

/// A caller whose token was verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// Whose data the caller works with.
    pub account: AccountId,
    /// The program that calls, as its token says; empty when it does not say. At most 255 characters.
    pub client: String,
    /// What the caller may do.
    pub scopes: Scopes,
}

impl Principal {
    /// Whether one of the rule's scopes was granted.
    pub fn satisfies<R: ScopeRule>(&self) -> bool {
        R::ACCEPTED.iter().any(|scope| self.scopes.contains(scope))
    }
}

/// Granted scopes, compared whole and with regard to case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scopes(HashSet<String>);

impl Scopes {
    /// Whether none was granted.
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
