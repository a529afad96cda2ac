//! Whose database a file is, and which version of the program has made its schema.

use migration::{Migrator, MigratorTrait, is_compatible};
use sqlx::sqlite::SqliteConnection;

/// The schema of a file.
pub(super) enum Schema {
    /// One that this program knows, perhaps an older one, or a newer one that it can use.
    Known,
    /// One of a newer program that this one cannot use, with this migration as the newest such.
    Newer(String),
    /// One of another program, or none.
    Foreign,
}

/// The newest migration that this program knows.
pub(super) fn newest_migration() -> String {
    let migrations = Migrator::migrations();
    migrations
        .last()
        .map(|newest| newest.name().to_owned())
        .unwrap_or_default()
}

/// Looks at the schema of the database of a connection.
pub(super) async fn schema(connection: &mut SqliteConnection) -> Result<Schema, sqlx::Error> {
    const TABLES: &str = "SELECT count(*) FROM sqlite_schema WHERE type = 'table' \
                          AND name IN ('seaql_migrations', 'record_list', 'record')";
    let tables: i64 = sqlx::query_scalar(TABLES).fetch_one(&mut *connection).await?;
    if tables != 3 {
        return Ok(Schema::Foreign);
    }
    const APPLIED: &str = "SELECT version FROM seaql_migrations ORDER BY version";
    let applied: Vec<String> = sqlx::query_scalar(APPLIED).fetch_all(&mut *connection).await?;
    let known: Vec<String> = Migrator::migrations()
        .iter()
        .map(|migration| migration.name().to_owned())
        .collect();
    if !applied.iter().any(|name| known.contains(name)) {
        return Ok(Schema::Foreign);
    }
    let newer = applied
        .into_iter()
        .rfind(|name| !known.contains(name) && !is_compatible(name));
    Ok(newer.map_or(Schema::Known, Schema::Newer))
}
