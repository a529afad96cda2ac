//! The SQL statements that read pages of records. Each has its own function, so that tests can check its query plan.

use sea_orm::{DbBackend, Statement};

use super::{LookupIndex, filters::conditions};
use crate::{
    domain::{
        ExternalReference, Order, Paging, RecordFilter, RecordListId, RecordSelection, RecordSort, SortedKey,
        UniqueIdentifierType,
    },
    store::page_select::{PageSelect, SortBy},
};

/// The settings of a PostgreSQL transaction that looks at all records of a list: it reads the list's part of the primary
/// key and never the other lists, in this one process, and the plan is not worth compiling.
pub const LOOK_AT_ALL: &str = "SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; \
                               SET LOCAL max_parallel_workers_per_gather = 0; SET LOCAL jit = off";

/// The rows of the page and one more, which shows whether there is a next page, in no order. Returns rows of `total`,
/// which is the number of all selected records at the same moment, and the columns of the record. If the page has no
/// record, there is one row whose other columns are null. There is no row if the list does not exist any more.
///
/// On PostgreSQL a selection that looks at all records needs the settings of [`LOOK_AT_ALL`].
pub fn page_of_records(
    backend: DbBackend,
    list: RecordListId,
    identified_by: UniqueIdentifierType,
    selection: &RecordSelection,
    paging: &Paging<SortedKey>,
) -> Statement {
    let mut query = PageSelect::new(backend);
    // The first value in every part of the statement.
    query.bind(list.0);
    let by = match selection.order.by {
        RecordSort::Id => SortBy::Nothing,
        RecordSort::UpdatedAt => SortBy::Second(query.second_of("updated_at")),
        RecordSort::Priority => SortBy::Number("priority".to_owned()),
    };
    let direction = selection.order.direction;
    let matches = matches(&mut query, identified_by, selection, &by);
    let (with, total, from, word, by) = match &matches {
        Some(matches) => (
            format!("WITH matches AS MATERIALIZED ({matches}) "),
            "(SELECT COUNT(*) FROM matches)",
            "matches",
            "WHERE",
            by.in_column("sort_key"),
        ),
        None => (
            String::new(),
            "records_count",
            "record WHERE record_list_id = $1",
            "AND",
            by,
        ),
    };
    let is_in_key_order = matches.is_none() && by.expression().is_none();
    let page = query.page(word, &Order { by, direction }, paging);
    let page = if is_in_key_order {
        format!("SELECT * FROM {from} {page}")
    } else {
        seek(backend, &format!("SELECT id FROM {from} {page}"))
    };
    query.statement(format!(
        "{with}SELECT totals.total, found.* FROM (SELECT {total} AS total FROM record_list WHERE id = $1 \
         AND deleted_at IS NULL) AS totals LEFT JOIN ({page}) AS found ON true"
    ))
}

/// Selects the ids of the selected records, each once, and `sort_key`, if there is an order. `None` if these are all
/// records of the list, in any order.
fn matches(
    query: &mut PageSelect,
    identified_by: UniqueIdentifierType,
    selection: &RecordSelection,
    by: &SortBy,
) -> Option<String> {
    let found = found_by_index(query, identified_by, &selection.filter);
    let conditions: String = conditions(query, &selection.conditions)
        .iter()
        .map(|condition| format!(" AND {condition}"))
        .collect();
    let sort_key = by
        .expression()
        .map_or(String::new(), |by| format!(", {by} AS sort_key"));
    let of_list = format!("SELECT id{sort_key} FROM record WHERE record_list_id = $1");
    match found {
        None if conditions.is_empty() => None,
        None => Some(format!("{of_list}{conditions}")),
        Some(ids) if !selection.looks_at_all() => Some(ids),
        // See `seek`.
        Some(ids) => Some(match query.backend {
            DbBackend::Postgres => format!(
                "SELECT seen.* FROM ({ids} OFFSET 0) AS indexed CROSS JOIN LATERAL \
                 ({of_list} AND id = indexed.id{conditions} OFFSET 0) AS seen"
            ),
            _ => format!(
                "SELECT record.id{sort_key} FROM ({ids}) AS indexed CROSS JOIN record \
                 ON record.record_list_id = $1 AND record.id = indexed.id WHERE true{conditions}"
            ),
        }),
    }
}

/// Selects the ids of the records that an index finds, each once. `None` if all are to be found.
fn found_by_index(
    query: &mut PageSelect,
    identified_by: UniqueIdentifierType,
    filter: &RecordFilter,
) -> Option<String> {
    match filter {
        RecordFilter::All => None,
        RecordFilter::PhoneNumber(None) => Some("SELECT id FROM record WHERE record_list_id = $1 AND 1 = 0".to_owned()),
        RecordFilter::PhoneNumber(Some(number)) => {
            let number = query.bind(number.as_str());
            let is_in_index = LookupIndex::of_phone_numbers(identified_by).number_condition();
            Some(format!(
                "SELECT id FROM record WHERE record_list_id = $1 AND phone_number = {number} AND {is_in_index} \
                 UNION ALL SELECT record_id FROM record_phone WHERE record_list_id = $1 AND phone_number = {number} \
                 AND {is_in_index}"
            ))
        }
        RecordFilter::External(ExternalReference { provider, id }) => {
            let (provider, id) = (query.bind(provider.as_str()), query.bind(id.as_str()));
            let is_in_index = LookupIndex::of_external_references(identified_by).external_condition();
            Some(format!(
                "SELECT id FROM record WHERE record_list_id = $1 AND external_provider = {provider} \
                 AND external_id = {id} AND {is_in_index}"
            ))
        }
    }
}

/// Seeks the records with the ids that this selects. `OFFSET 0` on PostgreSQL, and `CROSS JOIN` on SQLite, keep the
/// planners from reading the whole list instead.
fn seek(backend: DbBackend, ids: &str) -> String {
    match backend {
        DbBackend::Postgres => format!(
            "SELECT sought.* FROM ({ids}) AS page CROSS JOIN LATERAL \
             (SELECT * FROM record WHERE record_list_id = $1 AND id = page.id OFFSET 0) AS sought"
        ),
        _ => format!(
            "SELECT record.* FROM ({ids}) AS page CROSS JOIN record \
             ON record.record_list_id = $1 AND record.id = page.id"
        ),
    }
}
