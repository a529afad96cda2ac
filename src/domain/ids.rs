//! Ids of record lists and records.

use entity::hide_values;
use uuid::{Uuid, fmt::Hyphenated};

use super::text::Line;

/// An id as sent: 1 to 36 characters, not necessarily a UUID.
pub type SentId = Line<{ Hyphenated::LENGTH }>;

/// The id of a record list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RecordListId(pub Uuid);

impl RecordListId {
    /// Reads a hyphenated UUID of 36 characters, in upper or lower case. No other spelling identifies a list.
    pub fn parse(sent: &str) -> Option<Self> {
        hyphenated_uuid(sent).map(Self)
    }
}

/// The id of a record.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RecordId(pub Uuid);

impl RecordId {
    /// Reads a hyphenated UUID of 36 characters, in upper or lower case. No other spelling identifies a record.
    pub fn parse(sent: &str) -> Option<Self> {
        hyphenated_uuid(sent).map(Self)
    }
}

hide_values!(RecordId);

/// Reads a UUID in the only form that requests may use: 36 characters with hyphens, in upper or lower case.
fn hyphenated_uuid(sent: &str) -> Option<Uuid> {
    // The parser also accepts braces, URNs and bare hexadecimal digits, which other databases would not.
    (sent.len() == Hyphenated::LENGTH).then(|| Uuid::try_parse(sent).ok())?
}
