//! Whose data it is.

use std::fmt;

use super::text::{Line, TextFault};

/// The account of a caller: the owner of record lists. Compared byte by byte.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct AccountId(Line<255>);

impl AccountId {
    /// Checks the id of an account.
    pub fn new(id: impl Into<String>) -> Result<Self, TextFault> {
        Line::new(id).map(Self)
    }

    /// An id that was checked before it was stored.
    pub fn from_stored(id: String) -> Self {
        Self(Line::from_stored(id))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

// An account is a company and not a person: the log names it.
impl fmt::Debug for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AccountId").field(&self.as_str()).finish()
    }
}
