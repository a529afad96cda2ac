//! The mark of a transaction: its number, in the first page of the database (`PRAGMA user_version`).
//!
//! The log has the marks of its transactions, and the file the mark of the last one that was moved into it. So a log
//! shows which file it was written for, and `unclean_end` compares the two.

use rusqlite::Connection;

/// Marks the transactions of one connection.
#[derive(Default)]
pub(super) struct Marks {
    /// What the connection had changed when the last transaction was marked.
    changes: u64,
}

impl Marks {
    /// Marks a transaction, as its last statement. One that has changed nothing gets no mark: its commit would have to
    /// wait for the disk.
    pub(super) fn mark(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        let changes = connection.total_changes();
        if self.changes != changes {
            self.changes = changes;
            let next = last(connection)?.cast_signed().wrapping_add(1);
            connection.execute_batch(&setting(next))?;
        }
        Ok(())
    }
}

/// The mark of the last transaction, wherever it is.
pub(super) fn last(connection: &Connection) -> rusqlite::Result<u32> {
    let mut select = connection.prepare_cached("PRAGMA user_version")?;
    select.query_row([], |row| row.get::<_, i32>(0)).map(i32::cast_unsigned)
}

/// The statement that sets the mark.
pub(crate) fn setting(mark: i32) -> String {
    format!("PRAGMA user_version = {mark}")
}
