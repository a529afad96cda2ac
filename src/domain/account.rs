//! Account ids: which account owns the data.

use std::fmt;

use super::text::{Line, TextFault};

/// The id of the caller's account, which owns the record lists: 1 to 255 characters, compared byte by byte.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct AccountId(Line<255>);

impl AccountId {
    /// Checks an account id.
    pub fn new(id: impl Into<String>) -> Result<Self, TextFault> {
        Line::new(id).map(Self)
    }

    /// Wraps an id read from the database; it was checked before it was stored.
    pub fn from_stored(id: String) -> Self {
        Self(Line::from_stored(id))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

// An account is a company, not a person, so the log may show its id.
impl fmt::Debug for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AccountId").field(&self.as_str()).finish()
    }
}
