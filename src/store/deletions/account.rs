//! The accounting for deletions: the lists' counts, and the audit trail.

use super::batch_statements::{CountChange, adjust_counts};
use crate::{
    domain::{Attribution, DeletionOutcome, IdentifierKind, Plan},
    store::{
        audit::{insert_operations, statements::OperationRow},
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

/// Updates the lists' counts, and writes the audit trail.
pub(super) async fn account_for(transaction: &Transaction, lists: &[Deleted<'_>]) -> Result<(), WriteError> {
    let changes: Vec<CountChange<'_>> = lists
        .iter()
        .filter(|deleted| !deleted.attributions.is_empty())
        .map(Deleted::count_change)
        .collect();
    let operations: Vec<OperationRow<'_>> = lists.iter().flat_map(Deleted::operations).collect();
    if !changes.is_empty() {
        match transaction {
            Transaction::Postgres(_) => {
                transaction.execute(adjust_counts(&changes)).await?;
            }
            Transaction::Sqlite(session) => {
                for change in &changes {
                    session.execute(&adjust_counts(std::slice::from_ref(change)))?;
                }
            }
        }
    }
    insert_operations(transaction, &operations, now()).await?;
    Ok(())
}

impl Deleted<'_> {
    /// How the list's counts change. A deletion that deleted nothing has an entry in the audit trail, too.
    fn count_change(&self) -> CountChange<'_> {
        let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
        CountChange {
            list: self.list,
            records: -count(self.plan.records.len()),
            deletions: count(self.plan.outcomes.len()),
        }
    }

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
