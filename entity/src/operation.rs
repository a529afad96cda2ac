//! The table `operation`: the audit trail of deletions, that is, who deleted how many records and when. A row also
//! proves that its transaction was committed. There is no foreign key, because the rows outlive their list. The rows
//! contain no personal data.

use sea_orm::entity::prelude::*;

/// One deletion.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "operation")]
pub struct Model {
    /// The list whose records were deleted.
    #[sea_orm(primary_key, auto_increment = false)]
    pub record_list_id: Uuid,
    /// UUID version 7, created before the transaction starts.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The account that owned the list.
    #[sea_orm(column_type = "Text")]
    pub account_id: String,
    /// The client that sent the request, as named in its token; empty if the token names none.
    #[sea_orm(column_type = "Text")]
    pub client_id: String,
    /// How the records were identified.
    pub kind: Kind,
    /// Distinct identifiers whose records were deleted.
    pub total_deleted: i32,
    /// Distinct identifiers that failed.
    pub total_errors: i32,
    /// Records deleted.
    pub total_records_deleted: i64,
    /// The id of the request.
    #[sea_orm(column_type = "Text")]
    pub request_id: String,
    /// When the deletion was carried out.
    pub created_at: DateTimeUtc,
}

crate::words! {
    /// How the deleted records were identified.
    stored enum Kind {
        /// By record id.
        Id = "ID",
        /// By phone number.
        PhoneNumber = "PHONE_NUMBER",
        /// By external provider and external id.
        External = "EXTERNAL",
        /// One record was deleted at its URL.
        Record = "RECORD",
        /// The list was deleted with all its records.
        List = "LIST",
    }
}

impl ActiveModelBehavior for ActiveModel {}
