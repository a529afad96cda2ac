//! Statistics for SQLite's planner. Without any, it takes the primary key for as good as an index of two columns, and
//! reads all records of a list to find one by its phone number. Measured ones would change its plans with the data: these
//! are fixed, and those of long lists.

use sea_orm_migration::prelude::*;

/// The number of rows in a table or index, and how many of them have the same value of the first column, of the first
/// two columns, and so on.
const ROWS: &[(&str, &str, &str)] = &[
    ("record", "record", "1000000 100000 1"),
    ("record", "record_number_unique", "1000000 100000 1"),
    ("record", "record_number", "1000000 100000 2"),
    ("record", "record_external_unique", "1000000 100000 100000 1"),
    ("record", "record_external", "1000000 100000 100000 2"),
    ("record_phone", "record_phone", "1000000 100000 2 1"),
    ("record_phone", "record_phone_number_unique", "1000000 100000 1"),
    ("record_phone", "record_phone_number", "1000000 100000 2"),
];

/// Writes the statistics, even before there are tables: connections read them when the schema changes next.
pub(crate) async fn write(database: &impl ConnectionTrait) -> Result<(), DbErr> {
    let rows: Vec<String> = ROWS
        .iter()
        .map(|(table, index, numbers)| format!("('{table}', '{index}', '{numbers}')"))
        .collect();
    // SQLite has no other statement that creates the table.
    database.execute_unprepared("ANALYZE").await?;
    let insert = format!("INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES {}", rows.join(", "));
    database.execute_unprepared(&insert).await?;
    Ok(())
}

/// Makes the connection that created the tables use the statistics.
pub(crate) async fn load(database: &impl ConnectionTrait) -> Result<(), DbErr> {
    database.execute_unprepared("ANALYZE sqlite_schema").await?;
    Ok(())
}
