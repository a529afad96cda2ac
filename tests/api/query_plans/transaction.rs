//! Transactions of the tests' own: only who has locked a list can make a statement that writes.

use std::sync::Arc;

use record_lists::store::{PostgresTransaction, SqliteSession, Transaction};

use crate::support::{Database::Sqlite, TestDatabase};

/// Begins a transaction on a connection of its own. It is rolled back when it is dropped.
pub async fn begin(database: &TestDatabase) -> Transaction {
    if database.kind == Sqlite {
        let path = database.url.strip_prefix("sqlite://").expect("a path");
        let connection = rusqlite::Connection::open(path).expect("a connection");
        connection.execute_batch("BEGIN").expect("a transaction");
        return Transaction::Sqlite(Arc::new(SqliteSession::from(connection)));
    }
    let connection = sea_orm::Database::connect(&database.direct_url).await;
    let connection = connection.expect("a connection");
    let begun = PostgresTransaction::begin(connection.get_postgres_connection_pool(), "BEGIN").await;
    Transaction::Postgres(begun.expect("a transaction"))
}
