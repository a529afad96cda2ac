//! The table `record_phone`: the phone numbers of records, clustered by number so that a delete by number is an index
//! seek.

use sea_orm::entity::prelude::*;

/// One phone number of one record.
#[sea_orm::model]
#[derive(Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "record_phone")]
pub struct Model {
    /// The list that contains the record.
    #[sea_orm(primary_key, auto_increment = false)]
    pub record_list_id: Uuid,
    /// `+` and 2..15 digits.
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub phone_number: String,
    /// The record that has the number.
    #[sea_orm(primary_key, auto_increment = false)]
    pub record_id: Uuid,
    /// The type of the number; one number per type and record.
    #[sea_orm(primary_key, auto_increment = false)]
    pub phone_type: PhoneType,
    /// The position among the record's numbers, from 0.
    pub position: i16,
    /// True if the list identifies records by phone number and this is the record's first row with the number. The
    /// partial unique index covers only these rows.
    pub unique_in_list: bool,
}

crate::words! {
    /// The type of a phone number.
    stored enum PhoneType {
        /// Home.
        Home = "HOME",
        /// Work.
        Office = "OFFICE",
        /// Mobile.
        Mobile = "MOBILE",
        /// An additional number.
        Extra1 = "EXTRA_1",
        /// An additional number.
        Extra2 = "EXTRA_2",
        /// An additional number.
        Extra3 = "EXTRA_3",
    }
}

crate::hide_values!(Model, ModelEx);

impl ActiveModelBehavior for ActiveModel {}
