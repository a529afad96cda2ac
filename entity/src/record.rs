//! The table `record`: the people in the record lists.

use sea_orm::entity::prelude::*;

/// One person to call.
#[sea_orm::model]
#[derive(Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "record")]
pub struct Model {
    /// The list that contains the record.
    #[sea_orm(primary_key, auto_increment = false)]
    pub record_list_id: Uuid,
    /// UUID version 7: records created together are stored together, in dialling order.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// 1..80 characters.
    #[sea_orm(column_type = "Text")]
    pub first_name: String,
    /// 1..80 characters.
    #[sea_orm(column_type = "Text")]
    pub last_name: String,
    /// The main phone number: `+` and 2..15 digits.
    #[sea_orm(column_type = "Text")]
    pub phone_number: String,
    /// The type of the main number.
    pub phone_type: PhoneType,
    /// The numbers after the main one, in order: a JSON array of arrays of number and type; `None` if there is none. The
    /// rows of `record_phone` find the record by these numbers.
    #[sea_orm(column_type = "Text", nullable)]
    pub further_phone_numbers: Option<String>,
    /// A time zone name, spelled as in the tz database.
    #[sea_orm(column_type = "Text", nullable)]
    pub timezone: Option<String>,
    /// 1..11: 10 is dialled first, and 11 is a hot lead.
    pub priority: i16,
    /// A JSON object as it was sent, without white space between its parts; at most 16 KiB.
    #[sea_orm(column_type = "Text")]
    pub extra_data: String,
    /// 1..64 characters; set together with `external_id`.
    #[sea_orm(column_type = "Text", nullable)]
    pub external_provider: Option<String>,
    /// 1..255 characters, compared byte by byte.
    #[sea_orm(column_type = "Text", nullable)]
    pub external_id: Option<String>,
    /// 1..2048 characters.
    #[sea_orm(column_type = "Text", nullable)]
    pub external_url: Option<String>,
    /// Whether a connector keeps the external id up to date.
    pub sync_external_id: bool,
    /// What the client gave to the records that it created together, 1..36 characters; never in a response.
    #[sea_orm(column_type = "Text", nullable)]
    pub upload_request_id: Option<String>,
    /// True if the list identifies records by phone number.
    pub phone_number_is_unique: bool,
    /// True if the list identifies records by external provider and id.
    pub external_is_unique: bool,
    /// When the record was created.
    pub created_at: DateTimeUtc,
    /// When the record was last changed.
    pub updated_at: DateTimeUtc,
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
