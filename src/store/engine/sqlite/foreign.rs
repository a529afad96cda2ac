//! Files that belong to someone else, which a mistyped path may lead to.

use std::{io, path::Path, time::Duration};

use sqlx::Connection;

use super::{
    beside, files,
    header::Header,
    schema::{Schema, schema},
};

/// Whether there is a file with content that is no database.
pub(crate) fn has_other_content(file: &Path) -> io::Result<bool> {
    if files::size(file) == 0 {
        return Ok(false);
    }
    Ok(Header::read(file)?.is_none_or(|header| !header.is_database()))
}

/// Whether there is a database with the tables of another program. One that cannot be read is not judged.
pub(crate) async fn has_other_tables(database: &Path, patience: Duration) -> bool {
    if files::size(database) == 0 {
        return false;
    }
    let Ok(mut connection) = beside::connect(database, patience).await else {
        return false;
    };
    let tables = sqlx::query_scalar::<_, i64>("SELECT count(*) FROM sqlite_schema WHERE type = 'table'")
        .fetch_one(&mut connection)
        .await;
    let is_foreign = matches!(tables, Ok(1..)) && matches!(schema(&mut connection).await, Ok(Schema::Foreign));
    let _ = connection.close().await;
    is_foreign
}
