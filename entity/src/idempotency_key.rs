//! `idempotency_key`: the answers of writes that may be repeated, saved in the transactions that they tell of.
//!
//! An answer holds identifiers of people: a row is deleted when it has expired.

use sea_orm::entity::prelude::*;

/// One saved answer.
#[sea_orm::model]
#[derive(Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "idempotency_key")]
pub struct Model {
    /// The list that was written to; all zeros for a write that makes a list.
    #[sea_orm(primary_key, auto_increment = false)]
    pub record_list_id: Uuid,
    /// The account whose key it is.
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub account_id: String,
    /// 1..255 printable ASCII characters.
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub key: String,
    /// What was asked for: 64 hexadecimal digits.
    #[sea_orm(column_type = "Text")]
    pub fingerprint: String,
    /// The answer as the HTTP layer wrote it.
    #[sea_orm(column_type = "Text")]
    pub answer: String,
    /// From when on the key is free again.
    pub expires_at: DateTimeUtc,
}

crate::hide_values!(Model, ModelEx);

impl ActiveModelBehavior for ActiveModel {}
