//! The write that creates records in a list.

use super::{change::Changes, new_rows::NewRows};
use crate::{
    domain::{ItemOutcome, NewRecord, Refusal, Taken, UniqueIdentifierType, UploadRequestId, admit},
    metrics::Effect,
    store::{
        clock::now,
        deletions::resolve::{Keys, Lookup, resolve_under_lock},
        error::WriteError,
        writes::{list::ListWrite, lock::LockedList, trace::Trace},
    },
};

/// Creates records in a list, in dialling order.
#[derive(Clone, Debug, Default)]
pub struct CreateRecords {
    /// The records.
    pub records: Vec<NewRecord>,
    /// The upload request that they belong to.
    pub upload_request: Option<UploadRequestId>,
    /// How many further ones of the request had faults. They count as failed.
    pub faulty: usize,
}

impl ListWrite for CreateRecords {
    type Output = Changes;

    /// Creates the records that the list admits.
    async fn apply(&self, list: &LockedList<'_>) -> Result<Changes, WriteError> {
        let identified_by = list.row.unique_identifier_type;
        let taken = self.taken(list, identified_by).await?;
        let admissions = admit(identified_by, &self.records, taken);
        let admitted = admissions.iter().filter(|admission| admission.is_ok()).count();
        list.limits.check_records(list.records_count(), admitted)?;
        let now = now();
        let mut outcomes: Vec<ItemOutcome> = Vec::with_capacity(self.records.len());
        let mut rows = NewRows::default();
        for (record, admission) in self.records.iter().zip(admissions) {
            outcomes.push(match admission {
                Ok(()) => {
                    let record = record.stored_at(now);
                    rows.add(list, &record, self.upload_request.as_ref())?;
                    ItemOutcome::Created(Box::new(record))
                }
                Err(rejection) => ItemOutcome::Failed(Refusal::Rejected(rejection)),
            });
        }
        rows.insert(list).await?;
        let added = i64::try_from(rows.len()).unwrap_or(i64::MAX);
        list.add_to_counts(added, 0);
        Ok(Changes {
            identified_by,
            trace: trace_of_first(&outcomes),
            outcomes,
        })
    }

    fn effect(&self, changes: &Changes) -> Effect {
        changes.effect(self.faulty)
    }

    fn weight(&self) -> Option<usize> {
        Some(self.records.len())
    }

    fn trace(&self, changes: &Changes) -> Trace {
        changes.trace
    }
}

/// The trace of the first record that was created.
fn trace_of_first(outcomes: &[ItemOutcome]) -> Trace {
    let created = outcomes.iter().find_map(|outcome| match outcome {
        ItemOutcome::Created(record) => Some(Trace::Record(record.id)),
        _ => None,
    });
    created.unwrap_or(Trace::Nothing)
}

impl CreateRecords {
    /// The identifiers of the new records that the list already contains. The list is locked, so this stays true.
    async fn taken(&self, lock: &LockedList<'_>, identified_by: UniqueIdentifierType) -> Result<Taken, WriteError> {
        let keys = match identified_by {
            UniqueIdentifierType::Nothing => return Ok(Taken::default()),
            UniqueIdentifierType::PhoneNumber => {
                let lines = self.records.iter().flat_map(|record| &record.phone_numbers);
                Keys {
                    phone_numbers: lines.map(|line| &line.number).collect(),
                    ..Keys::default()
                }
            }
            UniqueIdentifierType::External => Keys {
                external_references: self
                    .records
                    .iter()
                    .filter_map(|record| record.external.as_ref())
                    .collect(),
                ..Keys::default()
            },
        };
        let lookup = Lookup {
            list: lock.id(),
            identified_by,
            keys: &keys,
        };
        let mut matches = resolve_under_lock(lock.transaction(), &[lookup]).await?;
        let matches = matches.remove(&lock.id()).unwrap_or_default();
        Ok(Taken {
            phone_numbers: matches.phone_numbers.into_keys().collect(),
            external_references: matches.external_references.into_keys().collect(),
        })
    }
}
