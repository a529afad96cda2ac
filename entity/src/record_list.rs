//! `record_list`: a named list of people to call. Its row is the lock that every writer takes first.

use sea_orm::entity::prelude::*;

/// One record list of one account.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "record_list")]
pub struct Model {
    /// UUID version 7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The account that owns the list; part of every look-up.
    #[sea_orm(column_type = "Text")]
    pub account_id: String,
    /// 1..120 characters.
    #[sea_orm(column_type = "Text")]
    pub name: String,
    /// What makes a record a duplicate in this list; fixed at creation.
    pub unique_identifier_type: UniqueIdentifierType,
    /// Where the list is in its life.
    pub status: Status,
    /// Number of `record` rows of the list, kept in the same transaction as the rows.
    pub records_count: i64,
    /// When the list was made.
    pub created_at: DateTimeUtc,
    /// When the list itself (not its records) was last changed.
    pub updated_at: DateTimeUtc,
    /// When the list was deleted: nobody sees it from then on, and its rows go in steps.
    pub deleted_at: Option<DateTimeUtc>,
}

/// What makes a record a duplicate of another within its list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum UniqueIdentifierType {
    /// Any phone number of a record.
    #[sea_orm(string_value = "PHONE_NUMBER")]
    PhoneNumber,
    /// The pair of external provider and external id.
    #[sea_orm(string_value = "EXTERNAL")]
    External,
    /// Nothing: duplicates are allowed.
    #[sea_orm(string_value = "NOTHING")]
    Nothing,
}

/// Where a list is in its life; a list made without a file is accepted at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum Status {
    /// No record of the file could be taken.
    #[sea_orm(string_value = "REJECTED")]
    Rejected,
    /// The file is being read.
    #[sea_orm(string_value = "VALIDATION_STARTED")]
    ValidationStarted,
    /// The file is there and waits to be read.
    #[sea_orm(string_value = "UPLOADED")]
    Uploaded,
    /// The list can be dialled.
    #[sea_orm(string_value = "ACCEPTED")]
    Accepted,
    /// Some records of the file could not be taken.
    #[sea_orm(string_value = "INCOMPLETE")]
    Incomplete,
    /// The file could not be read.
    #[sea_orm(string_value = "CORRUPTED")]
    Corrupted,
}

impl ActiveModelBehavior for ActiveModel {}
