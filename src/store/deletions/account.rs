//! What deletions leave behind: the lists' counts, and entries of the audit trail.

use chrono::Utc;
use entity::operation;
use sea_orm::{ConnectionTrait, DatabaseTransaction};

use super::{batch_statements::adjust_records_counts, delete::DeleteRecords};
use crate::{
    domain::{DeletionOutcome, IdentifierKind, Plan},
    store::{
        WriteError,
        audit::statements::{OperationRow, insert_operations},
        writes::lock::ListLock,
    },
};

/// Keeps the lists' counts, and writes the audit trail. There is a plan for each list, in order.
pub(crate) async fn account_for(
    transaction: &DatabaseTransaction,
    lists: &[(&ListLock<'_>, &[&DeleteRecords])],
    plans: &[Plan],
) -> Result<(), WriteError> {
    let backend = transaction.get_database_backend();
    let changes: Vec<(&ListLock<'_>, i64)> = lists
        .iter()
        .zip(plans)
        .filter(|(_, plan)| !plan.records.is_empty())
        .map(|((lock, _), plan)| {
            let removed = i64::try_from(plan.records.len()).unwrap_or(i64::MAX);
            (*lock, -removed)
        })
        .collect();
    if !changes.is_empty() {
        let update = adjust_records_counts(backend, &changes);
        transaction.execute_raw(update).await?;
    }
    let rows: Vec<OperationRow> = lists
        .iter()
        .zip(plans)
        .flat_map(|((lock, deletions), plan)| {
            let outcomes = deletions.iter().zip(&plan.outcomes);
            outcomes.map(|(deletion, outcome)| operation_row(lock, deletion, outcome))
        })
        .collect();
    if !rows.is_empty() {
        let insert = insert_operations(backend, &rows, Utc::now());
        transaction.execute_raw(insert).await?;
    }
    Ok(())
}

fn operation_row(
    lock: &ListLock<'_>,
    delete: &DeleteRecords,
    outcome: &DeletionOutcome,
) -> OperationRow {
    OperationRow {
        list: lock.list().clone(),
        attribution: delete.attribution.clone(),
        kind: match delete.deletion.identifiers.kind() {
            IdentifierKind::Id => operation::Kind::Id,
            IdentifierKind::PhoneNumber => operation::Kind::PhoneNumber,
            IdentifierKind::External => operation::Kind::External,
        },
        total_deleted: outcome.total_deleted(),
        total_errors: outcome.total_errors(),
        total_records_deleted: outcome.records_deleted,
    }
}
