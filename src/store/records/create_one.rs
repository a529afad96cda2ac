//! The write that creates one record.

use super::CreateRecords;
use crate::{
    domain::{ItemOutcome, NewRecord, Record},
    metrics::Effect,
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
            ..CreateRecords::default()
        })
    }
}

impl ListWrite for CreateRecord {
    type Output = Record;

    async fn apply(&self, list: &LockedList<'_>) -> Result<Record, WriteError> {
        match self.0.apply(list).await?.outcomes.pop() {
            Some(ItemOutcome::Created(record)) => Ok(*record),
            Some(ItemOutcome::Failed(refusal)) => Err(refusal.into()),
            _ => Err(StoreError::Bug("a record without an outcome").into()),
        }
    }

    fn weight(&self) -> Option<usize> {
        self.0.weight()
    }

    fn effect(&self, _: &Record) -> Effect {
        Effect {
            created: 1,
            ..Effect::default()
        }
    }

    fn trace(&self, record: &Record) -> Trace {
        Trace::Record(record.id)
    }
}
