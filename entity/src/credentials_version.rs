//! The table `credentials_version`: one row with the version of clients and signing keys. Whoever has read those sees here
//! whether they have changed since.

use sea_orm::entity::prelude::*;

/// The only row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "credentials_version")]
pub struct Model {
    /// Always 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i32,
    /// Random; each change replaces it.
    pub number: i64,
}

impl ActiveModelBehavior for ActiveModel {}
