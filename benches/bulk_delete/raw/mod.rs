//! The baseline: the fastest hand-written code that has the same effect. Same schema, indexes and durability; no HTTP,
//! no lock on the list, no record count, no audit trail, and no report of what was not found.

mod postgres;
mod sqlite;

use uuid::Uuid;

use crate::{
    database::{Database, missing_id, phone_number, record_id},
    measure::Measured,
    scenario::{Kind, Scenario},
    work::Request,
};

/// Deletes over this number of connections to PostgreSQL, or over the only one that SQLite needs.
pub(crate) async fn delete(
    database: &Database,
    scenario: &Scenario,
    requests: &[Request],
    connections: usize,
) -> Measured {
    let url = database.url();
    match database {
        Database::Postgres(_) => postgres::delete(&url, scenario, requests, connections).await,
        Database::Sqlite(_) => sqlite::delete(&url, scenario.kind, requests).await,
    }
}

fn ids(request: &Request, kind: Kind) -> Vec<Uuid> {
    let id = |record: &usize| match kind {
        Kind::Miss => missing_id(request.list, *record),
        _ => record_id(request.list, *record),
    };
    request.records.iter().map(id).collect()
}

fn texts(request: &Request, kind: Kind) -> Vec<String> {
    let text = |record: &usize| match kind {
        Kind::Phone => phone_number(*record),
        _ => record.to_string(),
    };
    request.records.iter().map(text).collect()
}

fn check(gone: usize, request: &Request, kind: Kind) {
    let expected = if kind == Kind::Miss { 0 } else { request.records.len() };
    assert_eq!(gone, expected, "records of one request");
}
