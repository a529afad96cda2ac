//! The read of a page of records.

use std::time::Duration;

use entity::record;
use sea_orm::{ConnectionTrait, DatabaseExecutor, FromQueryResult};

use super::{
    further_numbers,
    page_statements::{LOOK_AT_ALL, page_of_records},
};
use crate::{
    domain::{
        AccountId, ExternalReference, ExtraData, Page, Paging, PersonName, PhoneLine, PhoneNumber, Priority, Record,
        RecordFilter, RecordId, RecordSelection, SortedKey, Timezone, text::Line,
    },
    store::{
        engine::{bounded::rows_within, read::Read},
        error::{ReadError, StoreError},
        list_key::ListKey,
        lists::find_list,
        page_select::{items, total},
    },
};

/// Reads a page of a list's records.
#[derive(Clone, Debug)]
pub struct PageOfRecords {
    /// The list.
    pub list: ListKey,
    /// Which records of the list to read, and in which order.
    pub selection: RecordSelection,
    /// How many records have to be looked at, as far as that is known: see [`RecordSelection::looks_at_all`].
    pub looked_at: u64,
    /// Which page.
    pub paging: Paging<SortedKey>,
}

impl Read for PageOfRecords {
    type Output = Page<Record, SortedKey>;

    fn account(&self) -> Option<&AccountId> {
        Some(&self.list.account)
    }

    fn weight(&self) -> usize {
        self.paging.weight_with(self.looked_at)
    }

    async fn run(&self, database: &DatabaseExecutor<'_>) -> Result<Self::Output, ReadError> {
        self.run_within(database, Duration::MAX).await
    }

    async fn run_within(
        &self,
        database: &DatabaseExecutor<'_>,
        limit: Duration,
    ) -> Result<Page<Record, SortedKey>, ReadError> {
        let Self { selection, paging, .. } = self;
        let list = find_list(database, &self.list).await?;
        let known = match selection.filter {
            RecordFilter::All if !selection.looks_at_all() => Some(list.records_count),
            RecordFilter::PhoneNumber(None) => Some(0),
            _ => None,
        };
        // Nothing is passed over in vain.
        if let Some(total) = known.filter(|total| paging.is_past_the_end(*total)) {
            return Ok(Page::empty(total));
        }
        let backend = database.get_database_backend();
        let select = page_of_records(backend, list.id, list.unique_identifier_type, selection, paging);
        let rows = if selection.looks_at_all() {
            rows_within(database, LOOK_AT_ALL, select, limit).await?
        } else {
            database.query_all_raw(select).await?
        };
        // The list may have been deleted since it was found.
        let total = total(rows.first().ok_or(ReadError::ListNotFound)?)?;
        let mut records = Vec::with_capacity(rows.len());
        for row in items(&rows)? {
            records.push(record(record::Model::from_query_result(row, "")?)?);
        }
        let key = |record: &Record| record.key(selection.order.by);
        records.sort_by(|one, another| selection.order.compare(&key(one), &key(another)));
        Ok(Page::beginning(records, paging, total, key))
    }
}

/// Converts a row to a record.
pub(super) fn record(row: record::Model) -> Result<Record, StoreError> {
    let mut phone_numbers = vec![PhoneLine {
        number: PhoneNumber::from_stored(row.phone_number),
        phone_type: row.phone_type,
    }];
    if let Some(further) = row.further_phone_numbers {
        phone_numbers.extend(further_numbers::from_stored(&further)?);
    }
    Ok(Record {
        id: RecordId(row.id),
        first_name: PersonName::from_stored(row.first_name),
        last_name: PersonName::from_stored(row.last_name),
        phone_numbers,
        timezone: row.timezone.map(Timezone::from_stored),
        priority: Priority::from_stored(row.priority),
        extra_data: ExtraData::from_stored(row.extra_data),
        external: row
            .external_provider
            .zip(row.external_id)
            .map(|(provider, id)| ExternalReference {
                provider: Line::from_stored(provider),
                id: Line::from_stored(id),
            }),
        external_url: row.external_url.map(Line::from_stored),
        sync_external_id: row.sync_external_id,
        created_at: row.created_at,
        updated_at: row.updated_at,
    })
}
