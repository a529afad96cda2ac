//! Connections, and who owns the sessions behind them: a pooler in transaction mode lends a session of the PostgreSQL
//! server to one transaction after another.
//!
//! The driver prepares each statement under a name, in a separate step, and each of its connections numbers the names
//! from one. In a session that others have used, a name may be taken. Outside a transaction, the second step may reach
//! another session, where the name means another statement. So if sessions are shared, every named statement belongs to
//! a transaction, and a transaction first drops the names that it finds.

use futures_util::future::BoxFuture;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseExecutor, DatabaseTransaction, DbBackend, DbErr, RuntimeErr,
    TransactionOptions, TransactionTrait,
};
use tokio::task::JoinError;

use super::connect::StoreSettings;

/// Who owns the sessions at the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sessions {
    /// Each connection has a session of its own, in which statements stay prepared.
    Own,
    /// Each transaction may get another session, which others have used before.
    Shared,
}

impl Sessions {
    /// Derived from the settings: sessions are shared if no statements are to stay prepared.
    pub(crate) fn of(settings: &StoreSettings) -> Self {
        match settings.statement_cache {
            0 => Self::Shared,
            _ => Self::Own,
        }
    }

    /// What a transaction sends unprepared before its first prepared statement.
    pub(crate) fn opening(self) -> &'static str {
        match self {
            Self::Own => "",
            Self::Shared => "DEALLOCATE ALL",
        }
    }
}

/// Begins a transaction. If the caller goes away in between, the transaction begins nevertheless and is rolled back. The
/// driver would put the connection back into the pool without knowing that a transaction is open.
async fn begin_whole(pool: &DatabaseConnection, options: TransactionOptions) -> Result<DatabaseTransaction, DbErr> {
    let pool = pool.clone();
    let begun = tokio::spawn(async move { pool.begin_with_options(options).await });
    let ended = |error: JoinError| DbErr::Conn(RuntimeErr::Internal(error.to_string()));
    begun.await.map_err(ended)?
}

/// Connections for work without time limits of its own: reads and migrations.
#[derive(Clone)]
pub(crate) struct Connections {
    pool: DatabaseConnection,
    sessions: Sessions,
}

impl Connections {
    pub(crate) fn new(pool: DatabaseConnection, sessions: Sessions) -> Self {
        Self { pool, sessions }
    }

    /// Runs the statements of one read. A transaction would cost three more round trips, so there is one only if the
    /// sessions are shared.
    pub(crate) async fn read<T, E: From<DbErr>>(
        &self,
        read: impl for<'d> FnOnce(&'d DatabaseExecutor<'d>) -> BoxFuture<'d, Result<T, E>>,
    ) -> Result<T, E> {
        match self.sessions {
            Sessions::Own => read(&DatabaseExecutor::Connection(&self.pool)).await,
            Sessions::Shared => {
                let transaction = self.begin(TransactionOptions::default()).await?;
                let rows = read(&DatabaseExecutor::Transaction(&transaction)).await?;
                // There is nothing to commit.
                transaction.rollback().await?;
                Ok(rows)
            }
        }
    }

    /// Begins a transaction.
    pub(crate) async fn begin(&self, options: TransactionOptions) -> Result<DatabaseTransaction, DbErr> {
        let transaction = begin_whole(&self.pool, options).await?;
        if self.sessions == Sessions::Shared {
            transaction.execute_unprepared(self.sessions.opening()).await?;
        }
        Ok(transaction)
    }

    /// How many connections are in use, and how many there may be.
    pub(crate) fn load(&self) -> (usize, usize) {
        let (open, idle, limit) = match self.pool.get_database_backend() {
            DbBackend::Postgres => {
                let pool = self.pool.get_postgres_connection_pool();
                (pool.size(), pool.num_idle(), pool.options().get_max_connections())
            }
            _ => {
                let pool = self.pool.get_sqlite_connection_pool();
                (pool.size(), pool.num_idle(), pool.options().get_max_connections())
            }
        };
        ((open as usize).saturating_sub(idle), limit as usize)
    }

    /// Closes the connections.
    pub(crate) async fn close(&self) -> Result<(), DbErr> {
        self.pool.close_by_ref().await
    }
}
