//! The write that creates records in a list.

use super::new_rows::NewRows;
use crate::{
    domain::{NewRecord, Record, Rejection, Taken, UniqueIdentifierType, UploadRequestId, admit},
    store::{
        clock::now,
        deletions::resolve::{Keys, Lookup, resolve_under_lock},
        error::WriteError,
        writes::{list::ListWrite, lock::LockedList, trace::Trace},
    },
};

/// The outcome for one new record: the stored record, or why the list did not accept it.
pub type Creation = Result<Box<Record>, Rejection>;

/// The outcome of a request to create records.
#[derive(Clone, Debug)]
pub struct Creations {
    /// What identifies the records of the list.
    pub identified_by: UniqueIdentifierType,
    /// The outcome for each record, in order.
    pub outcomes: Vec<Creation>,
}

/// Creates records in a list, in dialling order.
#[derive(Clone, Debug, Default)]
pub struct CreateRecords {
    /// The records.
    pub records: Vec<NewRecord>,
    /// The upload request that they belong to.
    pub upload_request: Option<UploadRequestId>,
}

impl ListWrite for CreateRecords {
    type Output = Creations;

    /// Creates the records that the list admits.
    async fn apply(&self, list: &LockedList<'_>) -> Result<Creations, WriteError> {
        let identified_by = list.row.unique_identifier_type;
        let taken = self.taken(list, identified_by).await?;
        let admissions = admit(identified_by, &self.records, taken);
        let admitted = admissions.iter().filter(|admission| admission.is_ok()).count();
        list.limits.check_records(list.records_count(), admitted)?;
        let now = now();
        let mut outcomes: Vec<Creation> = Vec::with_capacity(self.records.len());
        let mut rows = NewRows::default();
        for (record, admission) in self.records.iter().zip(admissions) {
            outcomes.push(match admission {
                Ok(()) => {
                    let record = record.stored_at(now);
                    rows.add(
                        list,
                        &record,
                        self.upload_request.as_ref().map(|id| id.as_str().to_owned()),
                    )?;
                    Ok(Box::new(record))
                }
                Err(rejection) => Err(rejection),
            });
        }
        rows.insert(list).await?;
        let added = i64::try_from(rows.len()).unwrap_or(i64::MAX);
        list.add_to_counts(added, 0);
        Ok(Creations {
            identified_by,
            outcomes,
        })
    }

    fn weight(&self) -> Option<usize> {
        Some(self.records.len())
    }

    fn trace(&self, creations: &Creations) -> Trace {
        let created = creations.outcomes.iter().flatten().next();
        created.map_or(Trace::Nothing, |record| Trace::Record(record.id))
    }
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
