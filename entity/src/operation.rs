//! `operation`: who deleted how many records, and when: the audit trail, and the proof that a transaction
//! was committed. It has no foreign key, because it outlives the list, and holds no personal data.

use sea_orm::entity::prelude::*;

/// One deletion.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "operation")]
pub struct Model {
    /// The list that was deleted from.
    #[sea_orm(primary_key, auto_increment = false)]
    pub record_list_id: Uuid,
    /// UUID version 7, made before the transaction starts.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The account that owned the list.
    #[sea_orm(column_type = "Text")]
    pub account_id: String,
    /// The client that asked, as its token says; empty when the token does not say.
    #[sea_orm(column_type = "Text")]
    pub client_id: String,
    /// By what the records were named.
    pub kind: Kind,
    /// Distinct identifiers whose records were deleted.
    pub total_deleted: i32,
    /// Distinct identifiers that failed.
    pub total_errors: i32,
    /// Records removed.
    pub total_records_deleted: i64,
    /// The request that asked.
    #[sea_orm(column_type = "Text")]
    pub request_id: String,
    /// When it was carried out.
    pub created_at: DateTimeUtc,
}

/// By what the deleted records were named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum Kind {
    /// Record ids.
    #[sea_orm(string_value = "ID")]
    Id,
    /// Phone numbers.
    #[sea_orm(string_value = "PHONE_NUMBER")]
    PhoneNumber,
    /// External provider and external id.
    #[sea_orm(string_value = "EXTERNAL")]
    External,
    /// None of them: the list was deleted with all of its records.
    #[sea_orm(string_value = "LIST")]
    List,
}

impl ActiveModelBehavior for ActiveModel {}
