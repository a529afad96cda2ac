//! The distribution of the tables over several PostgreSQL servers, by the extension Citus.

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr};
use thiserror::Error;

use super::migrate::{locked, read};
use crate::store::{
    engine::{postgres::distribution::Distribution, readiness::NotReady, sessions::Connections},
    error::StoreError,
};

/// Why the tables are not distributed.
#[derive(Debug, Error)]
pub enum DistributeError {
    /// The database is a SQLite file.
    #[error("SQLite's tables are in one file; only those of PostgreSQL can be distributed")]
    Sqlite,
    /// The database lacks the extension.
    #[error(
        "the database does not have the extension Citus; on each server, set shared_preload_libraries = 'citus' and, \
         in this database, run: CREATE EXTENSION citus"
    )]
    NoExtension,
    /// There is no server to hold the lists.
    #[error(
        "Citus knows no server that holds tables; in this database, run for each of them: \
         SELECT citus_add_node('HOST', 5432)"
    )]
    NoServers,
    /// The schema is not that of this program.
    #[error("the tables cannot be distributed: {0}")]
    NotReady(#[from] NotReady),
    /// The database failed.
    #[error("the tables cannot be distributed: {0}")]
    Store(#[from] StoreError),
}

impl From<DbErr> for DistributeError {
    fn from(error: DbErr) -> Self {
        Self::Store(error.into())
    }
}

/// Distributes the tables that are not distributed yet, all or none. Returns the statements, which with `dry_run` are not
/// carried out.
pub(crate) async fn distribute(database: &Connections, dry_run: bool) -> Result<Vec<String>, DistributeError> {
    let transaction = locked(database).await?;
    let schema = read(&transaction).await?;
    let distribution = schema.distribution().ok_or(DistributeError::NoExtension)?;
    if distribution.servers() == 0 {
        return Err(DistributeError::NoServers);
    }
    schema.check_age()?;
    schema.check_completeness()?;
    let statements = distribution.missing();
    if !dry_run {
        run(&transaction, distribution).await?;
    }
    transaction.commit().await?;
    Ok(statements)
}

/// Distributes the tables that are not distributed yet.
pub(super) async fn run(transaction: &DatabaseTransaction, distribution: &Distribution) -> Result<(), DbErr> {
    for statement in distribution.missing() {
        transaction.execute_unprepared(&statement).await?;
    }
    Ok(())
}
