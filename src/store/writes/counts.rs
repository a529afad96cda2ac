//! The counts of locked lists: what the writes of a transaction add to them is written once.

use super::{
    lock::LockedList,
    statements::{CountChange, adjust_counts, adjust_counts_of_lists},
};
use crate::store::{engine::transaction::Transaction, error::StoreError};

/// Adds to the lists' counts what the transaction has changed.
pub(crate) async fn write_counts(transaction: &Transaction, lists: &[&LockedList<'_>]) -> Result<(), StoreError> {
    let changes = lists.iter().map(|list| list.count_change());
    let changes: Vec<CountChange<'_>> = changes.filter(|change| !change.is_nothing()).collect();
    match (transaction, &*changes) {
        (Transaction::Postgres(_), [_, _, ..]) => {
            transaction.execute(adjust_counts_of_lists(&changes)).await?;
        }
        (_, changes) => {
            for change in changes {
                transaction
                    .execute(adjust_counts(change.list, change.records, change.deletions))
                    .await?;
            }
        }
    }
    Ok(())
}
