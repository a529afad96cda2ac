//! The schema of record-lists as a sequence of migrations.
//!
//! A migration never imports the entities, because they follow the newest schema. After its release it is never edited.
//!
//! While servers are replaced one by one, older ones use the schema of the newest. If they can, the name of the
//! migration says so ([`is_compatible`]); otherwise they do not start on it.
//!
//! A migration that adds a table adds its placement, too ([`PLACEMENTS`]).

use sea_orm_migration::prelude::*;
pub use sea_orm_migration::prelude::{MigratorTrait, SchemaManager};

pub use self::{
    distribution::{LISTS, PLACEMENTS, Placement},
    statistics::keep_statistics,
};

mod columns;
mod distribution;
mod m20261125_000001_create_tables;
mod m20261125_000002_create_idempotency_keys;
mod m20261125_000003_create_credentials;
mod statistics;

/// Whether programs that do not know this migration can use the schema as before: it adds tables, indices, or columns
/// that may be left out, and changes and takes away nothing. Such names end with `_compatible`.
pub fn is_compatible(migration: &str) -> bool {
    migration.ends_with("_compatible")
}

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
