//! The write that deletes a list with all of its records.

use entity::operation;

use super::statements::mark_deleted;
use crate::{
    domain::{Attribution, OperationKind},
    metrics::Effect,
    store::{
        audit::{statements::OperationRow, write_operations},
        clock::now,
        error::WriteError,
        writes::{list::ListWrite, lock::LockedList, trace::Trace},
    },
};

/// Deletes a list. It is hidden as soon as the transaction commits; its records are deleted in the background.
#[derive(Clone, Debug)]
pub struct DeleteList {
    /// What the audit trail records about the deletion.
    pub attribution: Attribution,
}

impl ListWrite for DeleteList {
    /// How many records the list had.
    type Output = usize;

    async fn apply(&self, list: &LockedList<'_>) -> Result<usize, WriteError> {
        let now = now();
        let records = usize::try_from(list.records_count()).unwrap_or(usize::MAX);
        list.transaction().execute(mark_deleted(list, now)).await?;
        let entry = OperationRow {
            list,
            attribution: self.attribution.clone(),
            kind: operation::Kind::List,
            total_deleted: 1,
            total_errors: 0,
            total_records_deleted: records,
        };
        write_operations(list.transaction(), &[entry], now).await?;
        Ok(records)
    }

    fn effect(&self, records: &usize) -> Effect {
        Effect {
            records_deleted: Some((OperationKind::List, *records)),
            ..Effect::default()
        }
    }

    /// The writes behind it find no list.
    fn weight(&self) -> Option<usize> {
        None
    }

    fn trace(&self, _: &usize) -> Trace {
        Trace::Operation(self.attribution.operation_id)
    }
}
