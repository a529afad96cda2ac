//! The table `record_list`: named lists of people to call. Every writer first locks the row of its list.

use sea_orm::entity::prelude::*;

/// One record list of one account.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "record_list")]
pub struct Model {
    /// The list's id; UUID version 7, except for the demo list.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The account that owns the list. Every lookup filters by it.
    #[sea_orm(column_type = "Text")]
    pub account_id: String,
    /// What the entries of the list are.
    pub kind: Kind,
    /// 1..120 characters; empty once the list is purged, because it may name a person.
    #[sea_orm(column_type = "Text")]
    pub name: String,
    /// Which records count as duplicates in this list; fixed when the list is created.
    pub unique_identifier_type: UniqueIdentifierType,
    /// The list's status.
    pub status: Status,
    /// The number of `record` rows of the list, updated in the same transaction as those rows.
    pub records_count: i64,
    /// The number of the list's `operation` rows, updated in the same transaction as those rows.
    pub deletions_count: i64,
    /// When the list was created.
    pub created_at: DateTimeUtc,
    /// When the list itself (not its records) was last changed.
    pub updated_at: DateTimeUtc,
    /// When the list was deleted; `None` for other lists. A deleted list is hidden, and its records are purged in steps.
    pub deleted_at: Option<DateTimeUtc>,
    /// When the last record of the deleted list was purged. The row stays as long as the list has an audit trail.
    pub purged_at: Option<DateTimeUtc>,
}

crate::words! {
    /// What the entries of a list are. There is one kind so far.
    stored enum Kind {
        /// Records: people to call.
        RecordList = "RECORD_LIST",
    }
}

crate::words! {
    /// Which records count as duplicates within a list; fixed when the list is created.
    stored enum UniqueIdentifierType {
        /// Records that share a phone number.
        PhoneNumber = "PHONE_NUMBER",
        /// Records with the same external provider and external id; every record of the list must have both.
        External = "EXTERNAL",
        /// None: duplicates are allowed.
        Nothing = "NOTHING",
    }
}

crate::words! {
    /// Record-list status. A list created without a file is `ACCEPTED`; the other statuses are for lists with a file.
    stored enum Status {
        /// No record of the file was valid.
        Rejected = "REJECTED",
        /// The file is being read.
        ValidationStarted = "VALIDATION_STARTED",
        /// The file was uploaded and has not been read yet.
        Uploaded = "UPLOADED",
        /// The list can be dialled.
        Accepted = "ACCEPTED",
        /// Some records of the file were not valid, or the file has not been uploaded.
        Incomplete = "INCOMPLETE",
        /// The file could not be read.
        Corrupted = "CORRUPTED",
    }
}

impl ActiveModelBehavior for ActiveModel {}
