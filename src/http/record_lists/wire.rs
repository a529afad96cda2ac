//! Record lists on the wire (docs/contract.md section 3).

use crate::{
    domain::{AccountId, ListName, RecordList, RecordListId, SentId, Status, UniqueIdentifierType},
    http::{
        response::{format::HasAdditions, hal::SelfLink, links::Links},
        schema::{Count, Timestamp, object::response},
    },
};

response! {
    /// A team that works with a record list.
    pub struct Team as "Team" {
        /// The id of the team.
        id: SentId,
        /// The name of the team.
        name: String,
        /// Links.
        links as "_links": SelfLink,
    }
}

response! {
    /// A record list.
    pub struct RecordListBody as "RecordList" {
        /// The id of the list, a UUID.
        #[example("b9a5c3a4-7f5e-4d86-9a4e-0a1f3f6f2c11")]
        id: RecordListId,
        /// The name of the list.
        #[example("Spring campaign")]
        name: ListName,
        /// Which records count as duplicates in the list.
        unique_identifier_type: UniqueIdentifierType,
        /// When the list was created, RFC 3339 in UTC.
        created_at: Timestamp,
        /// When the list was last changed, RFC 3339 in UTC.
        updated_at: Timestamp,
        /// The status of the list.
        status: Status,
        /// Number of records in the list.
        #[example(8)]
        records_count: Count,
        /// The teams that work with the list.
        teams: Vec<Team>,
        /// Links.
        links as "_links": SelfLink,
    }
}

response! {
    /// A record list that was created.
    pub struct CreatedRecordList as "CreatedRecordList" {
        /// The id of the list, a UUID.
        #[example("b9a5c3a4-7f5e-4d86-9a4e-0a1f3f6f2c11")]
        id: RecordListId,
        /// The name of the list.
        #[example("Spring campaign")]
        name: ListName,
        /// Which records count as duplicates in the list.
        unique_identifier_type: UniqueIdentifierType,
        /// When the list was created, RFC 3339 in UTC; absent in the published form.
        created_at: Option<Timestamp>,
        /// When the list was last changed, RFC 3339 in UTC; absent in the published form.
        updated_at: Option<Timestamp>,
        /// The status of the list.
        status: Status,
        /// Number of records in the list; absent in the published form.
        #[example(0)]
        records_count: Option<Count>,
        /// The teams that work with the list; absent in the published form.
        teams: Option<Vec<Team>>,
        /// Links.
        links as "_links": SelfLink,
    }
}

impl CreatedRecordList {
    /// The list as its creator sees it.
    pub fn new(list: RecordList, links: &Links) -> Self {
        let list = RecordListBody::new(list, links);
        Self {
            id: list.id,
            name: list.name,
            unique_identifier_type: list.unique_identifier_type,
            created_at: Some(list.created_at),
            updated_at: Some(list.updated_at),
            status: list.status,
            records_count: Some(list.records_count),
            teams: Some(list.teams),
            links: list.links,
        }
    }
}

response! {
    /// A record list that was changed.
    pub struct ChangedRecordList as "ChangedRecordList" {
        /// The id of the list, a UUID.
        #[example("b9a5c3a4-7f5e-4d86-9a4e-0a1f3f6f2c11")]
        id: RecordListId,
        /// The id of the account that owns the list.
        #[example("acme")]
        account_id: AccountId,
        /// The name of the list.
        #[example("Summer campaign")]
        name: ListName,
        /// Which records count as duplicates in the list.
        unique_identifier_type: UniqueIdentifierType,
        /// When the list was created, RFC 3339 in UTC.
        created_at: Timestamp,
        /// When the list was last changed, RFC 3339 in UTC; absent in the published form.
        updated_at: Option<Timestamp>,
        /// The status of the list.
        status: Status,
        /// Number of records in the list.
        #[example(8)]
        records_count: Count,
        /// The teams that work with the list; absent in the published form.
        teams: Option<Vec<Team>>,
        /// Links.
        links as "_links": SelfLink,
    }
}

impl ChangedRecordList {
    /// The list as the client that changed it sees it.
    pub fn new(list: RecordList, account: &AccountId, links: &Links) -> Self {
        let list = RecordListBody::new(list, links);
        Self {
            id: list.id,
            account_id: account.clone(),
            name: list.name,
            unique_identifier_type: list.unique_identifier_type,
            created_at: list.created_at,
            updated_at: Some(list.updated_at),
            status: list.status,
            records_count: list.records_count,
            teams: Some(list.teams),
            links: list.links,
        }
    }
}

impl HasAdditions for ChangedRecordList {
    fn without_additions(self) -> Self {
        Self {
            updated_at: None,
            teams: None,
            ..self
        }
    }
}

impl HasAdditions for CreatedRecordList {
    fn without_additions(self) -> Self {
        Self {
            created_at: None,
            updated_at: None,
            records_count: None,
            teams: None,
            ..self
        }
    }
}

impl RecordListBody {
    /// The list as the caller sees it.
    pub fn new(list: RecordList, links: &Links) -> Self {
        Self {
            id: list.id,
            name: list.name,
            unique_identifier_type: list.unique_identifier_type,
            created_at: Timestamp(list.created_at),
            updated_at: Timestamp(list.updated_at),
            status: list.status,
            records_count: Count::of(list.records_count),
            teams: Vec::new(),
            links: SelfLink::to(links.record_list(list.id)),
        }
    }
}
