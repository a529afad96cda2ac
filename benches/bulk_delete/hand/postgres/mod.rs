//! The statements for PostgreSQL: prepared, with all identifiers or records of a request in arrays.

mod books;
mod change;

use std::collections::HashSet;

use sqlx::{PgConnection, PgPool, Transaction, postgres::PgPoolOptions, types::Json};

use super::{
    Identifiers, ListKey, Outcome,
    books::{Deletion, Entry},
    record::Record,
};

/// Ten connections, as many as the service has.
#[derive(Clone)]
pub(super) struct Postgres {
    pool: PgPool,
    keeps_books: bool,
}

impl Postgres {
    pub(super) async fn open(url: &str, keeps_books: bool) -> sqlx::Result<Self> {
        let pool = PgPoolOptions::new().max_connections(10).connect(url).await?;
        Ok(Self { pool, keeps_books })
    }

    /// Begins a transaction if the account has the list, whose row it may lock.
    async fn begin(&self, list: ListKey<'_>, locks: bool) -> Outcome<Transaction<'static, sqlx::Postgres>> {
        let mut transaction = self.pool.begin().await?;
        let owned = sqlx::query(if locks {
            "SELECT 1 FROM list WHERE id = $1 AND account_id = $2 FOR NO KEY UPDATE"
        } else {
            "SELECT 1 FROM list WHERE id = $1 AND account_id = $2"
        });
        let owned = owned.bind(list.id).bind(list.account);
        let owned = owned.fetch_optional(&mut *transaction).await?;
        Ok(owned.map(|_| transaction))
    }

    pub(super) async fn delete(
        &self,
        list: ListKey<'_>,
        identifiers: &Identifiers,
        deletion: &Deletion,
    ) -> Outcome<Vec<bool>> {
        let Some(mut transaction) = self.begin(list, self.keeps_books).await? else {
            return Ok(None);
        };
        let deleted = delete(&mut transaction, list.id, identifiers).await?;
        if deletion.is_refused(&deleted) {
            return Ok(Some(deleted));
        }
        if self.keeps_books {
            books::write(&mut transaction, list, &Entry::of_deletion(deletion, &deleted)).await?;
        }
        transaction.commit().await?;
        Ok(Some(deleted))
    }

    pub(super) async fn create(&self, list: ListKey<'_>, records: &[Record]) -> Outcome<()> {
        let Some(mut transaction) = self.begin(list, self.keeps_books).await? else {
            return Ok(None);
        };
        create(&mut transaction, list.id, records).await?;
        if self.keeps_books {
            books::write(&mut transaction, list, &Entry::of_creation(records)).await?;
        }
        transaction.commit().await?;
        Ok(Some(()))
    }
}

/// Deletes records. Returns for each identifier whether a record was deleted.
async fn delete(transaction: &mut PgConnection, list: &str, identifiers: &Identifiers) -> sqlx::Result<Vec<bool>> {
    Ok(match identifiers {
        Identifiers::Ids(ids) => {
            let ids: Vec<&str> = ids.iter().map(|item| item.id.as_str()).collect();
            let sql = "DELETE FROM record WHERE list_id = $1 AND id = ANY($2) RETURNING id";
            let query = sqlx::query_scalar(sql).bind(list).bind(&ids);
            let gone: HashSet<String> = query.fetch_all(&mut *transaction).await?.into_iter().collect();
            ids.into_iter().map(|id| gone.contains(id)).collect()
        }
        Identifiers::PhoneNumbers(numbers) => {
            let numbers: Vec<&str> = numbers.iter().map(|item| item.phone_number.as_str()).collect();
            // The outer query still sees the phone numbers that the cascade deletes.
            let sql = "WITH gone AS (DELETE FROM record WHERE id IN \
                 (SELECT record_id FROM phone WHERE list_id = $1 AND phone_number = ANY($2)) RETURNING id) \
                 SELECT phone_number FROM gone JOIN phone ON phone.record_id = gone.id \
                 WHERE phone_number = ANY($2)";
            let query = sqlx::query_scalar(sql).bind(list).bind(&numbers);
            let gone: HashSet<String> = query.fetch_all(&mut *transaction).await?.into_iter().collect();
            numbers.into_iter().map(|number| gone.contains(number)).collect()
        }
        Identifiers::Pairs(pairs) => {
            let providers: Vec<&str> = pairs.iter().map(|pair| pair.external_provider.as_str()).collect();
            let ids: Vec<&str> = pairs.iter().map(|pair| pair.external_id.as_str()).collect();
            let sql = "DELETE FROM record USING unnest($2::text[], $3::text[]) AS wanted (provider, id) \
                 WHERE list_id = $1 AND external_provider = wanted.provider AND external_id = wanted.id \
                 RETURNING external_provider, external_id";
            let query = sqlx::query_as(sql).bind(list).bind(&providers).bind(&ids);
            let gone: HashSet<(String, String)> = query.fetch_all(&mut *transaction).await?.into_iter().collect();
            let is_gone = |pair: &super::Pair| {
                let pair = (pair.external_provider.clone(), pair.external_id.clone());
                gone.contains(&pair)
            };
            pairs.iter().map(is_gone).collect()
        }
    })
}

/// Creates records: all of them or, if a phone number is taken, none.
async fn create(transaction: &mut PgConnection, list: &str, records: &[Record]) -> sqlx::Result<()> {
    let extra_data = records.iter().map(|record| Json(&record.extra_data));
    sqlx::query(
        "INSERT INTO record (id, list_id, first_name, last_name, timezone, priority, extra_data, \
         external_provider, external_id, external_url, sync_external_id, created_at, updated_at) \
         SELECT r.id, $1, r.first_name, r.last_name, r.timezone, r.priority, r.extra_data, r.external_provider, \
         r.external_id, r.external_url, r.sync_external_id, r.created_at, r.updated_at \
         FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::int[], $7::jsonb[], $8::text[], $9::text[], \
         $10::text[], $11::boolean[], $12::timestamptz[], $13::timestamptz[]) AS r (id, first_name, last_name, \
         timezone, priority, extra_data, external_provider, external_id, external_url, sync_external_id, created_at, \
         updated_at)",
    )
    .bind(list)
    .bind(texts(records, |record| Some(&record.id)))
    .bind(texts(records, |record| Some(&record.first_name)))
    .bind(texts(records, |record| Some(&record.last_name)))
    .bind(texts(records, |record| record.timezone.as_ref()))
    .bind(column(records, |record| record.priority))
    .bind(extra_data.collect::<Vec<_>>())
    .bind(texts(records, |record| record.external_provider.as_ref()))
    .bind(texts(records, |record| record.external_id.as_ref()))
    .bind(texts(records, |record| record.external_url.as_ref()))
    .bind(column(records, |record| record.sync_external_id))
    .bind(column(records, |record| record.created_at))
    .bind(column(records, |record| record.updated_at))
    .execute(&mut *transaction)
    .await?;
    let numbers = records.iter().flat_map(|record| {
        let numbers = record.phone_numbers.iter();
        numbers.map(|number| (record.id.as_str(), number))
    });
    let (owners, numbers): (Vec<_>, Vec<_>) = numbers.unzip();
    sqlx::query(
        "INSERT INTO phone (list_id, record_id, phone_number, phone_type) \
         SELECT $1, n.record_id, n.phone_number, n.phone_type \
         FROM unnest($2::text[], $3::text[], $4::text[]) AS n (record_id, phone_number, phone_type)",
    )
    .bind(list)
    .bind(owners)
    .bind(column(&numbers, |number| number.phone_number.as_str()))
    .bind(column(&numbers, |number| number.phone_type.as_str()))
    .execute(&mut *transaction)
    .await?;
    Ok(())
}

/// The values of one column.
fn column<'a, R, T>(rows: &'a [R], value: impl Fn(&'a R) -> T) -> Vec<T> {
    rows.iter().map(value).collect()
}

/// The texts of one column.
fn texts(records: &[Record], text: fn(&Record) -> Option<&String>) -> Vec<Option<&str>> {
    column(records, |record| text(record).map(String::as_str))
}
