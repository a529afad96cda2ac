//! `idempotency_key`: saved responses of writes that may be repeated, each saved in the transaction that it describes.
//!
//! A response can identify people, so a row is deleted when it has expired.

use sea_orm::entity::prelude::*;

/// One saved response.
#[sea_orm::model]
#[derive(Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "idempotency_key")]
pub struct Model {
    /// The list that was written to; all zeros for a write that creates a list.
    #[sea_orm(primary_key, auto_increment = false)]
    pub record_list_id: Uuid,
    /// The account whose key it is.
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub account_id: String,
    /// 1..255 printable ASCII characters.
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub key: String,
    /// Fingerprint of the request: 64 hexadecimal digits.
    #[sea_orm(column_type = "Text")]
    pub fingerprint: String,
    /// The response as the HTTP layer wrote it.
    #[sea_orm(column_type = "Text")]
    pub answer: String,
    /// When the key becomes free again.
    pub expires_at: DateTimeUtc,
}

crate::hide_values!(Model, ModelEx);

impl ActiveModelBehavior for ActiveModel {}
