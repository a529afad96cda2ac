//! The table `signing_key`: the keys that the token endpoint signs with.

use sea_orm::entity::prelude::*;

/// One Ed25519 key.
#[sea_orm::model]
#[derive(Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "signing_key")]
pub struct Model {
    /// The id that tokens name it by.
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub kid: String,
    /// The public part: 32 bytes.
    pub public_key: Vec<u8>,
    /// The private part, encrypted with a key that is not in the database.
    pub private_key: Vec<u8>,
    /// From when it signs, in place of the one before.
    pub signs_from: DateTimeUtc,
}

crate::hide_values!(Model, ModelEx);

impl ActiveModelBehavior for ActiveModel {}
