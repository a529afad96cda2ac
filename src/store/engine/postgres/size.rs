//! The size of a PostgreSQL database.

use sea_orm::{ConnectionTrait, DatabaseExecutor, DbBackend, Statement};

use crate::store::{engine::read::Read, error::ReadError};

/// Asks how many bytes the database occupies.
pub(crate) struct DatabaseBytes;

impl Read for DatabaseBytes {
    type Output = u64;

    async fn run(&self, database: &DatabaseExecutor<'_>) -> Result<u64, ReadError> {
        let size = "SELECT pg_database_size(current_database())";
        let row = database
            .query_one_raw(Statement::from_string(DbBackend::Postgres, size))
            .await?;
        let bytes: i64 = row.map_or(Ok(0), |row| row.try_get_by_index(0))?;
        Ok(u64::try_from(bytes).unwrap_or(0))
    }
}
