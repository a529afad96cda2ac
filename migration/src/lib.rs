//! The schema of record-lists as a sequence of migrations.
//!
//! A migration never imports the entities, because they follow the newest schema. After its release it is never edited.

use sea_orm_migration::prelude::*;
pub use sea_orm_migration::prelude::{MigratorTrait, SchemaManager};

pub use self::statistics::keep_statistics;

mod columns;
mod m20261125_000001_create_tables;
mod m20261125_000002_create_idempotency_keys;
mod m20261125_000003_create_credentials;
mod statistics;

/// All migrations, in order.
#[derive(Debug)]
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261125_000001_create_tables::Migration),
            Box::new(m20261125_000002_create_idempotency_keys::Migration),
            Box::new(m20261125_000003_create_credentials::Migration),
        ]
    }
}
