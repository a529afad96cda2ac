//! The audit trail: which deletions were carried out.

#[doc(hidden)]
pub mod page_statements;
#[doc(hidden)]
pub mod statements;

use chrono::{DateTime, Utc};

use self::statements::OperationRow;
use super::{engine::transaction::Transaction, error::StoreError};

/// Writes deletions that share a transaction to the audit trail.
pub(crate) async fn write_operations(
    transaction: &Transaction,
    rows: &[OperationRow<'_>],
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    if rows.is_empty() {
        return Ok(());
    }
    match transaction {
        Transaction::Postgres(_) => {
            transaction.execute(statements::insert_operations(rows, at)).await?;
        }
        Transaction::Sqlite(session) => {
            for row in rows {
                session.execute(&statements::insert_operation(row, at))?;
            }
        }
    }
    Ok(())
}
