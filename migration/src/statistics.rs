//! What the planners are told about lists: that they are long. Plans must be right for the longest list, at every time.

use sea_orm_migration::{
    prelude::*,
    sea_orm::{DatabaseBackend, Statement},
};

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
    if manager.get_database_backend() == DatabaseBackend::Sqlite {
        write(manager.get_connection()).await?;
    }
    Ok(())
}

/// After the tables and indexes were created. Makes the connection that created them use the statistics.
pub(crate) async fn after_tables(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    if manager.get_database_backend() == DatabaseBackend::Sqlite {
        manager.get_connection().execute_unprepared(LOAD).await?;
    }
    Ok(())
}

/// Writes the statistics of SQLite again if they have changed: `ANALYZE` replaces them, and removes those of an empty
/// table.
pub async fn keep_statistics(database: &impl ConnectionTrait) -> Result<(), DbErr> {
    if database.get_database_backend() != DatabaseBackend::Sqlite || are_kept(database).await? {
        return Ok(());
    }
    write(database).await?;
    // Other connections read the statistics when the schema changes.
    let change = "CREATE TABLE changed (n); DROP TABLE changed";
    database.execute_unprepared(change).await?;
    database.execute_unprepared(LOAD).await?;
    Ok(())
}

/// Makes a connection use what is in the table.
const LOAD: &str = "ANALYZE sqlite_schema";

async fn are_kept(database: &impl ConnectionTrait) -> Result<bool, DbErr> {
    let query = |sql: &str| Statement::from_string(DatabaseBackend::Sqlite, sql);
    let table = "SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_stat1'";
    if database.query_one_raw(query(table)).await?.is_none() {
        return Ok(false);
    }
    let mut found = Vec::new();
    let rows = "SELECT tbl, idx, stat FROM sqlite_stat1 WHERE tbl IN ('record', 'record_phone')";
    for row in database.query_all_raw(query(rows)).await? {
        let cell = |place| row.try_get_by_index::<Option<String>>(place);
        found.push((cell(0)?, cell(1)?, cell(2)?));
    }
    let text = |text: &str| Some(text.to_owned());
    let expected = ROWS
        .iter()
        .map(|(table, index, numbers)| (text(table), text(index), text(numbers)));
    let mut expected: Vec<_> = expected.collect();
    found.sort();
    expected.sort();
    Ok(found == expected)
}

async fn write(database: &impl ConnectionTrait) -> Result<(), DbErr> {
    let rows: Vec<String> = ROWS
        .iter()
        .map(|(table, index, numbers)| format!("('{table}', '{index}', '{numbers}')"))
        .collect();
    // Creates the table of statistics, which no other statement does. The table of migrations is small.
    database.execute_unprepared("ANALYZE seaql_migrations").await?;
    let replace = format!(
        "DELETE FROM sqlite_stat1 WHERE tbl IN ('record', 'record_phone'); \
         INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES {}",
        rows.join(", ")
    );
    database.execute_unprepared(&replace).await?;
    Ok(())
}

/// On PostgreSQL, makes the planner take every list for as long as the table: the column with the list's id has one value,
/// as far as it knows, and almost no other statistics. With those that `ANALYZE` makes, a list that has become long since
/// then is taken for as short as the others, and is read whole.
pub(crate) async fn take_lists_for_long(manager: &SchemaManager<'_>, table: &str) -> Result<(), DbErr> {
    if manager.get_database_backend() == DatabaseBackend::Postgres {
        let one_value = format!(
            "ALTER TABLE {table} ALTER COLUMN record_list_id SET (n_distinct = 1), \
             ALTER COLUMN record_list_id SET STATISTICS 1"
        );
        manager.get_connection().execute_unprepared(&one_value).await?;
    }
    Ok(())
}
