//! The mark of a transaction: its number, in the first page of the database (`PRAGMA user_version`).
//!
//! The log has the marks of its transactions, and the file the mark of the last one that was moved into it. So a log
//! shows which file it was written for, and `unclean_end` compares the two.

use std::sync::atomic::{AtomicI64, Ordering};

use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement};

/// Marks the transactions of one connection.
#[derive(Default)]
pub(super) struct Marks {
    /// What the connection had changed when the last transaction was marked.
    changes: AtomicI64,
}

impl Marks {
    /// Marks a transaction, as its last statement. One that has changed nothing gets no mark: its commit would have to
    /// wait for the disk.
    pub(super) async fn mark(&self, transaction: &impl ConnectionTrait) -> Result<(), DbErr> {
        let sql = "SELECT user_version, total_changes() FROM pragma_user_version";
        let Some(row) = transaction.query_one_raw(statement(sql)).await? else {
            return Ok(());
        };
        let changes: i64 = row.try_get_by_index(1)?;
        if self.changes.swap(changes, Ordering::Relaxed) != changes {
            let last: i32 = row.try_get_by_index(0)?;
            transaction.execute_unprepared(&setting(last.wrapping_add(1))).await?;
        }
        Ok(())
    }
}

/// The mark of the last transaction, wherever it is; `None` if it cannot be read now.
pub(super) async fn last(database: &impl ConnectionTrait) -> Option<u32> {
    let row = database.query_one_raw(statement("PRAGMA user_version")).await.ok()??;
    let last: i32 = row.try_get_by_index(0).ok()?;
    Some(last.cast_unsigned())
}

/// The statement that sets the mark.
pub(crate) fn setting(mark: i32) -> String {
    format!("PRAGMA user_version = {mark}")
}

fn statement(sql: &str) -> Statement {
    Statement::from_string(DbBackend::Sqlite, sql)
}
