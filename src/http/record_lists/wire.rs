//! Record lists on the wire (api.md section 3).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    domain,
    http::response::{
        hal::{SelfLink, timestamp},
        links::Links,
    },
};

/// What makes a record a duplicate of another within its list; fixed at creation.
// Source: api.md section 3.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum UniqueIdentifierType {
    /// Any of its phone numbers.
    PhoneNumber,
    /// Its external provider with its external id; every record of the list must have them.
    External,
    /// Nothing: duplicates are allowed.
    Nothing,
}

/// Where a list is in its life.
// Source: api.md section 3.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RecordListStatus {
    /// No record of the file could be taken.
    Rejected,
    /// The file is being read.
    ValidationStarted,
    /// The file waits to be read.
    Uploaded,
    /// The list can be dialled.
    Accepted,
    /// Some records of the file could not be taken.
    Incomplete,
    /// The file could not be read.
    Corrupted,
}

/// A team that works with a list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Team {
    /// The team's id.
    #[schema(min_length = 1, max_length = 36)]
    pub id: String,
    /// The team's name.
    pub name: String,
    /// The team.
    #[serde(rename = "_links")]
    pub links: SelfLink,
}

/// A record list.
// Source: api.md section 3.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = RecordList)]
pub struct RecordListBody {
    /// The list's id, a UUID.
    #[schema(min_length = 1, max_length = 36, examples("b9a5c3a4-7f5e-4d86-9a4e-0a1f3f6f2c11"))]
    pub id: String,
    /// Its name.
    #[schema(min_length = 1, max_length = 120, examples("Spring campaign"))]
    pub name: String,
    /// What makes a record a duplicate in it.
    pub unique_identifier_type: UniqueIdentifierType,
    /// When it was made, RFC 3339 in UTC.
    #[schema(format = "date-time", examples("2026-11-24T10:00:00Z"))]
    pub created_at: String,
    /// When it was last changed, RFC 3339 in UTC.
    #[schema(format = "date-time", examples("2026-11-24T10:00:00Z"))]
    pub updated_at: String,
    /// Where it is in its life.
    pub status: RecordListStatus,
    /// How many records it holds.
    #[schema(minimum = 0, examples(8))]
    pub records_count: u64,
    /// The teams that work with it.
    pub teams: Vec<Team>,
    /// Where it is.
    #[serde(rename = "_links")]
    pub links: SelfLink,
}

impl RecordListBody {
    /// The list as the caller sees it.
    pub fn new(list: domain::RecordList, links: &Links) -> Self {
        Self {
            id: list.id.0.to_string(),
            name: list.name,
            unique_identifier_type: list.unique_identifier_type.into(),
            created_at: timestamp(list.created_at),
            updated_at: timestamp(list.updated_at),
            status: list.status.into(),
            records_count: list.records_count,
            teams: Vec::new(),
            links: SelfLink::to(links.record_list(list.id)),
        }
    }
}

impl From<domain::UniqueIdentifierType> for UniqueIdentifierType {
    fn from(identified_by: domain::UniqueIdentifierType) -> Self {
        match identified_by {
            domain::UniqueIdentifierType::PhoneNumber => Self::PhoneNumber,
            domain::UniqueIdentifierType::External => Self::External,
            domain::UniqueIdentifierType::Nothing => Self::Nothing,
        }
    }
}

impl From<UniqueIdentifierType> for domain::UniqueIdentifierType {
    fn from(identified_by: UniqueIdentifierType) -> Self {
        match identified_by {
            UniqueIdentifierType::PhoneNumber => Self::PhoneNumber,
            UniqueIdentifierType::External => Self::External,
            UniqueIdentifierType::Nothing => Self::Nothing,
        }
    }
}

impl From<domain::Status> for RecordListStatus {
    fn from(status: domain::Status) -> Self {
        match status {
            domain::Status::Rejected => Self::Rejected,
            domain::Status::ValidationStarted => Self::ValidationStarted,
            domain::Status::Uploaded => Self::Uploaded,
            domain::Status::Accepted => Self::Accepted,
            domain::Status::Incomplete => Self::Incomplete,
            domain::Status::Corrupted => Self::Corrupted,
        }
    }
}
