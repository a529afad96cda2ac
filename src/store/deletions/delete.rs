//! The write that deletes records of a list: resolve, plan, apply, account.

use super::{
    account::{Deleted, account_for},
    apply::{self, Decision},
};
use crate::{
    domain::{Attribution, Deletion, DeletionOutcome},
    fail_point::fail_point,
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
    /// What the audit trail records about the deletion.
    pub attribution: Attribution,
}

impl ListWrite for DeleteRecords {
    type Output = DeletionOutcome;

    async fn apply(&self, list: &LockedList<'_>) -> Result<DeletionOutcome, WriteError> {
        let outcomes = Self::apply_to_lists(&[(list, vec![self])]).await?.pop();
        let outcome = outcomes.and_then(|mut outcomes| outcomes.pop());
        outcome.ok_or(StoreError::Bug("a deletion without an outcome").into())
    }

    fn trace(&self, _: &DeletionOutcome) -> Trace {
        Trace::Operation(self.attribution.operation_id)
    }

    fn weight(&self) -> Option<usize> {
        Some(self.deletion.identifiers.len())
    }
}

impl DeleteRecords {
    /// Carries out the deletions of several lists together. Returns their outcomes, list by list.
    pub(crate) async fn apply_to_lists(
        lists: &[(&LockedList<'_>, Vec<&Self>)],
    ) -> Result<Vec<Vec<DeletionOutcome>>, WriteError> {
        let Some((first, _)) = lists.first() else {
            return Ok(Vec::new());
        };
        let transaction = first.transaction();
        let decisions = lists.iter().map(|(list, writes)| {
            let deletions = writes.iter().map(|write| &write.deletion).collect();
            Decision::on(list, deletions)
        });
        let plans = apply::plan_and_apply(transaction, decisions.collect()).await?;
        let deleted = lists.iter().zip(&plans).map(|((list, writes), plan)| {
            let attributions = writes.iter().map(|write| &write.attribution).collect();
            let kinds = writes.iter().map(|write| write.deletion.identifiers.kind());
            Deleted {
                list,
                attributions,
                kinds: kinds.collect(),
                plan,
            }
        });
        account_for(transaction, &deleted.collect::<Vec<_>>()).await?;
        fail_point!("transaction");
        Ok(plans.into_iter().map(|plan| plan.outcomes).collect())
    }
}
