//! The write that creates records in a list.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use entity::{record, record_phone};

use super::{
    LookupIndex, further_numbers,
    insert_statements::{self, INSERT_FURTHER_NUMBER, INSERT_RECORD, values},
};
use crate::{
    domain::{NewRecord, Record, Rejection, Taken, UniqueIdentifierType, UploadRequestId, admit},
    store::{
        clock::now,
        deletions::resolve::{Keys, Lookup, resolve_under_lock},
        engine::transaction::Transaction,
        error::{StoreError, WriteError},
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
        let decided = self.records.iter().zip(&admissions);
        let admitted: Vec<&NewRecord> = decided
            .filter(|(_, admission)| admission.is_ok())
            .map(|(record, _)| record)
            .collect();
        list.limits.check_records(list.records_count(), admitted.len())?;
        let now = now();
        self.insert(list, identified_by, &admitted, now).await?;
        let decided = self.records.iter().zip(admissions);
        Ok(Creations {
            identified_by,
            outcomes: decided
                .map(|(record, admission)| admission.map(|()| Box::new(stored(record, now))))
                .collect(),
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

    /// Inserts records with their phone numbers, and counts them.
    async fn insert(
        &self,
        lock: &LockedList<'_>,
        identified_by: UniqueIdentifierType,
        records: &[&NewRecord],
        now: DateTime<Utc>,
    ) -> Result<(), WriteError> {
        if records.is_empty() {
            return Ok(());
        }
        let transaction = lock.transaction();
        let rows = records.iter().map(|new| self.row(lock, identified_by, new, now));
        let rows = rows.collect::<Result<Vec<_>, _>>()?;
        let inserted = match transaction {
            Transaction::Postgres(_) => {
                let insert = insert_statements::insert_records(lock, &rows);
                transaction.execute(insert).await?
            }
            Transaction::Sqlite(session) => session.execute_each(&INSERT_RECORD, rows.iter().map(values))?,
        };
        if inserted != records.len() as u64 {
            return Err(StoreError::Bug("the records that were inserted are not those that were admitted").into());
        }
        let index = LookupIndex::of_phone_numbers(identified_by);
        let further: Vec<_> = records.iter().flat_map(|new| further_rows(lock, index, new)).collect();
        if !further.is_empty() {
            match transaction {
                Transaction::Postgres(_) => {
                    let insert = insert_statements::insert_further_numbers(lock, &further);
                    transaction.execute(insert).await?
                }
                Transaction::Sqlite(session) => {
                    session.execute_each(&INSERT_FURTHER_NUMBER, further.iter().map(values))?
                }
            };
        }
        let added = i64::try_from(records.len()).unwrap_or(i64::MAX);
        lock.add_to_counts(added, 0);
        Ok(())
    }

    fn row(
        &self,
        lock: &LockedList<'_>,
        identified_by: UniqueIdentifierType,
        new: &NewRecord,
        now: DateTime<Utc>,
    ) -> Result<record::Model, StoreError> {
        let numbers = new.phone_numbers.split_first();
        let (first, further) = numbers.ok_or(StoreError::Bug("a record without a phone number"))?;
        Ok(record::Model {
            record_list_id: lock.id().0,
            id: new.id.0,
            first_name: new.first_name.clone().into(),
            last_name: new.last_name.clone().into(),
            phone_number: first.number.as_str().to_owned(),
            phone_type: first.phone_type,
            further_phone_numbers: further_numbers::to_stored(further),
            timezone: new.timezone.as_ref().map(|zone| zone.as_str().into()),
            priority: i16::from(new.priority.number()),
            extra_data: new.extra_data.as_str().to_owned(),
            external_provider: new.external.as_ref().map(|e| e.provider.clone().into()),
            external_id: new.external.as_ref().map(|e| e.id.clone().into()),
            external_url: new.external_url.clone().map(Into::into),
            sync_external_id: new.sync_external_id,
            upload_request_id: self.upload_request.clone().map(Into::into),
            phone_number_is_unique: LookupIndex::of_phone_numbers(identified_by).is_unique(),
            external_is_unique: LookupIndex::of_external_references(identified_by).is_unique(),
            created_at: now,
            updated_at: now,
        })
    }
}

/// The rows that find the record by its further numbers: one for each number that differs from all before it.
fn further_rows(lock: &LockedList<'_>, index: LookupIndex, new: &NewRecord) -> Vec<record_phone::Model> {
    let mut seen = HashSet::new();
    let numbers = new.phone_numbers.iter().map(|line| &line.number);
    let distinct = numbers.filter(|number| seen.insert(*number));
    let rows = distinct.skip(1).map(|number| record_phone::Model {
        record_list_id: lock.id().0,
        record_id: new.id.0,
        phone_number: number.as_str().to_owned(),
        phone_number_is_unique: index.is_unique(),
    });
    rows.collect()
}

fn stored(record: &NewRecord, at: DateTime<Utc>) -> Record {
    Record {
        id: record.id,
        first_name: record.first_name.clone(),
        last_name: record.last_name.clone(),
        phone_numbers: record.phone_numbers.clone(),
        timezone: record.timezone.clone(),
        priority: record.priority,
        extra_data: record.extra_data.clone(),
        external: record.external.clone(),
        external_url: record.external_url.clone(),
        sync_external_id: record.sync_external_id,
        created_at: at,
        updated_at: at,
    }
}
