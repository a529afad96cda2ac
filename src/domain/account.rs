//! Whose data it is.

use super::text;

/// The account of a caller: the owner of record lists. 1..255 characters, compared byte by byte.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AccountId(String);

impl AccountId {
    /// An account id, or `None` when the text is empty, longer than 255 characters or holds control characters.
    pub fn new(id: impl Into<String>) -> Option<Self> {
        let id = id.into();
        let well_formed = text::has_length(&id, 1, 255) && !text::has_control_characters(&id);
        well_formed.then_some(Self(id))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
