//! The statements for SQLite: prepared, in a loop over the identifiers, and with all records of a request in one
//! insert.

mod books;
mod change;

use std::time::Duration;

use sqlx::{
    QueryBuilder, SqliteConnection, SqlitePool, Transaction,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
    types::Json,
};

use super::{
    Identifiers, ListKey, Outcome,
    books::{Deletion, Entry},
    record::Record,
};

/// The only connection that writes. A transaction locks the whole database.
#[derive(Clone)]
pub(super) struct Sqlite {
    pool: SqlitePool,
    keeps_books: bool,
}

impl Sqlite {
    pub(super) async fn open(url: &str, keeps_books: bool) -> sqlx::Result<Self> {
        let options: SqliteConnectOptions = url.parse()?;
        let options = options
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true);
        let pool = SqlitePoolOptions::new()
            .max_connections(1)
            // All others wait for the connection.
            .acquire_timeout(Duration::from_secs(60));
        let pool = pool.connect_with(options).await?;
        Ok(Self { pool, keeps_books })
    }

    /// Begins a transaction if the account has the list.
    async fn begin(&self, list: ListKey<'_>) -> Outcome<Transaction<'static, sqlx::Sqlite>> {
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        let owned = sqlx::query("SELECT 1 FROM list WHERE id = ? AND account_id = ?");
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
        let Some(mut transaction) = self.begin(list).await? else {
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
        let Some(mut transaction) = self.begin(list).await? else {
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
async fn delete(transaction: &mut SqliteConnection, list: &str, identifiers: &Identifiers) -> sqlx::Result<Vec<bool>> {
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
                let query =
                    sqlx::query("DELETE FROM record WHERE list_id = ? AND external_provider = ? AND external_id = ?");
                let query = query.bind(list).bind(&pair.external_provider).bind(&pair.external_id);
                deleted.push(query.execute(&mut *transaction).await?.rows_affected() > 0);
            }
        }
    }
    Ok(deleted)
}

/// Creates records: all of them or, if a phone number is taken, none.
async fn create(transaction: &mut SqliteConnection, list: &str, records: &[Record]) -> sqlx::Result<()> {
    let mut insert = QueryBuilder::new(
        "INSERT INTO record (id, list_id, first_name, last_name, timezone, priority, extra_data, \
         external_provider, external_id, external_url, sync_external_id, created_at, updated_at) ",
    );
    insert.push_values(records, |mut row, record| {
        row.push_bind(&record.id)
            .push_bind(list)
            .push_bind(&record.first_name)
            .push_bind(&record.last_name)
            .push_bind(&record.timezone)
            .push_bind(record.priority)
            .push_bind(Json(&record.extra_data))
            .push_bind(&record.external_provider)
            .push_bind(&record.external_id)
            .push_bind(&record.external_url)
            .push_bind(record.sync_external_id)
            .push_bind(record.created_at)
            .push_bind(record.updated_at);
    });
    insert.build().execute(&mut *transaction).await?;
    let numbers = records.iter().flat_map(|record| {
        let numbers = record.phone_numbers.iter();
        numbers.map(move |number| (record, number))
    });
    let mut insert = QueryBuilder::new("INSERT INTO phone (list_id, record_id, phone_number, phone_type) ");
    insert.push_values(numbers, |mut row, (record, number)| {
        row.push_bind(list)
            .push_bind(&record.id)
            .push_bind(&number.phone_number)
            .push_bind(&number.phone_type);
    });
    insert.build().execute(&mut *transaction).await?;
    Ok(())
}
