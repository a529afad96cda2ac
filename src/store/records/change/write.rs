//! Writes what a request has come to.

use std::collections::{HashMap, HashSet};

use entity::record;

use super::statements::{UPDATE_RECORD, update_records, values_to_set};
use crate::{
    domain::{Record, RecordId, UploadRequestId},
    store::{
        deletions::delete_rows,
        engine::transaction::Transaction,
        error::{StoreError, WriteError},
        records::new_rows::{NewRows, row},
        writes::lock::LockedList,
    },
};

/// What a request has come to, as rows.
#[derive(Default)]
pub(super) struct Rows {
    /// The number of records that it creates.
    created: i64,
    /// The records that it creates, and those that are found by other identifiers than before.
    new: NewRows,
    /// The ids of the latter.
    moved: Vec<RecordId>,
    /// The other records that it changes.
    changed: Vec<record::Model>,
}

impl Rows {
    /// Adds a record that is created.
    pub(super) fn create(
        &mut self,
        lock: &LockedList<'_>,
        record: &Record,
        upload_request: Option<&UploadRequestId>,
    ) -> Result<(), StoreError> {
        let upload_request = upload_request.map(|id| id.as_str().to_owned());
        self.created += 1;
        self.new.add(lock, record, upload_request)
    }

    /// Adds a record that is changed. `uploads` has the upload request of each record, which stays.
    pub(super) fn change(
        &mut self,
        lock: &LockedList<'_>,
        (before, now): &(Record, Record),
        uploads: &mut HashMap<RecordId, Option<String>>,
    ) -> Result<(), StoreError> {
        let upload_request = uploads.remove(&now.id).flatten();
        if before.has_identifiers_of(now) {
            self.changed.push(row(lock, now, upload_request)?);
        } else {
            self.moved.push(now.id);
            self.new.add(lock, now, upload_request)?;
        }
        Ok(())
    }

    /// Writes the rows, and counts the records that are created.
    ///
    /// Records whose identifiers change are deleted and inserted again, all at once: identifiers may go from one record to
    /// another, and the indexes check each row on its own.
    pub(super) async fn write(self, lock: &LockedList<'_>) -> Result<(), WriteError> {
        if !self.moved.is_empty() {
            let deleted = delete_rows(lock.transaction(), &[(lock, &self.moved)]).await?;
            if deleted.get(&lock.id()).map(HashSet::len) != Some(self.moved.len()) {
                return Err(StoreError::Bug("a record that is changed does not exist").into());
            }
        }
        self.new.insert(lock).await?;
        lock.add_to_counts(self.created, 0);
        update(lock, &self.changed).await
    }
}

async fn update(lock: &LockedList<'_>, rows: &[record::Model]) -> Result<(), WriteError> {
    if rows.is_empty() {
        return Ok(());
    }
    let updated = match lock.transaction() {
        Transaction::Postgres(_) => lock.transaction().execute(update_records(lock, rows)).await?,
        Transaction::Sqlite(session) => session.execute_each(UPDATE_RECORD, rows.iter().map(values_to_set))?,
    };
    if updated != rows.len() as u64 {
        return Err(StoreError::Bug("the records that were updated are not those that were changed").into());
    }
    Ok(())
}
