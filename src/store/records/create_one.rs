//! The write that creates one record.

use super::CreateRecords;
use crate::{
    domain::{NewRecord, Record, Refusal},
    store::{
        error::{StoreError, WriteError},
        writes::{list::ListWrite, lock::LockedList, trace::Trace},
    },
};

/// Creates one record; [`WriteError::Refused`] if the list does not accept it.
#[derive(Clone, Debug)]
pub struct CreateRecord(CreateRecords);

impl CreateRecord {
    /// Creates this record.
    pub fn new(record: NewRecord) -> Self {
        Self(CreateRecords {
            records: vec![record],
            upload_request: None,
        })
    }
}

impl ListWrite for CreateRecord {
    type Output = Box<Record>;

    async fn apply(&self, list: &LockedList<'_>) -> Result<Box<Record>, WriteError> {
        let outcome = self.0.apply(list).await?.outcomes.pop();
        let outcome = outcome.ok_or(StoreError::Bug("a record without an outcome"))?;
        Ok(outcome.map_err(Refusal::Rejected)?)
    }

    fn weight(&self) -> Option<usize> {
        self.0.weight()
    }

    fn trace(&self, record: &Box<Record>) -> Trace {
        Trace::Record(record.id)
    }
}
