//! The read of a page of records.

use std::collections::HashMap;

use entity::record;
use sea_orm::{ConnectionTrait, DatabaseExecutor, DbErr, FromQueryResult};
use uuid::Uuid;

use super::{page_statements, statements};
use crate::{
    domain::{
        ExternalReference, ExtraData, Page, Paging, PersonName, PhoneLine, PhoneNumber, Priority, Record, RecordFilter,
        RecordId, RecordListId, Timezone, text::Line,
    },
    store::{engine::read::Read, error::ReadError, list_key::ListKey, lists::find_list},
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

    async fn run(&self, database: &DatabaseExecutor<'_>) -> Result<Page<Record>, ReadError> {
        let found = find_list(database, &self.list).await?;
        let total = match &self.filter {
            RecordFilter::All => found.records_count,
            RecordFilter::PhoneNumber(None) => 0,
            filter => count(database, self.list.id, filter).await?,
        };
        if self.paging.is_past_the_end(total) {
            return Ok(Page::empty(total));
        }
        page(database, self.list.id, &self.filter, self.paging, total).await
    }
}

async fn page(
    database: &impl ConnectionTrait,
    list: RecordListId,
    filter: &RecordFilter,
    paging: Paging,
    total: u64,
) -> Result<Page<Record>, ReadError> {
    let backend = database.get_database_backend();
    let select = page_statements::page_of_records(backend, list, filter, paging);
    let rows = database
        .query_all_raw(select)
        .await?
        .iter()
        .map(|row| record::Model::from_query_result(row, ""))
        .collect::<Result<Vec<_>, _>>()?;
    // The next page's position comes from the rows, not from the records: all of those may be deleted before their
    // numbers are read.
    let page = Page::beginning(rows, paging, total, |row| row.id);
    Ok(Page {
        items: with_phone_numbers(database, list, page.items).await?,
        total,
        next_after: page.next_after,
    })
}

async fn count(database: &impl ConnectionTrait, list: RecordListId, filter: &RecordFilter) -> Result<u64, DbErr> {
    let count = page_statements::count_records(database.get_database_backend(), list, filter);
    let row = database.query_one_raw(count).await?;
    let count: i64 = row.map_or(Ok(0), |row| row.try_get_by_index(0))?;
    Ok(u64::try_from(count).unwrap_or(0))
}

/// Phone numbers by record id.
type Lines = HashMap<Uuid, Vec<PhoneLine>>;

async fn phone_numbers_of(
    database: &impl ConnectionTrait,
    list: RecordListId,
    records: &[record::Model],
) -> Result<Lines, DbErr> {
    let mut phones = Lines::new();
    if records.is_empty() {
        return Ok(phones);
    }
    let ids: Vec<RecordId> = records.iter().map(|row| RecordId(row.id)).collect();
    let select = statements::phone_numbers_of(database.get_database_backend(), list, &ids);
    for row in database.query_all_raw(select).await? {
        let line = PhoneLine {
            number: PhoneNumber::from_stored(row.try_get_by_index(1)?),
            phone_type: row.try_get_by_index(2)?,
        };
        phones.entry(row.try_get_by_index(0)?).or_default().push(line);
    }
    Ok(phones)
}

/// The records of these rows, with their phone numbers. Records that are deleted in the meantime are left out.
pub(super) async fn with_phone_numbers(
    database: &impl ConnectionTrait,
    list: RecordListId,
    rows: Vec<record::Model>,
) -> Result<Vec<Record>, DbErr> {
    let mut phones = phone_numbers_of(database, list, &rows).await?;
    let records = rows.into_iter().filter_map(|row| {
        // Every record has at least one number. One without was deleted between the two reads.
        let lines = phones.remove(&row.id)?;
        Some(record(row, lines))
    });
    Ok(records.collect())
}

fn record(row: record::Model, phone_numbers: Vec<PhoneLine>) -> Record {
    Record {
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
    }
}
