//! A record list.

use chrono::{DateTime, Utc};
pub use entity::record_list::{Status, UniqueIdentifierType};
use uuid::Uuid;

use super::AccountId;

/// The id of a record list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RecordListId(pub Uuid);

impl RecordListId {
    /// Reads the hyphenated form of 36 characters in any case; every other spelling names no list.
    pub fn parse(sent: &str) -> Option<Self> {
        hyphenated_uuid(sent).map(Self)
    }
}

/// A UUID in the one form that is accepted in requests: 36 characters with hyphens, any case.
pub(super) fn hyphenated_uuid(sent: &str) -> Option<Uuid> {
    // The parser also takes braces, URNs and bare hexadecimal digits: other databases would not.
    (sent.len() == 36).then(|| Uuid::try_parse(sent).ok())?
}

/// A record list that is to be made.
#[derive(Clone, Debug)]
pub struct NewRecordList {
    /// The id that it will have.
    pub id: RecordListId,
    /// Its owner.
    pub account: AccountId,
    /// Its name, 1..120 characters.
    pub name: String,
    /// What makes a record a duplicate in it.
    pub unique_identifier_type: UniqueIdentifierType,
}

/// A record list as it is stored.
#[derive(Clone, Debug)]
pub struct RecordList {
    /// Its id.
    pub id: RecordListId,
    /// Its name.
    pub name: String,
    /// What makes a record a duplicate in it.
    pub unique_identifier_type: UniqueIdentifierType,
    /// Where it is in its life.
    pub status: Status,
    /// How many records it holds.
    pub records_count: u64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}
