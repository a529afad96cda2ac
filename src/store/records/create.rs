//! The transactions that make lists and records.

use chrono::{DateTime, Utc};
use entity::{record, record_list, record_phone};
use futures_util::future::BoxFuture;
use sea_orm::{ActiveValue::Set, ConnectionTrait, DatabaseTransaction, EntityTrait};

use super::statements;
use crate::{
    domain::{
        Admission, ExternalReference, NewRecord, PhoneNumber, Record, Taken, UniqueIdentifierType,
        admit,
    },
    store::{
        ListKey, WriteError,
        clock::now,
        engine::transact::{Fate, Transact},
        lists::{
            lock::lock,
            statements::{adjust_records_count, lock_list},
        },
        once::{self, Once, Written},
    },
};

/// What became of one new record.
#[derive(Clone, Debug)]
pub enum Creation {
    /// It is stored.
    Created(Box<Record>),
    /// The list has one like it.
    Duplicate,
    /// The list identifies records by the external pair, and this one has none.
    ExternalReferenceMissing,
}

/// New records, in dialling order.
#[derive(Clone, Debug)]
pub struct CreationCommand {
    /// The records.
    pub records: Vec<NewRecord>,
    /// The caller's key, if it may ask again.
    pub once: Option<Once<Vec<Creation>>>,
}

/// New records for one list.
pub(crate) struct CreateRecords {
    pub(crate) list: ListKey,
    pub(crate) command: CreationCommand,
    /// Records that a list may hold.
    pub(crate) limit: u64,
}

impl Transact for CreateRecords {
    type Output = Written<Vec<Creation>>;

    fn run<'t>(
        &'t self,
        transaction: &'t DatabaseTransaction,
    ) -> BoxFuture<'t, Result<Self::Output, WriteError>> {
        Box::pin(async move {
            let list = lock(transaction, &self.list).await?;
            let creation = self.create(transaction, &list);
            once::carry_out(
                transaction,
                &self.list,
                self.command.once.as_ref(),
                creation,
            )
            .await
        })
    }

    fn fate<'t>(
        &'t self,
        output: &'t Self::Output,
        transaction: &'t DatabaseTransaction,
    ) -> BoxFuture<'t, Result<Fate, WriteError>> {
        Box::pin(async move {
            let Written::Now(creations) = output else {
                return Ok(Fate::Committed);
            };
            let backend = transaction.get_database_backend();
            let lock = lock_list(backend, &self.list);
            transaction.query_one_raw(lock).await?;
            if let Some(once) = &self.command.once {
                return once::fate(transaction, &self.list, once, creations).await;
            }
            let created = creations.iter().find_map(|creation| match creation {
                Creation::Created(record) => Some(record.id),
                Creation::Duplicate | Creation::ExternalReferenceMissing => None,
            });
            let Some(record) = created else {
                return Ok(Fate::Committed);
            };
            let find = statements::resolve_ids(backend, self.list.id, &[record]);
            Ok(match transaction.query_one_raw(find).await? {
                Some(_) => Fate::Committed,
                // It may have been there and be deleted again.
                None => Fate::Unknown,
            })
        })
    }
}

impl CreateRecords {
    /// Adds those records that the list takes; what became of each, in order.
    async fn create(
        &self,
        transaction: &DatabaseTransaction,
        list: &record_list::Model,
    ) -> Result<Vec<Creation>, WriteError> {
        let identified_by = list.unique_identifier_type;
        let taken = self.taken(transaction, identified_by).await?;
        let admissions = admit(identified_by, &self.command.records, taken);
        let admitted: Vec<&NewRecord> = self
            .command
            .records
            .iter()
            .zip(&admissions)
            .filter(|(_, admission)| **admission == Admission::Admitted)
            .map(|(record, _)| record)
            .collect();
        self.check_limit(list.records_count, admitted.len())?;
        let now = now();
        self.insert(transaction, identified_by, &admitted, now)
            .await?;
        Ok(self
            .command
            .records
            .iter()
            .zip(admissions)
            .map(|(record, admission)| match admission {
                Admission::Admitted => Creation::Created(Box::new(stored(record, now))),
                Admission::Duplicate => Creation::Duplicate,
                Admission::ExternalReferenceMissing => Creation::ExternalReferenceMissing,
            })
            .collect())
    }

    /// Those identifiers of the new records that the list has. The list is locked, so that they stay true.
    async fn taken(
        &self,
        transaction: &DatabaseTransaction,
        identified_by: UniqueIdentifierType,
    ) -> Result<Taken, WriteError> {
        let backend = transaction.get_database_backend();
        let mut taken = Taken::default();
        match identified_by {
            UniqueIdentifierType::Nothing => {}
            UniqueIdentifierType::PhoneNumber => {
                let numbers: Vec<&PhoneNumber> = self
                    .command
                    .records
                    .iter()
                    .flat_map(|record| record.phone_numbers.iter().map(|line| &line.number))
                    .collect();
                let select = statements::resolve_phone_numbers(backend, self.list.id, &numbers);
                for row in transaction.query_all_raw(select).await? {
                    let number: String = row.try_get_by_index(1)?;
                    taken
                        .phone_numbers
                        .extend(PhoneNumber::normalise(&number).ok());
                }
            }
            UniqueIdentifierType::External => {
                let references: Vec<&ExternalReference> = self
                    .command
                    .records
                    .iter()
                    .filter_map(|record| record.external.as_ref())
                    .collect();
                let select =
                    statements::resolve_external_references(backend, self.list.id, &references);
                for row in transaction.query_all_raw(select).await? {
                    taken.external_references.insert(ExternalReference {
                        provider: row.try_get_by_index(1)?,
                        id: row.try_get_by_index(2)?,
                    });
                }
            }
        }
        Ok(taken)
    }

    fn check_limit(&self, present: i64, new: usize) -> Result<(), WriteError> {
        let after = u64::try_from(present)
            .unwrap_or(0)
            .saturating_add(new as u64);
        if new > 0 && after > self.limit {
            return Err(WriteError::LimitExceeded {
                limit: self.limit,
                what: "records in a record list",
            });
        }
        Ok(())
    }

    async fn insert(
        &self,
        transaction: &DatabaseTransaction,
        identified_by: UniqueIdentifierType,
        records: &[&NewRecord],
        now: DateTime<Utc>,
    ) -> Result<(), WriteError> {
        if records.is_empty() {
            return Ok(());
        }
        let is_external = identified_by == UniqueIdentifierType::External;
        let rows = records.iter().map(|record| record::ActiveModel {
            record_list_id: Set(self.list.id.0),
            id: Set(record.id.0),
            first_name: Set(record.first_name.clone()),
            last_name: Set(record.last_name.clone()),
            timezone: Set(record.timezone.as_ref().map(|zone| zone.as_str().into())),
            priority: Set(i16::from(record.priority)),
            extra_data: Set(record.extra_data.clone().into()),
            external_provider: Set(record.external.as_ref().map(|e| e.provider.clone())),
            external_id: Set(record.external.as_ref().map(|e| e.id.clone())),
            external_url: Set(record.external_url.clone()),
            sync_external_id: Set(record.sync_external_id),
            unique_in_list: Set(is_external && record.external.is_some()),
            created_at: Set(now),
            updated_at: Set(now),
        });
        record::Entity::insert_many(rows)
            .exec_without_returning(transaction)
            .await?;
        let is_phone = identified_by == UniqueIdentifierType::PhoneNumber;
        let phones = records
            .iter()
            .flat_map(|record| self.phone_rows(record, is_phone));
        record_phone::Entity::insert_many(phones)
            .exec_without_returning(transaction)
            .await?;
        let added = i64::try_from(records.len()).unwrap_or(i64::MAX);
        let backend = transaction.get_database_backend();
        let update = adjust_records_count(backend, self.list.id, added);
        transaction.execute_raw(update).await?;
        Ok(())
    }

    fn phone_rows(
        &self,
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
                record_list_id: Set(self.list.id.0),
                phone_number: Set(line.number.as_str().to_owned()),
                record_id: Set(record.id.0),
                phone_type: Set(line.phone_type),
                position: Set(position),
                unique_in_list: Set(identifies && first_with_number),
            }
        })
    }
}

fn stored(record: &NewRecord, at: DateTime<Utc>) -> Record {
    Record {
        id: record.id,
        first_name: record.first_name.clone(),
        last_name: record.last_name.clone(),
        phone_numbers: record
            .phone_numbers
            .iter()
            .map(|line| (line.number.as_str().to_owned(), line.phone_type))
            .collect(),
        timezone: record.timezone.as_ref().map(|zone| zone.as_str().into()),
        priority: record.priority,
        extra_data: record.extra_data.clone().into(),
        external: record.external.clone(),
        external_url: record.external_url.clone(),
        sync_external_id: record.sync_external_id,
        created_at: at,
        updated_at: at,
    }
}
