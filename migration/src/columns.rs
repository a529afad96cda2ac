//! Column definitions that several migrations share. They are part of these migrations, so they are not edited after a
//! release either.

use sea_orm_migration::{prelude::*, sea_orm::DatabaseBackend};

/// A text column that is compared byte by byte on every database, whatever the database's collation.
pub(crate) fn key_text(name: impl IntoIden, backend: DatabaseBackend) -> ColumnDef {
    let mut column = ColumnDef::new(name);
    column.text().not_null();
    if backend == DatabaseBackend::Postgres {
        column.extra(r#"COLLATE "C""#);
    }
    column
}

pub(crate) fn optional_key_text(name: impl IntoIden, backend: DatabaseBackend) -> ColumnDef {
    let mut column = ColumnDef::new(name);
    column.text();
    if backend == DatabaseBackend::Postgres {
        column.extra(r#"COLLATE "C""#);
    }
    column
}
