//! The lists of the two accounts, created over HTTP.
//!
//! They are of type `NOTHING`: the loud account creates the same records over and over.

use std::{net::SocketAddr, ops::Range, time::Duration};

use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    connection::{Connection, Request},
    server::token,
};

/// The option of the server that lets an account have the lists that the loud one needs.
pub(crate) const LIMIT_OF_LISTS: [&str; 2] = ["--max-lists-per-account", "1000"];

/// The number of records in a bulk create.
pub(crate) const PER_CREATE: usize = 100;

/// The number of records in the loud account's big list.
pub(crate) const BIG: usize = 30_000;

/// The number of the loud account's short lists, and of the records in each.
pub(crate) const SHORT_LISTS: usize = 500;
const SHORT: usize = 10;

/// The number of records in the quiet account's list that stay.
const OTHERS: usize = 3_000;

/// An account that has a connection.
struct Account {
    token: String,
    connection: Connection,
}

/// The account whose requests are many. Its lists do not change, except that it creates more records in the short ones.
pub(crate) struct Loud {
    pub(crate) token: String,
    pub(crate) big: Uuid,
    pub(crate) short: Vec<Uuid>,
}

/// The account that deletes one record now and then.
pub(crate) struct Quiet {
    account: Account,
    list: Uuid,
}

impl Loud {
    /// Creates the short lists.
    pub(crate) async fn with_short_lists(address: SocketAddr, count: usize) -> Self {
        let mut account = Account::new(address, "loud");
        let big = account.create_list().await;
        let mut short = Vec::with_capacity(count);
        for _ in 0..count {
            let list = account.create_list().await;
            account.create_records(list, 0..SHORT).await;
            short.push(list);
        }
        Self {
            token: account.token,
            big,
            short,
        }
    }

    /// Creates the short lists and fills the big one.
    pub(crate) async fn with_all_lists(address: SocketAddr) -> Self {
        let loud = Self::with_short_lists(address, SHORT_LISTS).await;
        Account::new(address, "loud").create_records(loud.big, 0..BIG).await;
        loud
    }
}

impl Quiet {
    pub(crate) async fn with_list(address: SocketAddr) -> Self {
        let mut account = Account::new(address, "quiet");
        let list = account.create_list().await;
        account.create_records(list, 0..OTHERS).await;
        Self { account, list }
    }

    /// Creates so many more records and returns the requests that delete them, one each.
    pub(crate) async fn deletes(&mut self, count: usize) -> Vec<Request> {
        let ids = self.account.create_records(self.list, 0..count).await;
        let path = bulks(self.list);
        let delete =
            |id: Uuid| Request::with_body("DELETE", &path, &self.account.token, json_bytes(&json!([{"id": id}])));
        ids.into_iter().map(delete).collect()
    }
}

impl Account {
    fn new(address: SocketAddr, name: &str) -> Self {
        Self {
            token: token(name),
            connection: Connection::to(address),
        }
    }

    async fn create_list(&mut self) -> Uuid {
        let list = json!({"name": "bench", "unique_identifier_type": "NOTHING"});
        id_of(&self.create("/record-lists", &list).await)
    }

    /// Creates records and returns their ids.
    async fn create_records(&mut self, list: Uuid, numbers: Range<usize>) -> Vec<Uuid> {
        let path = bulks(list);
        let mut ids = Vec::with_capacity(numbers.len());
        for first in numbers.clone().step_by(PER_CREATE) {
            let last = (first + PER_CREATE).min(numbers.end);
            let records: Vec<Value> = (first..last).map(record).collect();
            let created = self.create(&path, &json!({"records": records})).await;
            let created = created["_embedded"]["records"].as_array().expect("records");
            ids.extend(created.iter().map(id_of));
        }
        ids
    }

    async fn create(&mut self, path: &str, body: &Value) -> Value {
        let request = Request::with_body("POST", path, &self.token, json_bytes(body));
        for _ in 0..100 {
            let (status, body) = self.connection.ask(&request).await.expect("a response");
            match status {
                201 => return serde_json::from_slice(&body).expect("JSON"),
                // The server may still have work of the turn before.
                429 | 503 => tokio::time::sleep(Duration::from_millis(100)).await,
                _ => panic!("{status}: {}", String::from_utf8_lossy(&body)),
            }
        }
        panic!("the server refuses to create");
    }
}

/// A record as it is created.
pub(crate) fn record(number: usize) -> Value {
    json!({
        "first_name": "Ada",
        "last_name": "Lovelace",
        "phone_numbers": [{"phone_number": phone_number(number), "phone_type": "MOBILE"}],
    })
}

pub(crate) fn phone_number(number: usize) -> String {
    format!("+1415{:07}", number % 10_000_000)
}

/// The path of bulk deletes and bulk creates.
pub(crate) fn bulks(list: Uuid) -> String {
    format!("/record-lists/{list}/records/bulks")
}

pub(crate) fn json_bytes(value: &Value) -> Vec<u8> {
    value.to_string().into_bytes()
}

fn id_of(created: &Value) -> Uuid {
    let id = created["id"].as_str().expect("an id");
    id.parse().expect("a UUID")
}
