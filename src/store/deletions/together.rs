//! The transaction that deletions of several lists share.

use std::sync::Arc;

use fail::fail_point;
use futures_util::future::BoxFuture;
use sea_orm::DatabaseTransaction;

use super::{
    account::account_for,
    apply::{self, Decision},
    delete::DeleteRecords,
};
use crate::store::{
    ListKey, WriteError,
    engine::transact::{Fate, Transact},
    writes::{
        list::{Batch, Turn, WriteResult, fate_of},
        lock::ListLock,
    },
};

/// Deletions of several lists, each another one. Those that someone else has locked are passed over.
pub(crate) struct DeleteTogether(pub(crate) Vec<Arc<Batch<DeleteRecords>>>);

impl Transact for DeleteTogether {
    /// What became of each batch, in order; `None` where it was passed over.
    type Output = Vec<Option<Vec<WriteResult<DeleteRecords>>>>;

    fn is_shared(&self) -> bool {
        true
    }

    fn run<'t>(
        &'t self,
        transaction: &'t DatabaseTransaction,
    ) -> BoxFuture<'t, Result<Self::Output, WriteError>> {
        Box::pin(async move {
            let lists: Vec<&ListKey> = self.0.iter().map(|batch| &batch.list).collect();
            let locks = ListLock::take_free(transaction, &lists).await?;
            let mut turns = Vec::with_capacity(locks.len());
            for lock in &locks {
                let mut batches = self.0.iter();
                if let Some(batch) = batches.find(|batch| batch.list.id == lock.id()) {
                    turns.push((lock, Turn::begin(lock, batch).await?));
                }
            }
            let writes: Vec<_> = turns
                .iter()
                .map(|(lock, turn)| (*lock, turn.writes()))
                .collect();
            let decisions = writes.iter().map(|(lock, writes)| {
                let deletions = writes.iter().map(|write| &write.deletion).collect();
                Decision::on(lock, deletions)
            });
            let plans = apply::plan_and_apply(transaction, decisions.collect()).await?;
            let done: Vec<_> = writes
                .iter()
                .map(|(lock, writes)| (*lock, writes.as_slice()))
                .collect();
            account_for(transaction, &done, &plans).await?;
            fail_point!("transaction");
            let mut results = Vec::with_capacity(turns.len());
            for ((lock, turn), plan) in turns.into_iter().zip(plans) {
                results.push((lock.id(), turn.end(lock, plan.outcomes).await?));
            }
            let mut results = results.into_iter().peekable();
            Ok(self
                .0
                .iter()
                .map(|batch| results.next_if(|(list, _)| *list == batch.list.id))
                .map(|result| result.map(|(_, results)| results))
                .collect())
        })
    }

    fn fate<'t>(
        &'t self,
        output: &'t Self::Output,
        transaction: &'t DatabaseTransaction,
    ) -> BoxFuture<'t, Result<Fate, WriteError>> {
        let mut done =
            self.0.iter().zip(output).flat_map(|(batch, results)| {
                batch.carried_out(results.as_deref().unwrap_or_default())
            });
        Box::pin(fate_of(transaction, done.next()))
    }
}
