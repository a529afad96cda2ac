//! The transaction of deletions that wait together: lock, resolve, plan, apply, account for it.

use std::{collections::HashSet, sync::Arc};

use chrono::Utc;
use entity::operation;
use fail::fail_point;
use futures_util::future::BoxFuture;
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use uuid::Uuid;

use super::{
    apply::{self, Decision},
    batch_statements,
};
use crate::{
    domain::{Deletion, DeletionOutcome, IdentifierKind, Plan, RecordListId},
    store::{
        ListKey, StoreError, WriteError,
        audit::statements::{OperationRow, find_operation, insert_operations},
        engine::transact::{Fate, Transact},
        lists::{lock::lock, statements::lock_list},
        once::{self, Claim, Once, Written},
    },
};

/// One deletion, and what the audit trail says of it.
#[derive(Clone, Debug)]
pub struct DeletionCommand {
    /// What is to be deleted.
    pub deletion: Deletion,
    /// The id under which the deletion is found in the audit trail.
    pub operation_id: Uuid,
    /// The client that asks, as its token says.
    pub client_id: String,
    /// The request that asks.
    pub request_id: String,
    /// The caller's key, if it may ask again.
    pub once: Option<Once<DeletionOutcome>>,
}

/// Deletions of one list that are carried out together, in order.
pub(crate) struct Batch {
    pub(crate) list: ListKey,
    pub(crate) commands: Vec<DeletionCommand>,
}

impl Batch {
    /// How many identifiers all of its deletions have.
    pub(crate) fn identifiers(&self) -> usize {
        let deletions = self.commands.iter().map(|command| &command.deletion);
        deletions.map(|deletion| deletion.identifiers.len()).sum()
    }
}

/// A transaction of deletions.
pub(crate) enum DeleteRecords {
    /// Of one list, for whose lock it waits.
    Alone(Arc<Batch>),
    /// Of several lists, each another one. Those that someone else has locked are passed over.
    Together(Vec<Arc<Batch>>),
}

/// What became of one deletion of a batch: one that fails here fails alone.
pub(crate) type DeletionResult = Result<Written<DeletionOutcome>, WriteError>;

impl Transact for DeleteRecords {
    /// What became of each batch, in order; `None` where it was passed over.
    type Output = Vec<Option<Vec<DeletionResult>>>;

    fn is_shared(&self) -> bool {
        matches!(self, Self::Together(_))
    }

    fn run<'t>(
        &'t self,
        transaction: &'t DatabaseTransaction,
    ) -> BoxFuture<'t, Result<Self::Output, WriteError>> {
        Box::pin(async move {
            let locked = self.lock(transaction).await?;
            let is_locked = |batch: &&Arc<Batch>| locked.contains(&batch.list.id);
            let mut turns = Vec::with_capacity(locked.len());
            for batch in self.batches().iter().filter(is_locked) {
                turns.push(Turn::begin(transaction, batch).await?);
            }
            let decisions = turns
                .iter()
                .map(|turn| Decision::on(turn.list.id, turn.deletions()));
            let plans = apply::plan_and_apply(transaction, decisions.collect()).await?;
            account_for(transaction, &turns, &plans).await?;
            fail_point!("transaction");
            let mut results = Vec::with_capacity(turns.len());
            for (turn, plan) in turns.into_iter().zip(plans) {
                results.push(turn.end(transaction, plan).await?);
            }
            let mut results = results.into_iter();
            let batches = self.batches().iter();
            Ok(batches
                .map(|batch| is_locked(&batch).then(|| results.next()).flatten())
                .collect())
        })
    }

    fn fate<'t>(
        &'t self,
        output: &'t Self::Output,
        transaction: &'t DatabaseTransaction,
    ) -> BoxFuture<'t, Result<Fate, WriteError>> {
        Box::pin(async move {
            let mut done = self.batches().iter().zip(output).flat_map(carried_out);
            // All of them were committed, or none.
            let Some((list, command)) = done.next() else {
                return Ok(Fate::Committed);
            };
            // A list that is gone meanwhile has no lock to wait for, and its operations are still there.
            let backend = transaction.get_database_backend();
            let lock = lock_list(backend, list);
            transaction.query_one_raw(lock).await?;
            let find = find_operation(backend, list.id, command.operation_id);
            Ok(match transaction.query_one_raw(find).await? {
                Some(_) => Fate::Committed,
                None => Fate::NothingDone,
            })
        })
    }
}

/// Those deletions of a batch that left something in the database.
fn carried_out<'a>(
    (batch, results): (&'a Arc<Batch>, &'a Option<Vec<DeletionResult>>),
) -> impl Iterator<Item = (&'a ListKey, &'a DeletionCommand)> {
    let results = results.as_deref().unwrap_or_default();
    batch
        .commands
        .iter()
        .zip(results)
        .filter(|(_, result)| matches!(result, Ok(Written::Now(_))))
        .map(|(command, _)| (&batch.list, command))
}

impl DeleteRecords {
    fn batches(&self) -> &[Arc<Batch>] {
        match self {
            Self::Alone(batch) => std::slice::from_ref(batch),
            Self::Together(batches) => batches,
        }
    }

    /// Takes the lists' locks for the rest of the transaction; tells which it has.
    async fn lock(
        &self,
        transaction: &DatabaseTransaction,
    ) -> Result<HashSet<RecordListId>, WriteError> {
        match self {
            Self::Alone(batch) => {
                lock(transaction, &batch.list).await?;
                Ok(HashSet::from([batch.list.id]))
            }
            Self::Together(batches) => {
                let lists: Vec<&ListKey> = batches.iter().map(|batch| &batch.list).collect();
                let backend = transaction.get_database_backend();
                let lock = batch_statements::lock_free_lists(backend, &lists);
                let mut locked = HashSet::with_capacity(lists.len());
                for row in transaction.query_all_raw(lock).await? {
                    locked.insert(RecordListId(row.try_get_by_index(0)?));
                }
                Ok(locked)
            }
        }
    }
}

/// The turn of one list in the transaction, under its lock.
struct Turn<'a> {
    list: &'a ListKey,
    claims: Vec<Claim>,
    /// The deletions that were not carried out before.
    fresh: Vec<&'a DeletionCommand>,
}

impl<'a> Turn<'a> {
    async fn begin(
        transaction: &DatabaseTransaction,
        batch: &'a Batch,
    ) -> Result<Self, WriteError> {
        let keys: Vec<_> = batch.commands.iter().map(|c| c.once.as_ref()).collect();
        let claims = once::claims(transaction, &batch.list, &keys).await?;
        let fresh = batch
            .commands
            .iter()
            .zip(&claims)
            .filter(|(_, claim)| matches!(claim, Claim::Free))
            .map(|(command, _)| command)
            .collect();
        Ok(Self {
            list: &batch.list,
            claims,
            fresh,
        })
    }

    fn deletions(&self) -> Vec<&'a Deletion> {
        self.fresh.iter().map(|command| &command.deletion).collect()
    }

    /// Saves the answers of those that have a key; what became of each deletion.
    async fn end(
        self,
        transaction: &DatabaseTransaction,
        plan: Plan,
    ) -> Result<Vec<DeletionResult>, WriteError> {
        let done = self.fresh.iter().map(|command| command.once.as_ref());
        once::save(transaction, self.list, done.zip(&plan.outcomes)).await?;
        let mut outcomes = plan.outcomes.into_iter();
        Ok(self
            .claims
            .into_iter()
            .map(|claim| match claim {
                Claim::Answered(answer) => Ok(Written::Before(answer)),
                Claim::Taken => Err(WriteError::KeyReused),
                Claim::Free => outcomes
                    .next()
                    .map(Written::Now)
                    .ok_or(StoreError::Bug("a deletion without an outcome").into()),
            })
            .collect())
    }
}

/// Keeps the lists' counts, and writes the audit trail.
async fn account_for(
    transaction: &DatabaseTransaction,
    turns: &[Turn<'_>],
    plans: &[Plan],
) -> Result<(), WriteError> {
    let backend = transaction.get_database_backend();
    let changes: Vec<(RecordListId, i64)> = turns
        .iter()
        .zip(plans)
        .filter(|(_, plan)| !plan.records.is_empty())
        .map(|(turn, plan)| {
            let removed = i64::try_from(plan.records.len()).unwrap_or(i64::MAX);
            (turn.list.id, -removed)
        })
        .collect();
    if !changes.is_empty() {
        let update = batch_statements::adjust_records_counts(backend, &changes);
        transaction.execute_raw(update).await?;
    }
    let rows: Vec<OperationRow> = turns
        .iter()
        .zip(plans)
        .flat_map(|(turn, plan)| {
            let outcomes = turn.fresh.iter().zip(&plan.outcomes);
            outcomes.map(|(command, outcome)| operation_row(turn.list, command, outcome))
        })
        .collect();
    if !rows.is_empty() {
        let insert = insert_operations(backend, &rows, Utc::now());
        transaction.execute_raw(insert).await?;
    }
    Ok(())
}

fn operation_row(
    list: &ListKey,
    command: &DeletionCommand,
    outcome: &DeletionOutcome,
) -> OperationRow {
    OperationRow {
        list: list.clone(),
        id: command.operation_id,
        client_id: command.client_id.clone(),
        kind: match command.deletion.identifiers.kind() {
            IdentifierKind::Id => operation::Kind::Id,
            IdentifierKind::PhoneNumber => operation::Kind::PhoneNumber,
            IdentifierKind::External => operation::Kind::External,
        },
        total_deleted: outcome.total_deleted(),
        total_errors: outcome.total_errors(),
        total_records_deleted: outcome.records_deleted,
        request_id: command.request_id.clone(),
    }
}
