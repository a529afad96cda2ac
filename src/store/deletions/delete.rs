//! Deletes records of a list: resolve, plan, apply, account for it.

use std::sync::Arc;

use fail::fail_point;

use super::{
    account::account_for,
    apply::{self, Decision},
};
use crate::{
    domain::{Attribution, Deletion, DeletionOutcome},
    store::{
        Store, StoreError, WriteError,
        writes::{
            list::{Batch, BatchResult, ListWrite},
            lock::LockedList,
            trace::Trace,
        },
    },
};

/// Deletes records of a list by their identifiers. Deletions that wait together share a transaction.
#[derive(Clone, Debug)]
pub struct DeleteRecords {
    /// What is to be deleted.
    pub deletion: Deletion,
    /// What the audit trail says of it.
    pub attribution: Attribution,
}

impl ListWrite for DeleteRecords {
    type Output = DeletionOutcome;

    async fn apply(&self, list: &LockedList<'_>) -> Result<DeletionOutcome, WriteError> {
        let mut outcomes = Self::apply_all(&[self], list).await?;
        let missing = StoreError::Bug("a deletion without an outcome");
        outcomes.pop().ok_or(missing.into())
    }

    async fn apply_all(
        writes: &[&Self],
        list: &LockedList<'_>,
    ) -> Result<Vec<DeletionOutcome>, WriteError> {
        let lock = &list.lock;
        let deletions = writes.iter().map(|write| &write.deletion).collect();
        let plans = apply::plan_and_apply(lock.transaction(), vec![Decision::on(lock, deletions)]);
        let plans = plans.await?;
        account_for(lock.transaction(), &[(lock, writes)], &plans).await?;
        fail_point!("transaction");
        Ok(plans.into_iter().flat_map(|plan| plan.outcomes).collect())
    }

    fn trace(&self, _: &DeletionOutcome) -> Trace {
        Trace::Operation(self.attribution.operation_id)
    }

    fn share(&self) -> Option<usize> {
        Some(self.deletion.identifiers.len())
    }

    async fn carry_out(store: &Store, batch: Arc<Batch<Self>>) -> BatchResult<Self> {
        store.lanes().delete(batch).await
    }
}
