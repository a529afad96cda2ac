//! The accounting for deletions: the lists' counts, and the audit trail.

use crate::{
    domain::{Attribution, DeletionOutcome, IdentifierKind, Plan},
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
    pub(super) attributions: Vec<&'a Attribution>,
    pub(super) kinds: Vec<IdentifierKind>,
    pub(super) plan: &'a Plan,
}

/// Counts the deletions, and writes the audit trail. A deletion that deleted nothing has an entry, too.
pub(super) async fn account_for(transaction: &Transaction, lists: &[Deleted<'_>]) -> Result<(), WriteError> {
    let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    for deleted in lists {
        let plan = deleted.plan;
        deleted
            .list
            .add_to_counts(-number(plan.records.len()), number(plan.outcomes.len()));
    }
    let operations: Vec<OperationRow<'_>> = lists.iter().flat_map(Deleted::operations).collect();
    write_operations(transaction, &operations, now()).await?;
    Ok(())
}

impl Deleted<'_> {
    /// The rows for the audit trail.
    fn operations(&self) -> impl Iterator<Item = OperationRow<'_>> {
        let asked = self.attributions.iter().zip(&self.kinds);
        asked
            .zip(&self.plan.outcomes)
            .map(|((attribution, kind), outcome)| operation_row(self.list, attribution, *kind, outcome))
    }
}

fn operation_row<'a>(
    list: &'a LockedList<'a>,
    attribution: &Attribution,
    kind: IdentifierKind,
    outcome: &DeletionOutcome,
) -> OperationRow<'a> {
    OperationRow {
        list,
        attribution: attribution.clone(),
        kind: kind.into(),
        total_deleted: outcome.total_deleted(),
        total_errors: outcome.total_errors(),
        total_records_deleted: outcome.records_deleted,
    }
}
