//! The baseline: the fastest hand-written code for the effect alone. Same schema, indexes and durability; no HTTP, no
//! lock on the list, no count, no audit trail, and nobody learns what was not there.

use std::{sync::Arc, time::Instant};

use sqlx::{
    ConnectOptions, Connection, PgConnection, Row, SqliteConnection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};
use uuid::Uuid;

use crate::{
    database::{Database, list_id, phone_number, record_id},
    measure::{Measured, Turns, Watch},
    scenario::{Kind, Scenario},
    work::Request,
};

/// Deletes with so many connections to PostgreSQL, or with the one that SQLite takes.
pub(crate) async fn delete(
    database: &Database,
    scenario: &Scenario,
    requests: &[Request],
    connections: usize,
) -> Measured {
    match database {
        Database::Postgres(_) => {
            on_postgres(&database.url(), scenario, requests, connections).await
        }
        Database::Sqlite(_) => on_sqlite(&database.url(), scenario, requests).await,
    }
}

/// The numbers go with the records, in one statement and one round trip.
fn postgres_statement(kind: Kind) -> &'static str {
    match kind {
        Kind::Id | Kind::Miss => {
            "WITH numbers AS (DELETE FROM record_phone WHERE record_list_id = $1 AND record_id = ANY($2)) \
             DELETE FROM record WHERE record_list_id = $1 AND id = ANY($2) RETURNING id"
        }
        Kind::Phone => {
            "WITH found AS MATERIALIZED (SELECT DISTINCT record_id FROM record_phone WHERE record_list_id = $1 \
             AND phone_number = ANY($2)), \
             numbers AS (DELETE FROM record_phone WHERE record_list_id = $1 \
             AND record_id = ANY(ARRAY(SELECT record_id FROM found))) \
             DELETE FROM record WHERE record_list_id = $1 AND id = ANY(ARRAY(SELECT record_id FROM found)) \
             RETURNING id"
        }
        Kind::External => {
            "WITH found AS MATERIALIZED (SELECT r.id FROM unnest($2::text[]) AS wanted(id) CROSS JOIN LATERAL \
             (SELECT id FROM record WHERE record_list_id = $1 AND external_provider = 'crm' \
             AND external_id = wanted.id OFFSET 0) AS r), \
             numbers AS (DELETE FROM record_phone WHERE record_list_id = $1 \
             AND record_id = ANY(ARRAY(SELECT id FROM found))) \
             DELETE FROM record WHERE record_list_id = $1 AND id = ANY(ARRAY(SELECT id FROM found)) RETURNING id"
        }
    }
}

async fn on_postgres(
    url: &str,
    scenario: &Scenario,
    requests: &[Request],
    connections: usize,
) -> Measured {
    let mut sessions = Vec::new();
    for _ in 0..connections {
        sessions.push(PgConnection::connect(url).await.expect("a connection"));
    }
    let requests: Arc<Vec<Request>> = Arc::new(requests.to_vec());
    let turns = Arc::new(Turns::default());
    let kind = scenario.kind;
    let sql = postgres_statement(kind);
    let watch = Watch::start();
    let clients: Vec<_> = sessions
        .into_iter()
        .map(|mut session| {
            let (requests, turns) = (Arc::clone(&requests), Arc::clone(&turns));
            tokio::spawn(async move {
                let mut latencies = Vec::new();
                while let Some(request) = requests.get(turns.next()) {
                    let asked = Instant::now();
                    let query = sqlx::query(sql).bind(list_id(request.list));
                    let query = match kind {
                        Kind::Id | Kind::Miss => query.bind(ids(request, kind)),
                        Kind::Phone | Kind::External => query.bind(texts(request, kind)),
                    };
                    let gone = query.fetch_all(&mut session).await.expect("a deletion");
                    latencies.push(asked.elapsed());
                    check(gone.len(), request, kind);
                }
                latencies
            })
        })
        .collect();
    let mut latencies = Vec::new();
    for client in clients {
        latencies.extend(client.await.expect("a client that ends well"));
    }
    watch.stop(latencies, requests.len() * scenario.identifiers)
}

async fn on_sqlite(url: &str, scenario: &Scenario, requests: &[Request]) -> Measured {
    let mut session = SqliteConnectOptions::new()
        .filename(url.replace("sqlite://", ""))
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .row_buffer_size(256)
        .disable_statement_logging()
        .connect()
        .await
        .expect("a connection");
    let watch = Watch::start();
    let mut latencies = Vec::with_capacity(requests.len());
    for request in requests {
        let asked = Instant::now();
        let gone = sqlite_transaction(&mut session, request, scenario.kind).await;
        latencies.push(asked.elapsed());
        check(gone.expect("a deletion"), request, scenario.kind);
    }
    let measured = watch.stop(latencies, requests.len() * scenario.identifiers);
    session.close().await.expect("an end");
    measured
}

async fn sqlite_transaction(
    session: &mut SqliteConnection,
    request: &Request,
    kind: Kind,
) -> Result<usize, sqlx::Error> {
    let find = match kind {
        Kind::Id | Kind::Miss => None,
        Kind::Phone => Some(
            "SELECT DISTINCT record_id FROM record_phone WHERE record_list_id = ?1 \
             AND phone_number IN (SELECT value FROM json_each(?2))",
        ),
        Kind::External => Some(
            "SELECT record.id FROM json_each(?2) AS wanted CROSS JOIN record ON record.record_list_id = ?1 \
             AND record.external_provider = 'crm' AND record.external_id = wanted.value",
        ),
    };
    let list = list_id(request.list);
    let mut transaction = session.begin_with("BEGIN IMMEDIATE").await?;
    let ids = match find {
        None => ids(request, kind),
        Some(sql) => {
            let found = sqlx::query(sql)
                .bind(list)
                .bind(serde_json::json!(texts(request, kind)).to_string());
            let found = found.fetch_all(&mut *transaction).await?;
            found.iter().map(|row| row.get(0)).collect()
        }
    };
    let digits: Vec<String> = ids.iter().map(|id| id.simple().to_string()).collect();
    let digits = serde_json::json!(digits).to_string();
    let gone = sqlx::query(
        "DELETE FROM record WHERE record_list_id = ?1 AND id IN (SELECT unhex(value) FROM json_each(?2)) RETURNING id",
    );
    let gone = gone
        .bind(list)
        .bind(&digits)
        .fetch_all(&mut *transaction)
        .await?;
    sqlx::query(
        "DELETE FROM record_phone INDEXED BY record_phone_record WHERE record_list_id = ?1 \
         AND record_id IN (SELECT unhex(value) FROM json_each(?2))",
    )
    .bind(list)
    .bind(&digits)
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(gone.len())
}

fn ids(request: &Request, kind: Kind) -> Vec<Uuid> {
    let miss = if kind == Kind::Miss { 0x4000_0000 } else { 0 };
    request
        .records
        .iter()
        .map(|record| record_id(record + miss))
        .collect()
}

fn texts(request: &Request, kind: Kind) -> Vec<String> {
    let text = |record: &usize| match kind {
        Kind::Phone => phone_number(*record),
        _ => record.to_string(),
    };
    request.records.iter().map(text).collect()
}

fn check(gone: usize, request: &Request, kind: Kind) {
    let expected = if kind == Kind::Miss {
        0
    } else {
        request.records.len()
    };
    assert_eq!(gone, expected, "records of one request");
}
