//! The transaction of a batch of deletions: lock, resolve, plan, apply, account for it.

use std::collections::HashSet;

use chrono::Utc;
use entity::{operation, record_list};
use futures_util::future::BoxFuture;
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, FromQueryResult};
use uuid::Uuid;

use super::{
    ListKey, StoreError, WriteError,
    idempotency::{self, Claim, Once, Written},
    resolve::{Keys, resolve},
    statements,
    transact::{Fate, Transact},
};
use crate::domain::{Deletion, DeletionOutcome, IdentifierKind, Matches, Plan, RecordId, plan};

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

/// A batch of deletions of one list.
pub(super) struct DeleteRecords {
    pub(super) list: ListKey,
    pub(super) commands: Vec<DeletionCommand>,
}

/// What became of one deletion of a batch: one that fails here fails alone.
pub(super) type DeletionResult = Result<Written<DeletionOutcome>, WriteError>;

impl Transact for DeleteRecords {
    type Output = Vec<DeletionResult>;

    fn run<'t>(
        &'t self,
        transaction: &'t DatabaseTransaction,
    ) -> BoxFuture<'t, Result<Self::Output, WriteError>> {
        Box::pin(async move {
            lock(transaction, &self.list).await?;
            let keys: Vec<_> = self.commands.iter().map(|c| c.once.as_ref()).collect();
            let claims = idempotency::claims(transaction, &self.list, &keys).await?;
            let fresh: Vec<&DeletionCommand> = self
                .commands
                .iter()
                .zip(&claims)
                .filter(|(_, claim)| matches!(claim, Claim::Free))
                .map(|(command, _)| command)
                .collect();
            let outcomes = self.carry_out(transaction, &fresh).await?;
            let mut outcomes = outcomes.into_iter();
            Ok(claims
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
        })
    }

    fn fate<'t>(
        &'t self,
        output: &'t Self::Output,
        transaction: &'t DatabaseTransaction,
    ) -> BoxFuture<'t, Result<Fate, WriteError>> {
        Box::pin(async move {
            let carried_out = self
                .commands
                .iter()
                .zip(output)
                .find(|(_, result)| matches!(result, Ok(Written::Now(_))));
            let Some((command, _)) = carried_out else {
                return Ok(Fate::Committed);
            };
            // A list that is gone meanwhile has no lock to wait for, and its operations are still there.
            let backend = transaction.get_database_backend();
            let lock = statements::lock_list(backend, &self.list);
            transaction.query_one_raw(lock).await?;
            let find = statements::find_operation(backend, self.list.id, command.operation_id);
            Ok(match transaction.query_one_raw(find).await? {
                Some(_) => Fate::Committed,
                None => Fate::NothingDone,
            })
        })
    }
}

impl DeleteRecords {
    /// Carries out those deletions of the batch that were not carried out before; an outcome each, in order.
    async fn carry_out(
        &self,
        transaction: &DatabaseTransaction,
        commands: &[&DeletionCommand],
    ) -> Result<Vec<DeletionOutcome>, WriteError> {
        if commands.is_empty() {
            return Ok(Vec::new());
        }
        let deletions: Vec<_> = commands.iter().map(|command| &command.deletion).collect();
        let plan = self.plan_and_apply(transaction, &deletions).await?;
        self.account_for(transaction, commands, &plan).await?;
        let done = commands.iter().map(|command| command.once.as_ref());
        idempotency::save(transaction, &self.list, done.zip(&plan.outcomes)).await?;
        Ok(plan.outcomes)
    }

    /// Decides what to delete and deletes exactly that.
    async fn plan_and_apply(
        &self,
        transaction: &DatabaseTransaction,
        deletions: &[&Deletion],
    ) -> Result<Plan, WriteError> {
        let keys = Keys::of(deletions.iter().copied());
        let may_keep_matches = deletions.iter().any(|d| d.options.all_or_none);
        if keys.are_ids_only() && !may_keep_matches {
            // The statement that deletes also tells which ids there were: no need to ask before.
            let deleted = delete(transaction, &self.list, &keys.ids).await?;
            let matches = Matches {
                ids: deleted.clone(),
                ..Matches::default()
            };
            let plan = plan(deletions.iter().copied(), &matches);
            verify(&plan, &deleted)?;
            return Ok(plan);
        }
        let matches = resolve(transaction, &self.list, &keys).await?;
        let plan = plan(deletions.iter().copied(), &matches);
        let deleted = delete(transaction, &self.list, &plan.records).await?;
        verify(&plan, &deleted)?;
        Ok(plan)
    }

    async fn account_for(
        &self,
        transaction: &DatabaseTransaction,
        commands: &[&DeletionCommand],
        plan: &Plan,
    ) -> Result<(), WriteError> {
        let rows: Vec<_> = commands
            .iter()
            .zip(&plan.outcomes)
            .map(|(command, outcome)| {
                statements::OperationRow::new(
                    command.operation_id,
                    command.client_id.clone(),
                    operation_kind(command.deletion.identifiers.kind()),
                    [
                        outcome.total_deleted(),
                        outcome.total_errors(),
                        outcome.records_deleted,
                    ],
                    command.request_id.clone(),
                )
            })
            .collect();
        let backend = transaction.get_database_backend();
        if !plan.records.is_empty() {
            let removed = i64::try_from(plan.records.len()).unwrap_or(i64::MAX);
            let update = statements::adjust_records_count(backend, self.list.id, -removed);
            transaction.execute_raw(update).await?;
        }
        let insert = statements::insert_operations(backend, &self.list, &rows, Utc::now());
        transaction.execute_raw(insert).await?;
        Ok(())
    }
}

/// Takes the list's lock for the rest of the transaction; tells the list as it is under the lock.
pub(super) async fn lock(
    transaction: &DatabaseTransaction,
    list: &ListKey,
) -> Result<record_list::Model, WriteError> {
    let lock = statements::lock_list(transaction.get_database_backend(), list);
    let row = transaction.query_one_raw(lock).await?;
    let row = row.ok_or(WriteError::ListNotFound)?;
    Ok(record_list::Model::from_query_result(&row, "")?)
}

/// Deletes the records with their numbers, and tells which were there.
async fn delete(
    transaction: &DatabaseTransaction,
    list: &ListKey,
    ids: &[RecordId],
) -> Result<HashSet<RecordId>, WriteError> {
    if ids.is_empty() {
        return Ok(HashSet::new());
    }
    let backend = transaction.get_database_backend();
    let delete = statements::delete_records(backend, list.id, ids);
    let mut deleted = HashSet::with_capacity(ids.len());
    for row in transaction.query_all_raw(delete).await? {
        deleted.insert(RecordId(row.try_get_by_index(0)?));
    }
    if backend == DbBackend::Sqlite && !deleted.is_empty() {
        let ids: Vec<RecordId> = deleted.iter().copied().collect();
        let delete = statements::delete_phone_numbers(list.id, &ids);
        transaction.execute_raw(delete).await?;
    }
    Ok(deleted)
}

/// The answers are true only when exactly the planned records went.
fn verify(plan: &Plan, deleted: &HashSet<RecordId>) -> Result<(), StoreError> {
    let as_planned = plan.records.len() == deleted.len()
        && plan.records.iter().all(|record| deleted.contains(record));
    if as_planned {
        Ok(())
    } else {
        Err(StoreError::Bug(
            "the deleted records are not the planned ones",
        ))
    }
}

fn operation_kind(kind: IdentifierKind) -> operation::Kind {
    match kind {
        IdentifierKind::Id => operation::Kind::Id,
        IdentifierKind::PhoneNumber => operation::Kind::PhoneNumber,
        IdentifierKind::External => operation::Kind::External,
    }
}
