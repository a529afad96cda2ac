//! The rows of records that are inserted.

use std::collections::HashSet;

use entity::{record, record_phone};

use super::{
    LookupIndex, further_numbers,
    insert_statements::{self, INSERT_FURTHER_NUMBER, INSERT_RECORD, values},
};
use crate::{
    domain::Record,
    store::{
        engine::transaction::Transaction,
        error::{StoreError, WriteError},
        writes::lock::LockedList,
    },
};

/// Rows to insert into a list.
#[derive(Default)]
pub(super) struct NewRows {
    records: Vec<record::Model>,
    further_numbers: Vec<record_phone::Model>,
}

impl NewRows {
    /// Adds the rows of a record.
    pub(super) fn add(
        &mut self,
        lock: &LockedList<'_>,
        record: &Record,
        upload_request: Option<String>,
    ) -> Result<(), StoreError> {
        self.records.push(row(lock, record, upload_request)?);
        self.further_numbers.extend(further_rows(lock, record));
        Ok(())
    }

    /// The number of records.
    pub(super) fn len(&self) -> usize {
        self.records.len()
    }

    /// Inserts the rows, on PostgreSQL with one statement per table.
    pub(super) async fn insert(&self, lock: &LockedList<'_>) -> Result<(), WriteError> {
        if self.records.is_empty() {
            return Ok(());
        }
        let transaction = lock.transaction();
        let inserted = match transaction {
            Transaction::Postgres(_) => {
                let insert = insert_statements::insert_records(lock, &self.records);
                transaction.execute(insert).await?
            }
            Transaction::Sqlite(session) => session.execute_each(&INSERT_RECORD, self.records.iter().map(values))?,
        };
        if inserted != self.records.len() as u64 {
            return Err(StoreError::Bug("the records that were inserted are not those that were admitted").into());
        }
        if self.further_numbers.is_empty() {
            return Ok(());
        }
        match transaction {
            Transaction::Postgres(_) => {
                let insert = insert_statements::insert_further_numbers(lock, &self.further_numbers);
                transaction.execute(insert).await?
            }
            Transaction::Sqlite(session) => {
                session.execute_each(&INSERT_FURTHER_NUMBER, self.further_numbers.iter().map(values))?
            }
        };
        Ok(())
    }
}

/// The row of a record.
pub(super) fn row(
    lock: &LockedList<'_>,
    record: &Record,
    upload_request: Option<String>,
) -> Result<record::Model, StoreError> {
    let numbers = record.phone_numbers.split_first();
    let (first, further) = numbers.ok_or(StoreError::Bug("a record without a phone number"))?;
    let identified_by = lock.row.unique_identifier_type;
    let external = record.external.as_ref();
    Ok(record::Model {
        record_list_id: lock.id().0,
        id: record.id.0,
        first_name: record.first_name.clone().into(),
        last_name: record.last_name.clone().into(),
        phone_number: first.number.as_str().to_owned(),
        phone_type: first.phone_type,
        further_phone_numbers: further_numbers::to_stored(further),
        timezone: record.timezone.as_ref().map(|zone| zone.as_str().into()),
        priority: i16::from(record.priority.number()),
        extra_data: record.extra_data.as_str().to_owned(),
        external_provider: external.map(|external| external.provider.clone().into()),
        external_id: external.map(|external| external.id.clone().into()),
        external_url: record.external_url.clone().map(Into::into),
        sync_external_id: record.sync_external_id,
        upload_request_id: upload_request,
        phone_number_is_unique: LookupIndex::of_phone_numbers(identified_by).is_unique(),
        external_is_unique: LookupIndex::of_external_references(identified_by).is_unique(),
        created_at: record.created_at,
        updated_at: record.updated_at,
    })
}

/// The rows that find the record by its further numbers: one for each number that differs from all before it.
fn further_rows(lock: &LockedList<'_>, record: &Record) -> Vec<record_phone::Model> {
    let index = LookupIndex::of_phone_numbers(lock.row.unique_identifier_type);
    let mut seen = HashSet::new();
    let numbers = record.phone_numbers.iter().map(|line| &line.number);
    let distinct = numbers.filter(|number| seen.insert(*number));
    let rows = distinct.skip(1).map(|number| record_phone::Model {
        record_list_id: lock.id().0,
        record_id: record.id.0,
        phone_number: number.as_str().to_owned(),
        phone_number_is_unique: index.is_unique(),
    });
    rows.collect()
}
