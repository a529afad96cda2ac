//! The migration of the schema to the newest version, one process at a time.

use migration::{Migrator, MigratorTrait, SchemaManager, keep_statistics};
use sea_orm::{
    ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, SqliteTransactionMode, Statement, TransactionOptions,
};

use super::{distribute, state::SchemaState};
use crate::store::engine::{postgres::distribution, sessions::Connections};

/// How long a migrating process may be idle inside its transaction.
const IDLE_LIMIT: &str = "60s";

/// How long a statement of a migration may wait for other users of its table. Everyone else waits behind it, so this
/// must not be longer than a write may wait for a lock.
const LOCK_LIMIT: &str = "1s";

/// The key of the advisory lock of migrations on PostgreSQL: "record-l" in ASCII.
const LOCK: i64 = 0x7265_636f_7264_2d6c;

/// Applies the pending migrations, distributes new tables if the others are distributed, and brings back SQLite's statistics if someone has changed them. Leaves a schema
/// alone that a newer program has migrated.
pub(crate) async fn up(database: &Connections) -> Result<(), DbErr> {
    let transaction = locked(database).await?;
    // The library takes a migration that it does not know for an error.
    let schema = read(&transaction).await?;
    if schema.unknown().is_empty() {
        if schema.is_distributed() {
            // Otherwise it could not distribute a table after it has changed others.
            let in_turn = "SET LOCAL citus.multi_shard_modify_mode = 'sequential'";
            transaction.execute_unprepared(in_turn).await?;
        }
        Migrator::up(&transaction, None).await?;
        if let Some(distribution) = schema.distribution().filter(|_| schema.is_distributed()) {
            distribute::run(&transaction, distribution).await?;
        }
        keep_statistics(&transaction).await?;
    }
    transaction.commit().await
}

/// Which migrations the database has. Changes nothing, so that a role without the right to change the schema can call
/// it.
pub(crate) async fn state(database: &Connections) -> Result<SchemaState, DbErr> {
    let transaction = database.begin(TransactionOptions::default()).await?;
    let state = read(&transaction).await?;
    transaction.rollback().await?;
    Ok(state)
}

pub(super) async fn read(transaction: &DatabaseTransaction) -> Result<SchemaState, DbErr> {
    let has_table = SchemaManager::new(transaction).has_table("seaql_migrations").await?;
    let mut applied = Vec::new();
    if has_table {
        // The library's own function would create the table, for which the role may lack the right.
        let versions = Statement::from_string(
            transaction.get_database_backend(),
            "SELECT version FROM seaql_migrations ORDER BY version",
        );
        for row in transaction.query_all_raw(versions).await? {
            applied.push(row.try_get_by_index(0)?);
        }
    }
    let known = Migrator::migrations();
    let known = known.iter().map(|migration| migration.name().to_owned()).collect();
    let schema = SchemaState::new(known, &applied);
    Ok(match transaction.get_database_backend() {
        DbBackend::Postgres => schema.with(distribution::state(transaction).await?),
        _ => schema,
    })
}

/// Begins a transaction during which no other process migrates. The lock belongs to the transaction, not to the
/// session, because a pooler may give the session to another client.
pub(super) async fn locked(database: &Connections) -> Result<DatabaseTransaction, DbErr> {
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
