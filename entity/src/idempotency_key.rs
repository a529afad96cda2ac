//! The table `idempotency_key`: saved responses of writes that clients may repeat. Each is saved in the transaction of
//! its write.
//!
//! A response can identify people, so expired rows are deleted.

use sea_orm::entity::prelude::*;

/// One saved response.
#[sea_orm::model]
#[derive(Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "idempotency_key")]
pub struct Model {
    /// The list that was written to; all zeros if the write creates a list.
    #[sea_orm(primary_key, auto_increment = false)]
    pub record_list_id: Uuid,
    /// The account that the key belongs to.
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub account_id: String,
    /// 1..255 printable ASCII characters.
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub key: String,
    /// The fingerprint of the request: 64 hexadecimal digits.
    #[sea_orm(column_type = "Text")]
    pub fingerprint: String,
    /// The response in the form that the HTTP layer wrote, compressed.
    pub response: Vec<u8>,
    /// When the key becomes free again.
    pub expires_at: DateTimeUtc,
}

crate::hide_values!(Model, ModelEx);

impl ActiveModelBehavior for ActiveModel {}
