//! The table `saved_response_bytes`: how much the saved responses of an account occupy, by the hour in which they were
//! saved. All responses are kept for the same time, so those of an hour expire together and nothing is subtracted.

use sea_orm::entity::prelude::*;

/// The bytes of the responses that were saved for one list within an hour.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "saved_response_bytes")]
pub struct Model {
    /// The list that was written to; all zeros for writes that create lists.
    #[sea_orm(primary_key, auto_increment = false)]
    pub record_list_id: Uuid,
    /// The account that the responses belong to.
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub account_id: String,
    /// The beginning of the hour.
    #[sea_orm(primary_key, auto_increment = false)]
    pub hour: DateTimeUtc,
    /// Bytes of responses and of what is stored with them.
    pub bytes: i64,
}

impl ActiveModelBehavior for ActiveModel {}
