//! The table `record_phone`: finds records by their further phone numbers. The first number of a record is in its own
//! row, so a record with one number has no row here, and a number that a record has twice has one.

use sea_orm::entity::prelude::*;

/// One further phone number of one record.
#[sea_orm::model]
#[derive(Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "record_phone")]
pub struct Model {
    /// The list that contains the record.
    #[sea_orm(primary_key, auto_increment = false)]
    pub record_list_id: Uuid,
    /// The record that has the number.
    #[sea_orm(primary_key, auto_increment = false)]
    pub record_id: Uuid,
    /// `+` and 2..15 digits; never the record's first number.
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub phone_number: String,
    /// True if the list identifies records by phone number. No two further numbers of such a list are equal. That none
    /// equals a first number is ensured by the list's lock alone, because no index covers both tables.
    pub phone_number_is_unique: bool,
}

crate::hide_values!(Model, ModelEx);

impl ActiveModelBehavior for ActiveModel {}
