//! Responses, which are like the service's.

use actix_web::HttpRequest;
use serde::Serialize;

use super::{change::Change, record::Record};

/// A list, as responses name it.
#[derive(Clone, Copy)]
pub(super) struct List<'a> {
    pub(super) id: &'a str,
    /// Its URL.
    pub(super) href: &'a str,
}

#[derive(Serialize)]
struct Link {
    href: String,
}

#[derive(Serialize)]
struct SelfLink {
    #[serde(rename = "self")]
    this: Link,
}

#[derive(Serialize)]
struct Links {
    #[serde(rename = "self")]
    this: Link,
    record_list: Link,
}

#[derive(Serialize)]
pub(super) struct Deletions<'a> {
    record_list_id: &'a str,
    has_errors: bool,
    total_deleted: usize,
    total_errors: usize,
    _links: Links,
    _embedded: FailedRecords<'a>,
}

#[derive(Serialize)]
struct FailedRecords<'a> {
    failed_records: Vec<FailedRecord<'a>>,
}

#[derive(Serialize)]
struct FailedRecord<'a> {
    id: &'a str,
    _links: SelfLink,
}

/// The outcome of a bulk create or a bulk update.
#[derive(Serialize)]
pub(super) struct Written<'a> {
    record_list_id: &'a str,
    has_errors: bool,
    total_errors: usize,
    total_created: usize,
    total_updated: usize,
    total_skipped: usize,
    _links: Links,
    _embedded: WrittenRecords<'a>,
}

#[derive(Serialize)]
struct WrittenRecords<'a> {
    records: Vec<WrittenRecord<'a>>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum WrittenRecord<'a> {
    Written(RecordBody<'a>),
    Missing { id: &'a str, errors: [&'static str; 1] },
}

#[derive(Serialize)]
pub(super) struct RecordBody<'a> {
    record_list_id: &'a str,
    #[serde(flatten)]
    record: &'a Record,
    phone_number: &'a str,
    _links: SelfLink,
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<&'static str>,
}

impl<'a> Deletions<'a> {
    /// The outcome for the identifiers that were sent: whether each was of a record.
    pub(super) fn new(list: List<'a>, sent: &[&'a str], deleted: &[bool]) -> Self {
        let failed = sent.iter().zip(deleted).filter(|(_, deleted)| !**deleted);
        let failed_records: Vec<_> = failed
            .map(|(id, _)| FailedRecord {
                id,
                _links: record_link(list, id),
            })
            .collect();
        Self {
            record_list_id: list.id,
            has_errors: !failed_records.is_empty(),
            total_deleted: sent.len() - failed_records.len(),
            total_errors: failed_records.len(),
            _links: links(list),
            _embedded: FailedRecords { failed_records },
        }
    }
}

impl<'a> Written<'a> {
    pub(super) fn created(list: List<'a>, records: &'a [Record]) -> Self {
        let created = records.iter().map(|record| RecordBody {
            result: Some("CREATED"),
            ..RecordBody::new(list, record)
        });
        Self {
            record_list_id: list.id,
            has_errors: false,
            total_errors: 0,
            total_created: records.len(),
            total_updated: 0,
            total_skipped: 0,
            _links: links(list),
            _embedded: WrittenRecords {
                records: created.map(WrittenRecord::Written).collect(),
            },
        }
    }

    /// The outcome of the changes: the record of each, if it exists.
    pub(super) fn updated(list: List<'a>, changes: &'a [Change], records: &'a [Option<Record>]) -> Self {
        let outcome = |(change, record): (&'a Change, &'a Option<Record>)| match record {
            Some(record) => WrittenRecord::Written(RecordBody {
                result: Some("UPDATED"),
                ..RecordBody::new(list, record)
            }),
            None => WrittenRecord::Missing {
                id: &change.id,
                errors: ["NOT_FOUND"],
            },
        };
        let updated = records.iter().flatten().count();
        Self {
            record_list_id: list.id,
            has_errors: updated < changes.len(),
            total_errors: changes.len() - updated,
            // As the service has it, for old clients.
            total_created: updated,
            total_updated: updated,
            total_skipped: 0,
            _links: links(list),
            _embedded: WrittenRecords {
                records: changes.iter().zip(records).map(outcome).collect(),
            },
        }
    }
}

impl<'a> RecordBody<'a> {
    pub(super) fn new(list: List<'a>, record: &'a Record) -> Self {
        Self {
            record_list_id: list.id,
            record,
            phone_number: record.phone_numbers.first().map_or("", |number| &number.phone_number),
            _links: record_link(list, &record.id),
            result: None,
        }
    }
}

pub(super) fn list_href(request: &HttpRequest, list: &str) -> String {
    let connection = request.connection_info();
    format!("{}://{}/record-lists/{list}", connection.scheme(), connection.host())
}

pub(super) fn record_href(list: List<'_>, id: &str) -> String {
    format!("{}/records/{id}", list.href)
}

fn links(list: List<'_>) -> Links {
    Links {
        this: Link {
            href: format!("{}/records", list.href),
        },
        record_list: Link {
            href: list.href.to_owned(),
        },
    }
}

fn record_link(list: List<'_>, id: &str) -> SelfLink {
    SelfLink {
        this: Link {
            href: record_href(list, id),
        },
    }
}
