//! Record lists.

use chrono::{DateTime, Utc};
pub use entity::record_list::{Status, UniqueIdentifierType};

use super::{ids::RecordListId, text::Lines};

/// The name of a list: 1 to 120 characters.
pub type ListName = Lines<120>;

/// A record list to create.
#[derive(Clone, Debug)]
pub struct NewRecordList {
    /// Its id.
    pub id: RecordListId,
    /// Its name.
    pub name: ListName,
    /// What makes two of its records duplicates.
    pub unique_identifier_type: UniqueIdentifierType,
}

/// A change of a record list.
#[derive(Clone, Debug, Default)]
pub struct ListChange {
    /// Its new name; `None` keeps the old one.
    pub name: Option<ListName>,
    /// Whether the file of the list is handed over.
    pub hands_file_over: bool,
}

/// A stored record list.
#[derive(Clone, Debug)]
pub struct RecordList {
    /// Its id.
    pub id: RecordListId,
    /// Its name.
    pub name: ListName,
    /// What makes two of its records duplicates.
    pub unique_identifier_type: UniqueIdentifierType,
    /// Its status.
    pub status: Status,
    /// How many records it contains.
    pub records_count: u64,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}
