//! Connections, and whose the sessions behind them are: a pooler in transaction mode lends a session of the PostgreSQL
//! server to one transaction after the other.
//!
//! The driver prepares each statement under a name, in a step of its own, and every one of its connections counts the
//! names from one. In a session that others had before, a name is taken; outside a transaction the second step may
//! reach another session, in which the name means another statement. So there every statement with a name belongs to a
//! transaction, and a transaction first takes away the names that it finds.

use futures_util::future::BoxFuture;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseExecutor, DatabaseTransaction, DbErr, TransactionOptions,
    TransactionTrait,
};

use super::connect::StoreSettings;

/// Whose the sessions at the database are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sessions {
    /// A connection has a session to itself, and statements stay prepared in it.
    Own,
    /// Each transaction may have another session, which others had before.
    Shared,
}

impl Sessions {
    /// What the settings say: nothing stays prepared where sessions are shared.
    pub(crate) fn of(settings: &StoreSettings) -> Self {
        match settings.statement_cache {
            0 => Self::Shared,
            _ => Self::Own,
        }
    }

    /// What a transaction sends, unprepared, before anything that is prepared.
    pub(crate) fn opening(self) -> &'static str {
        match self {
            Self::Own => "",
            Self::Shared => "DEALLOCATE ALL",
        }
    }
}

/// Connections for what needs no time limits of its own: reads and migrations.
#[derive(Clone)]
pub(crate) struct Connections {
    pool: DatabaseConnection,
    sessions: Sessions,
}

impl Connections {
    pub(crate) fn new(pool: DatabaseConnection, sessions: Sessions) -> Self {
        Self { pool, sessions }
    }

    /// Sends the statements of one read; in a transaction only where they need one, which is three round trips more.
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
        let transaction = self.pool.begin_with_options(options).await?;
        if self.sessions == Sessions::Shared {
            transaction.execute_unprepared(self.sessions.opening()).await?;
        }
        Ok(transaction)
    }

    /// Closes the connections.
    pub(crate) async fn close(&self) -> Result<(), DbErr> {
        self.pool.close_by_ref().await
    }
}
