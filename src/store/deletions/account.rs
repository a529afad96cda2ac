//! The accounting for deletions: the lists' counts, and the audit trail.

use super::delete::DeleteRecords;
use crate::{
    domain::Plan,
    store::{
        audit::{statements::OperationRow, write_operations},
        clock::now,
        engine::transaction::Transaction,
        error::WriteError,
        writes::lock::LockedList,
    },
};

/// The deletions of one list that were carried out, in order.
pub(super) struct Deleted<'a> {
    pub(super) list: &'a LockedList<'a>,
    pub(super) writes: &'a [&'a DeleteRecords],
    pub(super) plan: &'a Plan,
}

/// Counts the deletions, and writes the audit trail. A deletion that deleted nothing has an entry, too, unless it is
/// refused for that.
pub(super) async fn account_for(transaction: &Transaction, lists: &[Deleted<'_>]) -> Result<(), WriteError> {
    let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    let mut operations: Vec<OperationRow<'_>> = Vec::new();
    for deleted in lists {
        let before = operations.len();
        operations.extend(deleted.operations());
        let entries = operations.len() - before;
        deleted
            .list
            .add_to_counts(-number(deleted.plan.records.len()), number(entries));
    }
    write_operations(transaction, &operations, now()).await?;
    Ok(())
}

impl Deleted<'_> {
    /// The rows for the audit trail.
    fn operations(&self) -> impl Iterator<Item = OperationRow<'_>> {
        let done = self.writes.iter().zip(&self.plan.outcomes);
        let done = done.filter(|(write, outcome)| !write.is_refused(outcome));
        done.map(|(write, outcome)| OperationRow {
            list: self.list,
            attribution: write.attribution.clone(),
            kind: write.kind,
            total_deleted: outcome.total_deleted(),
            total_errors: outcome.total_errors(),
            total_records_deleted: outcome.records_deleted,
        })
    }
}
