//! The ids of lists and records.

use entity::hide_values;
use uuid::Uuid;

use super::text::Line;

/// An id as it was sent.
pub type SentId = Line<36>;

/// The id of a record list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RecordListId(pub Uuid);

impl RecordListId {
    /// Reads the hyphenated form of 36 characters in any case; no other spelling identifies a list.
    pub fn parse(sent: &str) -> Option<Self> {
        hyphenated_uuid(sent).map(Self)
    }
}

/// The id of a record.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RecordId(pub Uuid);

impl RecordId {
    /// Reads the hyphenated form of 36 characters in any case; no other spelling identifies a record.
    pub fn parse(sent: &str) -> Option<Self> {
        hyphenated_uuid(sent).map(Self)
    }
}

hide_values!(RecordId);

/// A UUID in the one form that is accepted in requests: 36 characters with hyphens, any case.
fn hyphenated_uuid(sent: &str) -> Option<Uuid> {
    // The parser also takes braces, URNs and bare hexadecimal digits: other databases would not.
    (sent.len() == 36).then(|| Uuid::try_parse(sent).ok())?
}
