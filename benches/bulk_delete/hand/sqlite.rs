//! The statements for SQLite: prepared, in a loop over the identifiers, and with all records of a request in one
//! insert.

use std::time::Duration;

use sqlx::{
    QueryBuilder, SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use super::{Identifiers, NewRecord, Outcome};

/// The only connection that writes.
#[derive(Clone)]
pub(super) struct Sqlite(SqlitePool);

impl Sqlite {
    pub(super) async fn open(url: &str) -> sqlx::Result<Self> {
        let options: SqliteConnectOptions = url.parse()?;
        let options = options
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true);
        let pool = SqlitePoolOptions::new()
            .max_connections(1)
            // All others wait for the connection.
            .acquire_timeout(Duration::from_secs(60));
        pool.connect_with(options).await.map(Self)
    }

    pub(super) async fn delete(&self, account: &str, list: &str, identifiers: &Identifiers) -> Outcome<Vec<bool>> {
        let mut transaction = self.0.begin_with("BEGIN IMMEDIATE").await?;
        let owned = sqlx::query("SELECT 1 FROM list WHERE id = ? AND account_id = ?");
        let owned = owned.bind(list).bind(account).fetch_optional(&mut *transaction).await?;
        if owned.is_none() {
            return Ok(None);
        }
        let mut deleted = Vec::new();
        match identifiers {
            Identifiers::Ids(ids) => {
                for item in ids {
                    let query = sqlx::query("DELETE FROM record WHERE list_id = ? AND id = ?");
                    let done = query.bind(list).bind(&item.id).execute(&mut *transaction).await?;
                    deleted.push(done.rows_affected() > 0);
                }
            }
            Identifiers::PhoneNumbers(numbers) => {
                for item in numbers {
                    let query = sqlx::query(
                        "DELETE FROM record WHERE id IN \
                         (SELECT record_id FROM phone WHERE list_id = ? AND phone_number = ?)",
                    );
                    let query = query.bind(list).bind(&item.phone_number);
                    deleted.push(query.execute(&mut *transaction).await?.rows_affected() > 0);
                }
            }
            Identifiers::Pairs(pairs) => {
                for pair in pairs {
                    let query = sqlx::query(
                        "DELETE FROM record WHERE list_id = ? AND external_provider = ? AND external_id = ?",
                    );
                    let query = query.bind(list).bind(&pair.external_provider).bind(&pair.external_id);
                    deleted.push(query.execute(&mut *transaction).await?.rows_affected() > 0);
                }
            }
        }
        transaction.commit().await?;
        Ok(Some(deleted))
    }

    pub(super) async fn create(&self, account: &str, list: &str, ids: &[String], records: &[NewRecord]) -> Outcome<()> {
        let mut transaction = self.0.begin_with("BEGIN IMMEDIATE").await?;
        let owned = sqlx::query("SELECT 1 FROM list WHERE id = ? AND account_id = ?");
        let owned = owned.bind(list).bind(account).fetch_optional(&mut *transaction).await?;
        if owned.is_none() {
            return Ok(None);
        }
        let mut insert = QueryBuilder::new(
            "INSERT INTO record (id, list_id, first_name, last_name, timezone, priority, extra_data, \
             external_provider, external_id, external_url) ",
        );
        insert.push_values(ids.iter().zip(records), |mut row, (id, record)| {
            row.push_bind(id)
                .push_bind(list)
                .push_bind(&record.first_name)
                .push_bind(&record.last_name)
                .push_bind(&record.timezone)
                .push_bind(record.priority)
                .push_bind(sqlx::types::Json(&record.extra_data))
                .push_bind(&record.external_provider)
                .push_bind(&record.external_id)
                .push_bind(&record.external_url);
        });
        insert.build().execute(&mut *transaction).await?;
        let numbers = ids.iter().zip(records);
        let numbers = numbers.flat_map(|(id, record)| record.phone_numbers.iter().map(move |number| (id, number)));
        let mut insert = QueryBuilder::new("INSERT INTO phone (list_id, record_id, phone_number, phone_type) ");
        insert.push_values(numbers, |mut row, (id, number)| {
            row.push_bind(list)
                .push_bind(id)
                .push_bind(&number.phone_number)
                .push_bind(&number.phone_type);
        });
        insert.build().execute(&mut *transaction).await?;
        transaction.commit().await?;
        Ok(Some(()))
    }
}
