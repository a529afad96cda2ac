//! `record_phone`: the phone numbers of a record, clustered by number so that a delete by number is a seek.

use sea_orm::entity::prelude::*;

/// One phone number of one record.
#[sea_orm::model]
#[derive(Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "record_phone")]
pub struct Model {
    /// The list that holds the record.
    #[sea_orm(primary_key, auto_increment = false)]
    pub record_list_id: Uuid,
    /// `+` and 2..15 digits.
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub phone_number: String,
    /// The record that has the number.
    #[sea_orm(primary_key, auto_increment = false)]
    pub record_id: Uuid,
    /// What kind of line it is; one number per kind and record.
    #[sea_orm(primary_key, auto_increment = false)]
    pub phone_type: PhoneType,
    /// Place in the record's list of numbers, from 0.
    pub position: i16,
    /// True in a list whose identifier is the phone number, on a record's first row with that number: the
    /// partial unique index looks at these rows only.
    pub unique_in_list: bool,
}

/// What kind of line a number is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum PhoneType {
    /// At home.
    #[sea_orm(string_value = "HOME")]
    Home,
    /// At work.
    #[sea_orm(string_value = "OFFICE")]
    Office,
    /// A mobile phone.
    #[sea_orm(string_value = "MOBILE")]
    Mobile,
    /// A further number.
    #[sea_orm(string_value = "EXTRA_1")]
    Extra1,
    /// A further number.
    #[sea_orm(string_value = "EXTRA_2")]
    Extra2,
    /// A further number.
    #[sea_orm(string_value = "EXTRA_3")]
    Extra3,
}

crate::hide_values!(Model, ModelEx);

impl ActiveModelBehavior for ActiveModel {}
