//! The loader for SQLite, with the thin driver and the service's settings.

use std::time::{Duration, Instant};

use chrono::{SecondsFormat, Utc};
use rusqlite::{Connection, Result, ToSql, params};
use uuid::Uuid;

use crate::{
    BATCH,
    person::{PHONE_TYPES, Person},
};

/// As durable as the service, with as much memory for pages. A longer write-ahead log than the default is faster.
const PRAGMAS: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -65536; \
     PRAGMA wal_autocheckpoint = 8000; PRAGMA secure_delete = ON; PRAGMA foreign_keys = ON";

const RECORD: &str = "INSERT INTO record (record_list_id, id, first_name, last_name, phone_number, phone_type, \
     further_phone_numbers, timezone, priority, extra_data, external_provider, external_id, created_at, updated_at, \
     sync_external_id, phone_number_is_unique, external_is_unique) VALUES ";

/// The values of a row that differ are bound, the others are part of the text.
const RECORD_ROW: &str = "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, false, true, false)";

const NUMBER: &str =
    "INSERT INTO record_phone (record_list_id, record_id, phone_number, phone_number_is_unique) VALUES ";

const NUMBER_ROW: &str = "(?, ?, ?, true)";

pub(super) fn fill(url: &str, list: Uuid, people: &[Person]) -> Result<Duration> {
    let session = Connection::open(url.replace("sqlite://", ""))?;
    session.execute_batch(PRAGMAS)?;
    let started = Instant::now();
    for batch in people.chunks(BATCH) {
        session.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
        insert_records(&session, list, batch)?;
        insert_numbers(&session, list, batch)?;
        session
            .prepare_cached("UPDATE record_list SET records_count = records_count + ?1 WHERE id = ?2")?
            .execute(params![batch.len() as i64, list])?;
        session.prepare_cached("COMMIT")?.execute([])?;
    }
    Ok(started.elapsed())
}

fn insert_records(session: &Connection, list: Uuid, people: &[Person]) -> Result<()> {
    let now = Utc::now().to_rfc3339_opts(SecondsFormat::AutoSi, false);
    let further: Vec<Option<String>> = people.iter().map(Person::further_numbers).collect();
    let mut values: Vec<&dyn ToSql> = Vec::with_capacity(people.len() * 14);
    let external: Vec<[Option<&str>; 2]> = people.iter().map(external).collect();
    for (place, person) in people.iter().enumerate() {
        values.extend([
            &list as &dyn ToSql,
            &person.id,
            &person.first_name,
            &person.last_name,
            &person.phone_number,
            &PHONE_TYPES[0],
            &further[place],
            &person.timezone,
            &person.priority,
            &person.extra_data,
            &external[place][0],
            &external[place][1],
            &now,
            &now,
        ]);
    }
    let sql = several(RECORD, RECORD_ROW, people.len());
    session.prepare_cached(&sql)?.execute(&*values)?;
    Ok(())
}

fn external(person: &Person) -> [Option<&str>; 2] {
    match &person.external {
        Some((provider, id)) => [Some(provider), Some(id)],
        None => [None, None],
    }
}

fn insert_numbers(session: &Connection, list: Uuid, people: &[Person]) -> Result<()> {
    let numbers = people
        .iter()
        .filter_map(|person| Some((person, person.second_number.as_ref()?)));
    let values: Vec<&dyn ToSql> = numbers
        .flat_map(|(person, number)| [&list as &dyn ToSql, &person.id, number])
        .collect();
    if values.is_empty() {
        return Ok(());
    }
    let sql = several(NUMBER, NUMBER_ROW, values.len() / 3);
    session.prepare_cached(&sql)?.execute(&*values)?;
    Ok(())
}

/// A statement for so many rows.
fn several(insert: &str, row: &str, count: usize) -> String {
    format!("{insert}{}", vec![row; count].join(", "))
}
