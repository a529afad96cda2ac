//! The statements for PostgreSQL: prepared, with all identifiers or records of a request in arrays.

use std::collections::HashSet;

use sqlx::{PgPool, postgres::PgPoolOptions};

use super::{Identifiers, NewRecord, Outcome};

/// Ten connections, as many as the service has.
#[derive(Clone)]
pub(super) struct Postgres(PgPool);

impl Postgres {
    pub(super) async fn open(url: &str) -> sqlx::Result<Self> {
        PgPoolOptions::new().max_connections(10).connect(url).await.map(Self)
    }

    pub(super) async fn delete(&self, account: &str, list: &str, identifiers: &Identifiers) -> Outcome<Vec<bool>> {
        let mut transaction = self.0.begin().await?;
        let owned = sqlx::query("SELECT 1 FROM list WHERE id = $1 AND account_id = $2");
        let owned = owned.bind(list).bind(account).fetch_optional(&mut *transaction).await?;
        if owned.is_none() {
            return Ok(None);
        }
        let deleted = match identifiers {
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
        };
        transaction.commit().await?;
        Ok(Some(deleted))
    }

    pub(super) async fn create(&self, account: &str, list: &str, ids: &[String], records: &[NewRecord]) -> Outcome<()> {
        let mut transaction = self.0.begin().await?;
        let owned = sqlx::query("SELECT 1 FROM list WHERE id = $1 AND account_id = $2");
        let owned = owned.bind(list).bind(account).fetch_optional(&mut *transaction).await?;
        if owned.is_none() {
            return Ok(None);
        }
        let extra_data = records.iter().map(|record| sqlx::types::Json(&record.extra_data));
        sqlx::query(
            "INSERT INTO record (id, list_id, first_name, last_name, timezone, priority, extra_data, \
             external_provider, external_id, external_url) \
             SELECT r.id, $1, r.first_name, r.last_name, r.timezone, r.priority, r.extra_data, r.external_provider, \
             r.external_id, r.external_url FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::int[], \
             $7::jsonb[], $8::text[], $9::text[], $10::text[]) AS r (id, first_name, last_name, timezone, priority, \
             extra_data, external_provider, external_id, external_url)",
        )
        .bind(list)
        .bind(ids)
        .bind(column(records, |record| Some(&record.first_name)))
        .bind(column(records, |record| Some(&record.last_name)))
        .bind(column(records, |record| record.timezone.as_ref()))
        .bind(records.iter().map(|record| record.priority).collect::<Vec<_>>())
        .bind(extra_data.collect::<Vec<_>>())
        .bind(column(records, |record| record.external_provider.as_ref()))
        .bind(column(records, |record| record.external_id.as_ref()))
        .bind(column(records, |record| record.external_url.as_ref()))
        .execute(&mut *transaction)
        .await?;
        let numbers = ids.iter().zip(records);
        let numbers = numbers.flat_map(|(id, record)| record.phone_numbers.iter().map(move |number| (id, number)));
        let (owners, numbers): (Vec<_>, Vec<_>) = numbers.unzip();
        sqlx::query(
            "INSERT INTO phone (list_id, record_id, phone_number, phone_type) \
             SELECT $1, n.record_id, n.phone_number, n.phone_type \
             FROM unnest($2::text[], $3::text[], $4::text[]) AS n (record_id, phone_number, phone_type)",
        )
        .bind(list)
        .bind(owners)
        .bind(
            numbers
                .iter()
                .map(|number| number.phone_number.as_str())
                .collect::<Vec<_>>(),
        )
        .bind(
            numbers
                .iter()
                .map(|number| number.phone_type.as_str())
                .collect::<Vec<_>>(),
        )
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(Some(()))
    }
}

/// The texts of one column.
fn column(records: &[NewRecord], text: fn(&NewRecord) -> Option<&String>) -> Vec<Option<&str>> {
    records.iter().map(|record| text(record).map(String::as_str)).collect()
}
