//! The table `client`: the programs that can get tokens at the token endpoint. Changed by operators only.

use sea_orm::entity::prelude::*;

/// One client.
#[sea_orm::model]
#[derive(Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "client")]
pub struct Model {
    /// Letters and digits.
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub id: String,
    /// The account whose lists its tokens give access to.
    #[sea_orm(column_type = "Text")]
    pub account_id: String,
    /// What an operator calls it; empty if it has no name.
    #[sea_orm(column_type = "Text")]
    pub name: String,
    /// What its tokens may allow: scopes separated by spaces.
    #[sea_orm(column_type = "Text")]
    pub scope: String,
    /// The SHA-256 digest of its secret: 32 bytes.
    pub secret_hash: Vec<u8>,
    /// When it was registered.
    pub created_at: DateTimeUtc,
    /// Since when it gets no tokens and those that it has do not count.
    pub revoked_at: Option<DateTimeUtc>,
}

crate::hide_values!(Model, ModelEx);

impl ActiveModelBehavior for ActiveModel {}
