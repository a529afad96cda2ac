//! The baseline: the same rows in the service's own tables, by the fastest plain way over the driver. One connection,
//! a transaction for each batch, inserts of many rows, and the count of the list; no HTTP, no JSON to read, no rules, no
//! look at what the list has, and no response.

mod postgres;
mod sqlite;

use std::{sync::Arc, time::Duration};

use uuid::Uuid;

use crate::{database::Database, person::Person};

/// Fills the list and returns how long that takes, without opening the connection.
pub(crate) async fn fill(database: &Database, list: Uuid, people: &Arc<Vec<Person>>) -> Duration {
    let url = database.url();
    match database {
        Database::Postgres(_) => postgres::fill(&url, list, people).await,
        Database::Sqlite(_) => {
            let people = Arc::clone(people);
            let thread = tokio::task::spawn_blocking(move || sqlite::fill(&url, list, &people));
            let filled = thread.await.expect("a thread that ends well");
            filled.expect("inserts")
        }
    }
}
