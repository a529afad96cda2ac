//! Record lists.

use chrono::{DateTime, Utc};
pub use entity::record_list::{Status, UniqueIdentifierType};

use super::{
    cursor::{KeyType, SortValue, SortedKey},
    ids::RecordListId,
    order::Order,
    text::Lines,
    time_range::TimeRange,
};

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

/// What lists can be ordered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListSort {
    /// The id alone: the order of creation.
    Id,
    /// The second in which they were created.
    CreatedAt,
    /// The second in which they were last changed.
    UpdatedAt,
    /// The name, compared byte by byte.
    Name,
}

/// The order of lists.
pub type ListOrder = Order<ListSort>;

impl ListSort {
    /// The type of the values.
    pub fn key_type(self) -> KeyType {
        match self {
            Self::Id => KeyType::Nothing,
            Self::CreatedAt | Self::UpdatedAt => KeyType::Number,
            Self::Name => KeyType::Text,
        }
    }
}

/// Which lists of an account to return.
#[derive(Clone, Debug, Default)]
pub struct ListConditions {
    /// Only lists with this exact name.
    pub name: Option<ListName>,
    /// Only lists with this status.
    pub status: Option<Status>,
    /// Only lists that were created in this time.
    pub created_at: TimeRange,
    /// Only lists that were last changed in this time.
    pub updated_at: TimeRange,
}

impl RecordList {
    /// What it is ordered by.
    pub fn key(&self, sort: ListSort) -> SortedKey {
        let value = match sort {
            ListSort::Id => SortValue::Nothing,
            ListSort::CreatedAt => SortValue::Number(self.created_at.timestamp()),
            ListSort::UpdatedAt => SortValue::Number(self.updated_at.timestamp()),
            ListSort::Name => SortValue::Text(self.name.as_str().to_owned()),
        };
        SortedKey { value, id: self.id.0 }
    }
}
