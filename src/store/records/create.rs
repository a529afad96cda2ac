//! The write that creates records in a list.

use chrono::{DateTime, Utc};
use entity::{record, record_phone};
use sea_orm::{ActiveValue::Set, ConnectionTrait, EntityTrait};

use super::statements;
use crate::{
    domain::{
        ExternalReference, NewRecord, PhoneNumber, Record, RecordListId, Rejection, Taken, UniqueIdentifierType,
        UploadRequestId, admit, text::Line,
    },
    store::{
        clock::now,
        error::WriteError,
        lists::statements::adjust_records_count,
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
        let present = u64::try_from(list.row.records_count).unwrap_or(0);
        list.limits.check_records(present, admitted.len())?;
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

    fn trace(&self, creations: &Creations) -> Trace {
        let created = creations.outcomes.iter().flatten().next();
        created.map_or(Trace::Nothing, |record| Trace::Record(record.id))
    }
}

impl CreateRecords {
    /// The identifiers of the new records that the list already contains. The list is locked, so this stays true.
    async fn taken(&self, lock: &LockedList<'_>, identified_by: UniqueIdentifierType) -> Result<Taken, WriteError> {
        let (transaction, backend) = (lock.transaction(), lock.backend());
        let mut taken = Taken::default();
        match identified_by {
            UniqueIdentifierType::Nothing => {}
            UniqueIdentifierType::PhoneNumber => {
                let numbers: Vec<&PhoneNumber> = self
                    .records
                    .iter()
                    .flat_map(|record| record.phone_numbers.iter().map(|line| &line.number))
                    .collect();
                let select = statements::resolve_phone_numbers(backend, lock.id(), &numbers);
                for row in transaction.query_all_raw(select).await? {
                    let number = PhoneNumber::from_stored(row.try_get_by_index(1)?);
                    taken.phone_numbers.insert(number);
                }
            }
            UniqueIdentifierType::External => {
                let references: Vec<&ExternalReference> = self
                    .records
                    .iter()
                    .filter_map(|record| record.external.as_ref())
                    .collect();
                let select = statements::resolve_external_references(backend, lock.id(), &references);
                for row in transaction.query_all_raw(select).await? {
                    taken.external_references.insert(ExternalReference {
                        provider: Line::from_stored(row.try_get_by_index(1)?),
                        id: Line::from_stored(row.try_get_by_index(2)?),
                    });
                }
            }
        }
        Ok(taken)
    }

    /// Inserts records with their phone numbers, and updates the list's record count.
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
        let (transaction, list) = (lock.transaction(), lock.id());
        let is_external = identified_by == UniqueIdentifierType::External;
        let rows = records.iter().map(|record| record::ActiveModel {
            record_list_id: Set(list.0),
            id: Set(record.id.0),
            first_name: Set(record.first_name.clone().into()),
            last_name: Set(record.last_name.clone().into()),
            timezone: Set(record.timezone.as_ref().map(|zone| zone.as_str().into())),
            priority: Set(i16::from(record.priority.number())),
            extra_data: Set(record.extra_data.as_str().to_owned()),
            external_provider: Set(record.external.as_ref().map(|e| e.provider.clone().into())),
            external_id: Set(record.external.as_ref().map(|e| e.id.clone().into())),
            external_url: Set(record.external_url.clone().map(Into::into)),
            sync_external_id: Set(record.sync_external_id),
            upload_request_id: Set(self.upload_request.clone().map(Into::into)),
            unique_in_list: Set(is_external && record.external.is_some()),
            created_at: Set(now),
            updated_at: Set(now),
        });
        record::Entity::insert_many(rows)
            .exec_without_returning(transaction)
            .await?;
        let is_phone = identified_by == UniqueIdentifierType::PhoneNumber;
        let phones = records.iter().flat_map(|record| phone_rows(list, record, is_phone));
        record_phone::Entity::insert_many(phones)
            .exec_without_returning(transaction)
            .await?;
        let added = i64::try_from(records.len()).unwrap_or(i64::MAX);
        let update = adjust_records_count(lock, added);
        transaction.execute_raw(update).await?;
        Ok(())
    }
}

fn phone_rows(
    list: RecordListId,
    record: &NewRecord,
    identifies: bool,
) -> impl Iterator<Item = record_phone::ActiveModel> {
    let lines = &record.phone_numbers;
    (0_i16..).zip(lines).map(move |(position, line)| {
        let first_with_number = lines
            .iter()
            .position(|other| other.number == line.number)
            .is_some_and(|first| first == position as usize);
        record_phone::ActiveModel {
            record_list_id: Set(list.0),
            phone_number: Set(line.number.as_str().to_owned()),
            record_id: Set(record.id.0),
            phone_type: Set(line.phone_type),
            position: Set(position),
            unique_in_list: Set(identifies && first_with_number),
        }
    })
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
