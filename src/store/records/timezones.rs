//! The read of a page of the time zones that occur in a list.

use std::time::Duration;

use sea_orm::{ConnectionTrait, DatabaseExecutor, DbBackend, Statement};

use super::page_statements::LOOK_AT_ALL;
use crate::{
    domain::{AccountId, Page, Paging, Position, RecordListId, SentTimezone, Timezone},
    store::{
        engine::{bounded::rows_within, read::Read},
        error::ReadError,
        list_key::ListKey,
        lists::find_list,
        page_select::{PageSelect, total},
    },
};

/// Reads a page of the distinct time zones of a list's records, in the order of the bytes of their names.
#[derive(Clone, Debug)]
pub struct PageOfTimezones {
    /// The list.
    pub list: ListKey,
    /// Only zones whose name contains this, in upper or lower case.
    pub search: Option<SentTimezone>,
    /// How many records the list has, as far as that is known.
    pub looked_at: u64,
    /// Which page.
    pub paging: Paging<String>,
}

impl Read for PageOfTimezones {
    type Output = Page<Timezone, String>;

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
    ) -> Result<Page<Timezone, String>, ReadError> {
        let Self {
            list, search, paging, ..
        } = self;
        find_list(database, list).await?;
        let select = page_of_timezones(database.get_database_backend(), list.id, search.as_ref(), paging);
        let rows = rows_within(database, LOOK_AT_ALL, select, limit).await?;
        // The list may have been deleted since it was found.
        let total = total(rows.first().ok_or(ReadError::ListNotFound)?)?;
        let mut zones = Vec::with_capacity(rows.len());
        for row in &rows {
            zones.extend(row.try_get::<Option<String>>("", "timezone")?);
        }
        zones.sort_unstable();
        let zones = zones.into_iter().map(Timezone::from_stored).collect();
        let key = |zone: &Timezone| zone.as_str().to_owned();
        Ok(Page::beginning(zones, paging, total, key))
    }
}

/// A page of the zones, in no order. Returns rows of `total`, which is the number of all of them at the same moment, and
/// `timezone`. If the page has no zone, there is one row, with null. There is no row if the list does not exist any more.
///
/// On PostgreSQL it needs the settings of [`LOOK_AT_ALL`].
pub fn page_of_timezones(
    backend: DbBackend,
    list: RecordListId,
    search: Option<&SentTimezone>,
    paging: &Paging<String>,
) -> Statement {
    // All names are ASCII. The rules of other languages for upper and lower case must not count.
    let (position, collation) = match backend {
        DbBackend::Postgres => ("strpos", "COLLATE \"C\""),
        _ => ("instr", ""),
    };
    let mut query = PageSelect::new(backend);
    let list = query.bind(list.0);
    let contains = search.map_or(String::new(), |search| {
        let search = query.bind(search.as_str().to_ascii_lowercase());
        format!("WHERE {position}(lower(timezone {collation}), {search}) > 0")
    });
    let after = match &paging.position {
        Position::After(cursor) => {
            let last = query.bind(cursor.after.as_str());
            format!("WHERE timezone {collation} > {last}")
        }
        Position::Page(_) => String::new(),
    };
    let limits = query.limits(paging);
    query.statement(format!(
        "WITH all_zones AS MATERIALIZED (SELECT DISTINCT timezone FROM record WHERE record_list_id = {list} \
         AND timezone IS NOT NULL), zones AS MATERIALIZED (SELECT timezone FROM all_zones {contains}) \
         SELECT totals.total, found.timezone FROM (SELECT (SELECT COUNT(*) FROM zones) AS total FROM record_list \
         WHERE id = {list} AND deleted_at IS NULL) AS totals LEFT JOIN (SELECT timezone FROM zones {after} \
         ORDER BY timezone {collation} {limits}) AS found ON true"
    ))
}
