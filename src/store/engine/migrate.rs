//! Brings the schema to the newest version, one process at a time.

use migration::{Migrator, MigratorTrait};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, SqliteTransactionMode, TransactionOptions};

use super::sessions::Connections;

/// How long a process that migrates may be silent within its transaction.
const IDLE_LIMIT: &str = "60s";

/// How long a statement of a migration may wait for those who use its table: behind it, everyone else waits too, and longer
/// than a write may wait for a lock would be too long.
const LOCK_LIMIT: &str = "1s";

/// Names the advisory lock of migrations on PostgreSQL: "record-l" in ASCII.
const LOCK: i64 = 0x7265_636f_7264_2d6c;

/// Applies the migrations that are not applied yet.
pub(crate) async fn up(database: &Connections) -> Result<(), DbErr> {
    let transaction = locked(database).await?;
    Migrator::up(&transaction, None).await?;
    transaction.commit().await
}

/// The names of all migrations and whether each is applied. Changes nothing, so that a role without the right to
/// change the schema can ask.
pub(crate) async fn status(database: &Connections) -> Result<Vec<(String, bool)>, DbErr> {
    let pending: Vec<String> = database
        .read(|database| Migrator::get_pending_migrations_read_only(database))
        .await?
        .iter()
        .map(|migration| migration.name().to_owned())
        .collect();
    Ok(Migrator::migrations()
        .iter()
        .map(|migration| {
            let name = migration.name().to_owned();
            let applied = !pending.contains(&name);
            (name, applied)
        })
        .collect())
}

/// A transaction that no other process migrates in. The lock belongs to the transaction and not to the session: a
/// pooler in between may give the session to someone else.
async fn locked(database: &Connections) -> Result<DatabaseTransaction, DbErr> {
    let transaction = database
        .begin(TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        })
        .await?;
    if transaction.get_database_backend() == DbBackend::Postgres {
        // A process that is gone without a word, or stopped, must not keep the others from starting.
        let lock = format!(
            "SET LOCAL idle_in_transaction_session_timeout = '{IDLE_LIMIT}'; SELECT pg_advisory_xact_lock({LOCK}); \
             SET LOCAL lock_timeout = '{LOCK_LIMIT}'"
        );
        transaction.execute_unprepared(&lock).await?;
    }
    Ok(transaction)
}
