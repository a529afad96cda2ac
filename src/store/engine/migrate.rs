//! The migration of the schema to the newest version, one process at a time.

use migration::{Migrator, MigratorTrait};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, SqliteTransactionMode, TransactionOptions};

use super::sessions::Connections;

/// How long a migrating process may be idle inside its transaction.
const IDLE_LIMIT: &str = "60s";

/// How long a statement of a migration may wait for other users of its table. Everyone else waits behind it, so this
/// must not be longer than a write may wait for a lock.
const LOCK_LIMIT: &str = "1s";

/// The key of the advisory lock of migrations on PostgreSQL: "record-l" in ASCII.
const LOCK: i64 = 0x7265_636f_7264_2d6c;

/// Applies the pending migrations.
pub(crate) async fn up(database: &Connections) -> Result<(), DbErr> {
    let transaction = locked(database).await?;
    Migrator::up(&transaction, None).await?;
    transaction.commit().await
}

/// The names of all migrations, and whether each has been applied. Changes nothing, so that a role without the right to
/// change the schema can call it.
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

/// Begins a transaction during which no other process migrates. The lock belongs to the transaction, not to the
/// session, because a pooler may give the session to another client.
async fn locked(database: &Connections) -> Result<DatabaseTransaction, DbErr> {
    let transaction = database
        .begin(TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        })
        .await?;
    if transaction.get_database_backend() == DbBackend::Postgres {
        // A process that has vanished or is stopped must not keep the others from starting.
        let lock = format!(
            "SET LOCAL idle_in_transaction_session_timeout = '{IDLE_LIMIT}'; SELECT pg_advisory_xact_lock({LOCK}); \
             SET LOCAL lock_timeout = '{LOCK_LIMIT}'"
        );
        transaction.execute_unprepared(&lock).await?;
    }
    Ok(transaction)
}
