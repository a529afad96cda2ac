//! The list that is filled, and what is in it at the end.

use std::{net::SocketAddr, sync::Arc};

use serde_json::{Value, json};
use sqlx::{ConnectOptions, Connection, PgConnection, sqlite::SqliteConnectOptions};
use uuid::Uuid;

use crate::{
    connection::{Connection as HttpConnection, Request},
    database::Database,
    person::Person,
};

/// Records, and further phone numbers.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Counts {
    /// What the list says.
    records_count: i64,
    records: i64,
    further_numbers: i64,
}

/// Creates a list of the default type over HTTP.
pub(crate) async fn create(address: SocketAddr, token: &str) -> Uuid {
    let body: Arc<[u8]> = json!({"name": "bench"}).to_string().into_bytes().into();
    let request = Request::with_body("POST", "/record-lists", token, body);
    let answer = HttpConnection::to(address).ask(&request).await;
    let (status, body) = answer.expect("a response");
    assert_eq!(status, 201, "{}", String::from_utf8_lossy(&body));
    let list: Value = serde_json::from_slice(&body).expect("JSON");
    let id = list["id"].as_str().expect("an id");
    id.parse().expect("a UUID")
}

impl Counts {
    /// What should be in a list of these people.
    pub(crate) fn of(people: &[Person]) -> Self {
        Self {
            records_count: people.len() as i64,
            records: people.len() as i64,
            further_numbers: people.iter().filter(|person| person.second_number.is_some()).count() as i64,
        }
    }

    /// What is in the tables, which have only one list.
    pub(crate) async fn in_tables(database: &Database) -> Self {
        let sql = "SELECT records_count, (SELECT count(*) FROM record), (SELECT count(*) FROM record_phone) \
                   FROM record_list";
        let url = database.url();
        let (records_count, records, further_numbers) = match database {
            Database::Sqlite(_) => {
                let options = SqliteConnectOptions::new().filename(url.replace("sqlite://", ""));
                let options = options.disable_statement_logging();
                let mut session = options.connect().await.expect("a connection");
                sqlx::query_as(sql).fetch_one(&mut session).await
            }
            Database::Postgres(_) => {
                let mut session = PgConnection::connect(&url).await.expect("a connection");
                sqlx::query_as(sql).fetch_one(&mut session).await
            }
        }
        .expect("counts");
        Self {
            records_count,
            records,
            further_numbers,
        }
    }
}
