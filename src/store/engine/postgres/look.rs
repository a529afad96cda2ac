//! Looks at a PostgreSQL server: whether it can be reached, and whether it takes writes.

use std::time::Duration;

use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement, TransactionOptions};
use sqlx::{Connection, PgConnection, Row};
use tokio::time::timeout;

use crate::store::{
    engine::{
        connect::postgres_options,
        opened::Opened,
        readiness::{Looks, NotReady},
        sessions::Connections,
    },
    error::StoreError,
};

/// How long the server may take to accept a connection.
const REACH_LIMIT: Duration = Duration::from_secs(5);

/// What is wrong with a certificate as Citus makes it, even if it is not to be verified.
const OLD_CERTIFICATE: &str = "the server's certificate has version 1 of X.509, which is not supported; give the server \
                               one of version 3, or connect without TLS by sslmode=disable in the URL";

/// Writes about a megabyte, which is gone with its transaction.
const FILL: &str = "CREATE TEMPORARY TABLE record_lists_space ON COMMIT DROP AS \
                    SELECT n, md5(random()::text) AS filling FROM generate_series(1, 16384) AS n";

/// Connects to the server and checks the encoding of the database. The pool would not say why it cannot connect.
pub(crate) async fn reach(url: &str, place: &Opened) -> Result<(), NotReady> {
    let options = postgres_options(url).map_err(|error| NotReady::Away(error.to_string()))?;
    let encoding = async {
        let mut connection = PgConnection::connect_with(&options).await?;
        let row = sqlx::raw_sql("SHOW server_encoding").fetch_one(&mut connection).await?;
        let encoding: String = row.try_get(0)?;
        connection.close().await?;
        Ok::<_, sqlx::Error>(encoding)
    };
    match timeout(REACH_LIMIT, encoding).await {
        Ok(Ok(encoding)) if encoding == "UTF8" => Ok(()),
        Ok(Ok(encoding)) => Err(NotReady::EncodingNotUtf8(encoding)),
        Ok(Err(error)) => {
            let cause = match &error {
                sqlx::Error::Database(error) => error.message().to_owned(),
                error if error.to_string().contains("UnsupportedCertVersion") => OLD_CERTIFICATE.to_owned(),
                error => error.to_string(),
            };
            Err(NotReady::Away(format!("{place}: {cause}")))
        }
        Err(_) => Err(NotReady::Away(format!("{place}: no response"))),
    }
}

/// Looks whether the server takes writes.
pub(crate) async fn look(database: &Connections, looks: &Looks) -> Result<(), NotReady> {
    if is_read_only(database).await.map_err(StoreError::from)? {
        return Err(NotReady::ReadOnly);
    }
    if looks.is_full() {
        match fill(database).await.map_err(StoreError::from) {
            Err(error @ StoreError::Full) => return Err(error.into()),
            // Without the right to create such a table, the next write tells.
            _ => looks.note_space(),
        }
    }
    Ok(())
}

/// Also true on a standby.
async fn is_read_only(database: &Connections) -> Result<bool, DbErr> {
    let ask = Statement::from_string(
        DbBackend::Postgres,
        "SELECT current_setting('transaction_read_only') = 'on'",
    );
    let row = database.read(|database| database.query_one_raw(ask)).await?;
    row.map_or(Ok(false), |row| row.try_get_by_index(0))
}

async fn fill(database: &Connections) -> Result<(), DbErr> {
    let transaction = database.begin(TransactionOptions::default()).await?;
    transaction.execute_unprepared(FILL).await?;
    transaction.rollback().await
}
