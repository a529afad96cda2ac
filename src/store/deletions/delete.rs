//! The write that deletes records of a list: resolve, plan, apply, account.

use super::{
    account::{Deleted, account_for},
    apply::{self, Decision},
};
use crate::{
    domain::{Attribution, Deletion, DeletionOptions, DeletionOutcome, Identifiers, OperationKind},
    fail_point::fail_point,
    metrics::Effect,
    store::{
        error::{StoreError, WriteError},
        writes::{list::ListWrite, lock::LockedList, trace::Trace},
    },
};

/// Deletes records of a list by their identifiers. Deletions that wait together share a transaction, even across lists.
#[derive(Clone, Debug)]
pub struct DeleteRecords {
    /// What to delete.
    pub deletion: Deletion,
    /// How the audit trail says that the records were identified.
    pub(super) kind: OperationKind,
    /// What becomes of the deletion if it deletes nothing.
    if_unmatched: IfUnmatched,
    /// What the audit trail records about the deletion.
    pub attribution: Attribution,
}

/// What becomes of a deletion that deletes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum IfUnmatched {
    /// It is carried out, and its outcome says so.
    Report,
    /// It is refused with [`WriteError::RecordNotFound`], and the audit trail does not mention it.
    Refuse,
}

impl ListWrite for DeleteRecords {
    type Output = DeletionOutcome;

    async fn apply(&self, list: &LockedList<'_>) -> Result<DeletionOutcome, WriteError> {
        let outcomes = Self::apply_to_lists(&[(list, vec![self])]).await?.pop();
        let outcome = outcomes.and_then(|mut outcomes| outcomes.pop());
        outcome.unwrap_or(Err(StoreError::Bug("a deletion without an outcome").into()))
    }

    fn trace(&self, _: &DeletionOutcome) -> Trace {
        Trace::Operation(self.attribution.operation_id)
    }

    fn effect(&self, outcome: &DeletionOutcome) -> Effect {
        Effect {
            deleted: outcome.total_deleted(),
            failed: outcome.total_errors(),
            records_deleted: Some((self.kind, outcome.records_deleted)),
            ..Effect::default()
        }
    }

    fn weight(&self) -> Option<usize> {
        Some(self.deletion.identifiers.len())
    }
}

impl DeleteRecords {
    /// The deletion of a bulk request.
    pub fn in_bulk(deletion: Deletion, attribution: Attribution) -> Self {
        Self {
            kind: deletion.identifiers.kind().into(),
            deletion,
            if_unmatched: IfUnmatched::Report,
            attribution,
        }
    }

    /// The deletion of the records that one identifier matches, which is refused if there are none.
    pub fn of_matches(identifier: Identifiers, kind: OperationKind, attribution: Attribution) -> Self {
        Self {
            kind,
            deletion: Deletion {
                identifiers: identifier,
                options: DeletionOptions::default(),
            },
            if_unmatched: IfUnmatched::Refuse,
            attribution,
        }
    }

    /// Carries out the deletions of several lists together. Returns their outcomes, list by list.
    pub(crate) async fn apply_to_lists(
        lists: &[(&LockedList<'_>, Vec<&Self>)],
    ) -> Result<Vec<Vec<Result<DeletionOutcome, WriteError>>>, WriteError> {
        let Some((first, _)) = lists.first() else {
            return Ok(Vec::new());
        };
        let transaction = first.transaction();
        let decisions = lists.iter().map(|(list, writes)| {
            let deletions = writes.iter().map(|write| &write.deletion).collect();
            Decision::on(list, deletions)
        });
        let plans = apply::plan_and_apply(transaction, decisions.collect()).await?;
        let deleted = lists
            .iter()
            .zip(&plans)
            .map(|((list, writes), plan)| Deleted { list, writes, plan });
        account_for(transaction, &deleted.collect::<Vec<_>>()).await?;
        fail_point!("transaction");
        let outcomes = lists.iter().zip(plans).map(|((_, writes), plan)| {
            let outcomes = writes.iter().zip(plan.outcomes);
            outcomes.map(|(write, outcome)| write.accept(outcome)).collect()
        });
        Ok(outcomes.collect())
    }

    /// Whether a deletion with this outcome is refused. It has changed nothing.
    pub(super) fn is_refused(&self, outcome: &DeletionOutcome) -> bool {
        self.if_unmatched == IfUnmatched::Refuse && outcome.records_deleted == 0
    }

    fn accept(&self, outcome: DeletionOutcome) -> Result<DeletionOutcome, WriteError> {
        if self.is_refused(&outcome) {
            return Err(WriteError::RecordNotFound);
        }
        Ok(outcome)
    }
}
