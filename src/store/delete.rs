//! The transaction of a batch of deletions: lock, resolve, plan, apply, account for it.

use std::collections::HashSet;

use chrono::Utc;
use entity::{operation, record_list};
use futures_util::future::BoxFuture;
use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult};
use uuid::Uuid;

use super::{ListKey, StoreError, WriteError, statements, transact::Transact};
use crate::domain::{
    Deletion, DeletionOutcome, ExternalReference, IdentifierKind, Identifiers, Matches,
    PhoneNumber, Plan, RecordId, plan,
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
}

/// A batch of deletions of one list.
pub(super) struct DeleteRecords {
    pub(super) list: ListKey,
    pub(super) commands: Vec<DeletionCommand>,
}

impl Transact for DeleteRecords {
    type Output = Vec<DeletionOutcome>;

    fn run<'t>(
        &'t self,
        transaction: &'t DatabaseTransaction,
    ) -> BoxFuture<'t, Result<Self::Output, WriteError>> {
        Box::pin(async move {
            lock(transaction, &self.list).await?;
            let plan = self.plan_and_apply(transaction).await?;
            if !plan.records.is_empty() {
                let removed = i64::try_from(plan.records.len()).unwrap_or(i64::MAX);
                adjust_count(transaction, &self.list, -removed).await?;
            }
            self.account_for(transaction, &plan.outcomes).await?;
            Ok(plan.outcomes)
        })
    }
}

impl DeleteRecords {
    /// Decides what to delete and deletes exactly that.
    async fn plan_and_apply(&self, transaction: &DatabaseTransaction) -> Result<Plan, WriteError> {
        let deletions = || self.commands.iter().map(|command| &command.deletion);
        let keys = Keys::of(deletions());
        if keys.are_ids_only() {
            // The statement that deletes also tells which ids there were: no need to ask before.
            let deleted = delete(transaction, &self.list, &keys.ids).await?;
            let matches = Matches {
                ids: deleted.clone(),
                ..Matches::default()
            };
            let plan = plan(deletions(), &matches);
            verify(&plan, &deleted)?;
            return Ok(plan);
        }
        let matches = resolve(transaction, &self.list, &keys).await?;
        let plan = plan(deletions(), &matches);
        let deleted = delete(transaction, &self.list, &plan.records).await?;
        verify(&plan, &deleted)?;
        Ok(plan)
    }

    async fn account_for(
        &self,
        transaction: &DatabaseTransaction,
        outcomes: &[DeletionOutcome],
    ) -> Result<(), WriteError> {
        let rows: Vec<_> = self
            .commands
            .iter()
            .zip(outcomes)
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

/// Keeps the list's count of records in step with its rows.
pub(super) async fn adjust_count(
    transaction: &DatabaseTransaction,
    list: &ListKey,
    by: i64,
) -> Result<(), WriteError> {
    let backend = transaction.get_database_backend();
    let update = statements::adjust_records_count(backend, list.id, by);
    transaction.execute_raw(update).await?;
    Ok(())
}

/// The distinct keys of a batch, by kind.
struct Keys<'a> {
    ids: Vec<RecordId>,
    phone_numbers: Vec<&'a PhoneNumber>,
    external_references: Vec<&'a ExternalReference>,
}

impl<'a> Keys<'a> {
    fn of(deletions: impl Iterator<Item = &'a Deletion>) -> Self {
        let mut ids = HashSet::new();
        let mut phone_numbers = HashSet::new();
        let mut external_references = HashSet::new();
        for deletion in deletions {
            match &deletion.identifiers {
                Identifiers::Ids(keys) => ids.extend(keys.iter().flatten()),
                Identifiers::PhoneNumbers(keys) => phone_numbers.extend(keys.iter().flatten()),
                Identifiers::ExternalReferences(keys) => external_references.extend(keys),
            }
        }
        Self {
            ids: ids.into_iter().collect(),
            phone_numbers: phone_numbers.into_iter().collect(),
            external_references: external_references.into_iter().collect(),
        }
    }

    fn are_ids_only(&self) -> bool {
        self.phone_numbers.is_empty() && self.external_references.is_empty()
    }
}

/// Looks up which records the keys match: one statement per kind of key that there is.
async fn resolve(
    transaction: &DatabaseTransaction,
    list: &ListKey,
    keys: &Keys<'_>,
) -> Result<Matches, WriteError> {
    let backend = transaction.get_database_backend();
    let mut matches = Matches::default();
    if !keys.ids.is_empty() {
        let select = statements::resolve_ids(backend, list.id, &keys.ids);
        for row in transaction.query_all_raw(select).await? {
            matches.ids.insert(RecordId(row.try_get_by_index(0)?));
        }
    }
    if !keys.phone_numbers.is_empty() {
        let select = statements::resolve_phone_numbers(backend, list.id, &keys.phone_numbers);
        for row in transaction.query_all_raw(select).await? {
            let number: String = row.try_get_by_index(0)?;
            let number = PhoneNumber::normalise(&number)
                .map_err(|_| StoreError::Bug("a stored phone number is not normalised"))?;
            let records = matches.phone_numbers.entry(number).or_default();
            let record = RecordId(row.try_get_by_index(1)?);
            // A record may have one number under two types.
            if !records.contains(&record) {
                records.push(record);
            }
        }
    }
    if !keys.external_references.is_empty() {
        let select =
            statements::resolve_external_references(backend, list.id, &keys.external_references);
        for row in transaction.query_all_raw(select).await? {
            let reference = ExternalReference {
                provider: row.try_get_by_index(0)?,
                id: row.try_get_by_index(1)?,
            };
            let records = matches.external_references.entry(reference).or_default();
            records.push(RecordId(row.try_get_by_index(2)?));
        }
    }
    Ok(matches)
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
    if !deleted.is_empty() {
        let ids: Vec<RecordId> = deleted.iter().copied().collect();
        let delete = statements::delete_phone_numbers(backend, list.id, &ids);
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
