//! What the planners are told about lists: that they are long. Plans must be right for the longest list, at every time.

use sea_orm_migration::{prelude::*, sea_orm::DatabaseBackend};

/// For SQLite: the number of rows in a table or index, and how many of them have the same value of the first column, of
/// the first two columns, and so on. Without any statistics, SQLite takes the primary key for as good as an index of two
/// columns, and reads all records of a list to find one by its phone number.
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

/// Before there are tables. On SQLite, connections read the statistics when the schema changes next.
pub(crate) async fn before_tables(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    if manager.get_database_backend() != DatabaseBackend::Sqlite {
        return Ok(());
    }
    let rows: Vec<String> = ROWS
        .iter()
        .map(|(table, index, numbers)| format!("('{table}', '{index}', '{numbers}')"))
        .collect();
    let database = manager.get_connection();
    // SQLite has no other statement that creates the table.
    database.execute_unprepared("ANALYZE").await?;
    let insert = format!("INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES {}", rows.join(", "));
    database.execute_unprepared(&insert).await?;
    Ok(())
}

/// After the tables and indexes were created. Makes the connection that created them use the statistics.
pub(crate) async fn after_tables(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    if manager.get_database_backend() == DatabaseBackend::Sqlite {
        let load = "ANALYZE sqlite_schema";
        manager.get_connection().execute_unprepared(load).await?;
    }
    Ok(())
}

/// On PostgreSQL, gives the table's column with the list's id no statistics. With some, a list that has become long since
/// they were made is taken for as short as the others, and is read whole. Without any, each list is taken for a two
/// hundredth of the table, as long as that is at the moment.
pub(crate) async fn take_lists_for_long(manager: &SchemaManager<'_>, table: &str) -> Result<(), DbErr> {
    if manager.get_database_backend() == DatabaseBackend::Postgres {
        let none = format!("ALTER TABLE {table} ALTER COLUMN record_list_id SET STATISTICS 0");
        manager.get_connection().execute_unprepared(&none).await?;
    }
    Ok(())
}
