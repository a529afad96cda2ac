//! The read of a page of records.

use entity::record;
use sea_orm::{ConnectionTrait, DatabaseExecutor, FromQueryResult};

use super::{further_numbers, page_statements};
use crate::{
    domain::{
        AccountId, ExternalReference, ExtraData, Page, Paging, PersonName, PhoneLine, PhoneNumber, Priority, Record,
        RecordFilter, RecordId, RecordList, Timezone, text::Line,
    },
    store::{
        engine::read::Read,
        error::{ReadError, StoreError},
        list_key::ListKey,
        lists::find_list,
    },
};

/// Reads a page of a list's records, ordered by id.
#[derive(Clone, Debug)]
pub struct PageOfRecords {
    /// The list.
    pub list: ListKey,
    /// Which records of the list to read.
    pub filter: RecordFilter,
    /// Which page.
    pub paging: Paging,
}

impl Read for PageOfRecords {
    type Output = Page<Record>;

    fn account(&self) -> Option<&AccountId> {
        Some(&self.list.account)
    }

    fn weight(&self) -> usize {
        self.paging.weight()
    }

    async fn run(&self, database: &DatabaseExecutor<'_>) -> Result<Page<Record>, ReadError> {
        let list = find_list(database, &self.list).await?;
        let total = match &self.filter {
            RecordFilter::All => list.records_count,
            RecordFilter::PhoneNumber(None) => 0,
            filter => count(database, &list, filter).await?,
        };
        if self.paging.is_past_the_end(total) {
            return Ok(Page::empty(total));
        }
        page(database, &list, &self.filter, self.paging, total).await
    }
}

async fn page(
    database: &impl ConnectionTrait,
    list: &RecordList,
    filter: &RecordFilter,
    paging: Paging,
    total: u64,
) -> Result<Page<Record>, ReadError> {
    let backend = database.get_database_backend();
    let select = page_statements::page_of_records(backend, list.id, list.unique_identifier_type, filter, paging);
    let mut records = Vec::new();
    for row in database.query_all_raw(select).await? {
        records.push(record(record::Model::from_query_result(&row, "")?)?);
    }
    Ok(Page::beginning(records, paging, total, |record: &Record| record.id.0))
}

async fn count(database: &impl ConnectionTrait, list: &RecordList, filter: &RecordFilter) -> Result<u64, StoreError> {
    let backend = database.get_database_backend();
    let count = page_statements::count_records(backend, list.id, list.unique_identifier_type, filter);
    let row = database.query_one_raw(count).await?;
    let count: i64 = row.map_or(Ok(0), |row| row.try_get_by_index(0))?;
    Ok(u64::try_from(count).unwrap_or(0))
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
