//! Reads: they take no lock and never wait for a writer.

use std::collections::HashMap;

use entity::record;
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use uuid::Uuid;

use super::{page_statements, statements};
use crate::{
    domain::{
        ExternalReference, Page, Paging, PhoneType, Record, RecordFilter, RecordId, RecordListId,
    },
    store::{ListKey, lists::read::find_list},
};

/// One page of the list's records in the order of their ids; `None` if the account has no such list.
pub(crate) async fn page_of_records(
    database: &impl ConnectionTrait,
    list: &ListKey,
    filter: &RecordFilter,
    paging: Paging,
) -> Result<Option<Page<Record>>, DbErr> {
    let Some(found) = find_list(database, list).await? else {
        return Ok(None);
    };
    let total = match filter {
        RecordFilter::All => found.records_count,
        RecordFilter::PhoneNumber(None) => 0,
        _ => count(database, list.id, filter).await?,
    };
    if paging.is_past_the_end(total) {
        return Ok(Some(Page {
            items: Vec::new(),
            total,
            next_after: None,
        }));
    }
    let backend = database.get_database_backend();
    let select = page_statements::page_of_records(backend, list.id, filter, paging);
    let mut rows = database
        .query_all_raw(select)
        .await?
        .iter()
        .map(|row| record::Model::from_query_result(row, ""))
        .collect::<Result<Vec<_>, _>>()?;
    let has_more = rows.len() as u64 > paging.per_page;
    rows.truncate(usize::try_from(paging.per_page).unwrap_or(usize::MAX));
    // Taken from the rows and not from the items: all items may be deleted before their numbers are read.
    let next_after = rows.last().filter(|_| has_more).map(|row| row.id);
    let phones = phone_numbers_of(database, list.id, &rows).await?;
    Ok(Some(Page {
        items: with_phones(rows, phones),
        total,
        next_after,
    }))
}

async fn count(
    database: &impl ConnectionTrait,
    list: RecordListId,
    filter: &RecordFilter,
) -> Result<u64, DbErr> {
    let count = page_statements::count_records(database.get_database_backend(), list, filter);
    let row = database.query_one_raw(count).await?;
    let count: i64 = row.map_or(Ok(0), |row| row.try_get_by_index(0))?;
    Ok(u64::try_from(count).unwrap_or(0))
}

/// The numbers of records by record id.
type Lines = HashMap<Uuid, Vec<(String, PhoneType)>>;

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
        let line = (row.try_get_by_index(1)?, row.try_get_by_index(2)?);
        phones
            .entry(row.try_get_by_index(0)?)
            .or_default()
            .push(line);
    }
    Ok(phones)
}

fn with_phones(rows: Vec<record::Model>, mut phones: Lines) -> Vec<Record> {
    rows.into_iter()
        .filter_map(|row| {
            // A record has at least one number: without, it was deleted between the two reads.
            let lines = phones.remove(&row.id)?;
            Some(record(row, lines))
        })
        .collect()
}

fn record(row: record::Model, phone_numbers: Vec<(String, PhoneType)>) -> Record {
    Record {
        id: RecordId(row.id),
        first_name: row.first_name,
        last_name: row.last_name,
        phone_numbers,
        timezone: row.timezone,
        priority: u8::try_from(row.priority).unwrap_or(u8::MAX),
        extra_data: row.extra_data,
        external: row
            .external_provider
            .zip(row.external_id)
            .map(|(provider, id)| ExternalReference { provider, id }),
        external_url: row.external_url,
        sync_external_id: row.sync_external_id,
        created_at: row.created_at,
        updated_at: row.updated_at,
    }
}
