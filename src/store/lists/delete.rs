//! The write that deletes a list with all of its records.

use entity::operation;

use super::statements::mark_deleted;
use crate::{
    domain::Attribution,
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
    type Output = ();

    async fn apply(&self, list: &LockedList<'_>) -> Result<(), WriteError> {
        let now = now();
        list.transaction().execute(mark_deleted(list, now)).await?;
        let entry = OperationRow {
            list,
            attribution: self.attribution.clone(),
            kind: operation::Kind::List,
            total_deleted: 1,
            total_errors: 0,
            total_records_deleted: usize::try_from(list.records_count()).unwrap_or(usize::MAX),
        };
        write_operations(list.transaction(), &[entry], now).await?;
        Ok(())
    }

    /// The writes behind it find no list.
    fn weight(&self) -> Option<usize> {
        None
    }

    fn trace(&self, (): &()) -> Trace {
        Trace::Operation(self.attribution.operation_id)
    }
}
