//! A record list.

use chrono::{DateTime, Utc};
pub use entity::record_list::{Status, UniqueIdentifierType};

use super::ids::RecordListId;

/// A record list that is to be made.
#[derive(Clone, Debug)]
pub struct NewRecordList {
    /// The id that it will have.
    pub id: RecordListId,
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
