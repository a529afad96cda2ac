//! Turns: what the batches of one or several lists do in a transaction, in the order in which it was asked for.

use super::{
    batch::Batch,
    counts::write_counts,
    list::{AnyOutput, AnyWrite, WriteResult},
    lock::LockedList,
};
use crate::store::{
    deletions::DeleteRecords,
    engine::transaction::Transaction,
    error::{StoreError, WriteError},
    once::{self, Claim, Written},
};

/// The output of a write, or why it was refused.
type Outcome = Result<AnyOutput, WriteError>;

/// One list's part of a transaction, under its lock.
pub(crate) struct Turn<'a> {
    list: &'a LockedList<'a>,
    claims: Vec<Claim>,
    /// The writes that were not carried out before.
    fresh: Vec<&'a dyn AnyWrite>,
    /// The outcomes of the first of them.
    outcomes: Vec<Outcome>,
}

impl<'a> Turn<'a> {
    /// Looks up which of the writes were carried out before.
    pub(crate) async fn begin(list: &'a LockedList<'a>, batch: &'a Batch) -> Result<Self, WriteError> {
        let keys: Vec<_> = batch.writes.iter().map(|write| write.claimed()).collect();
        let claims = once::claims(list.transaction(), list.list(), &keys).await?;
        let fresh = batch
            .writes
            .iter()
            .zip(&claims)
            .filter(|(_, claim)| matches!(claim, Claim::Free))
            .map(|(write, _)| &**write);
        let fresh: Vec<_> = fresh.collect();
        Ok(Self {
            list,
            outcomes: Vec::with_capacity(fresh.len()),
            claims,
            fresh,
        })
    }

    /// The writes without an outcome.
    fn left(&self) -> &[&'a dyn AnyWrite] {
        self.fresh.get(self.outcomes.len()..).unwrap_or_default()
    }

    /// The deletions that come next.
    fn next_deletions(&self) -> Vec<&'a DeleteRecords> {
        self.left().iter().map_while(|write| write.as_deletion()).collect()
    }

    /// Saves the responses of the writes that have a key. Returns the result of each write of the batch, in order.
    async fn end(self) -> Result<Vec<WriteResult>, WriteError> {
        let mut responses = Vec::new();
        for (write, outcome) in self.fresh.iter().zip(&self.outcomes) {
            if let Ok(output) = outcome {
                responses.extend(write.response(output)?);
            }
        }
        once::save(self.list.transaction(), self.list.list(), responses.into_iter()).await?;
        let mut outcomes = self.outcomes.into_iter();
        let results = self.claims.into_iter().map(|claim| match claim {
            Claim::Saved(response) => Ok(Written::Before(response)),
            Claim::Taken => Err(WriteError::KeyReused),
            Claim::Full => Err(WriteError::SavedResponsesFull),
            Claim::Free => {
                let missing = StoreError::Bug("a write without an outcome");
                outcomes.next().unwrap_or(Err(missing.into())).map(Written::Now)
            }
        });
        Ok(results.collect())
    }
}

/// Carries out the writes of each list in order, and returns their results, list by list. Deletions that come next in
/// several lists share their statements.
///
/// A write that is refused has changed nothing, so the others stay. Any other error is that of the whole transaction.
pub(crate) async fn carry_out(
    transaction: &Transaction,
    mut turns: Vec<Turn<'_>>,
) -> Result<Vec<Vec<WriteResult>>, WriteError> {
    while turns.iter().any(|turn| !turn.left().is_empty()) {
        delete_next(&mut turns).await?;
        for turn in &mut turns {
            // The deletions before it are done.
            if let Some(write) = turn.left().first() {
                match write.apply(turn.list).await {
                    Err(WriteError::Store(error)) => return Err(error.into()),
                    outcome => turn.outcomes.push(outcome),
                }
            }
        }
    }
    let lists: Vec<&LockedList<'_>> = turns.iter().map(|turn| turn.list).collect();
    write_counts(transaction, &lists).await?;
    let mut results = Vec::with_capacity(turns.len());
    for turn in turns {
        results.push(turn.end().await?);
    }
    Ok(results)
}

/// Carries out the deletions that come next.
async fn delete_next(turns: &mut [Turn<'_>]) -> Result<(), WriteError> {
    let (mut deleting, mut deletions) = (Vec::new(), Vec::new());
    for turn in turns {
        let next = turn.next_deletions();
        if !next.is_empty() {
            deletions.push((turn.list, next));
            deleting.push(turn);
        }
    }
    let outcomes = DeleteRecords::apply_to_lists(&deletions).await?;
    if outcomes.len() != deleting.len() {
        return Err(StoreError::Bug("a list without outcomes").into());
    }
    for (turn, outcomes) in deleting.into_iter().zip(outcomes) {
        turn.outcomes
            .extend(outcomes.into_iter().map(|outcome| outcome.map(AnyOutput::new)));
    }
    Ok(())
}
