//! The loader for PostgreSQL: prepared statements, with all rows of a batch in arrays.

use std::time::{Duration, Instant};

use chrono::Utc;
use sqlx::{Connection, PgConnection};
use uuid::Uuid;

use crate::{
    BATCH,
    person::{PHONE_TYPES, Person},
};

pub(super) async fn fill(url: &str, list: Uuid, people: &[Person]) -> Duration {
    let mut session = PgConnection::connect(url).await.expect("a connection");
    let started = Instant::now();
    for batch in people.chunks(BATCH) {
        insert(&mut session, list, batch).await.expect("inserts");
    }
    started.elapsed()
}

/// One transaction.
async fn insert(session: &mut PgConnection, list: Uuid, people: &[Person]) -> sqlx::Result<()> {
    let mut transaction = session.begin().await?;
    insert_records(&mut transaction, list, people).await?;
    insert_numbers(&mut transaction, list, people).await?;
    sqlx::query("UPDATE record_list SET records_count = records_count + $1 WHERE id = $2")
        .bind(people.len() as i64)
        .bind(list)
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await
}

async fn insert_records(session: &mut PgConnection, list: Uuid, people: &[Person]) -> sqlx::Result<()> {
    sqlx::query(
        "INSERT INTO record (record_list_id, id, first_name, last_name, phone_number, phone_type, \
         further_phone_numbers, timezone, priority, extra_data, external_provider, external_id, created_at, updated_at, \
         sync_external_id, phone_number_is_unique, external_is_unique) \
         SELECT $1, r.id, r.first_name, r.last_name, r.phone_number, $2, r.further, r.timezone, r.priority, \
         r.extra_data, r.external_provider, r.external_id, $3, $3, false, true, false \
         FROM unnest($4::uuid[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::smallint[], \
         $11::text[], $12::text[], $13::text[]) AS r (id, first_name, last_name, phone_number, further, timezone, \
         priority, extra_data, external_provider, external_id)",
    )
    .bind(list)
    .bind(PHONE_TYPES[0])
    .bind(Utc::now())
    .bind(column(people, |person| person.id))
    .bind(column(people, |person| person.first_name))
    .bind(column(people, |person| person.last_name))
    .bind(column(people, |person| person.phone_number.as_str()))
    .bind(column(people, Person::further_numbers))
    .bind(column(people, |person| person.timezone))
    .bind(column(people, |person| person.priority))
    .bind(column(people, |person| person.extra_data.as_str()))
    .bind(column(people, |person| Some(person.external.as_ref()?.0)))
    .bind(column(people, |person| Some(person.external.as_ref()?.1.as_str())))
    .execute(session)
    .await?;
    Ok(())
}

async fn insert_numbers(session: &mut PgConnection, list: Uuid, people: &[Person]) -> sqlx::Result<()> {
    let numbers = people
        .iter()
        .filter_map(|person| Some((person.id, person.second_number.as_deref()?)));
    let (owners, numbers): (Vec<Uuid>, Vec<&str>) = numbers.unzip();
    if numbers.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "INSERT INTO record_phone (record_list_id, record_id, phone_number, phone_number_is_unique) \
         SELECT $1, n.record_id, n.phone_number, true FROM unnest($2::uuid[], $3::text[]) AS n (record_id, phone_number)",
    )
    .bind(list)
    .bind(owners)
    .bind(numbers)
    .execute(session)
    .await?;
    Ok(())
}

/// The values of one column.
fn column<'a, T>(people: &'a [Person], value: impl Fn(&'a Person) -> T) -> Vec<T> {
    people.iter().map(value).collect()
}
