//! `--metrics-bind`: what monitoring systems read (docs/operating.md, "Metrics").

mod served;
mod writes;

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::json;

use crate::support::{
    Caller, Database, IdentityProvider, Metrics, Series, ServerProcess, TestDatabase, Transport, person,
    repository_file,
};

/// A server with metrics.
struct Watched {
    server: ServerProcess,
    metrics: Metrics,
    _provider: IdentityProvider,
    database: TestDatabase,
}

impl Watched {
    async fn start(database: Database) -> Option<Self> {
        Some(Self::on(database.create().await?, &[]).await)
    }

    /// A server on this database, with these flags.
    async fn on(database: TestDatabase, flags: &[&str]) -> Self {
        let watched = Self::launch(database, flags);
        watched.server.ready().await;
        watched
    }

    async fn start_over(transport: Transport, database: Database) -> Option<Self> {
        let watched = Self::launch_over(transport, database.create().await?, &[]);
        watched.server.ready().await;
        Some(watched)
    }

    /// The same as [`Self::on`], which may not be ready yet.
    fn launch(database: TestDatabase, flags: &[&str]) -> Self {
        Self::launch_over(Transport::Plain, database, flags)
    }

    fn launch_over(transport: Transport, database: TestDatabase, flags: &[&str]) -> Self {
        let metrics = Metrics::at_free_port();
        // It has no keys.
        let provider = IdentityProvider::start();
        let ([flag, address], keys) = (metrics.flags(), provider.url("/keys"));
        let flags = [&[&flag, &address, "--jwks-url", &keys], flags].concat();
        let server = ServerProcess::start_over(transport, &database, &flags);
        Self {
            server,
            metrics,
            _provider: provider,
            database,
        }
    }

    fn manager(&self) -> Caller {
        self.server.as_manager()
    }

    /// Creates, deletes, and fails; the path of the list.
    async fn exercise(&self) -> String {
        let manager = self.manager();
        let list = manager
            .post("/record-lists")
            .json(&json!({"name": "marked"}))
            .send()
            .await
            .assert_status(201);
        let list = format!("/record-lists/{}", list.json()["id"].as_str().expect("an id"));
        let records = json!({"records": [person("+442079460958"), person("+442079460959"), person("+442079460960")]});
        let created = manager.post(&format!("{list}/records/bulks")).json(&records);
        created.send().await.assert_status(201);
        let numbers = ["+442079460958", "+442079460959", "+442079460000"];
        let identifiers = json!(numbers.map(|number| json!({"phone_number": number})));
        // The slash at the end makes no other route.
        for path in [format!("{list}/records/bulks"), format!("{list}/records/bulks/")] {
            let deleted = manager.request(Method::DELETE, &path).json(&identifiers);
            deleted.send().await.assert_status(200);
        }
        manager.get("/record-lists/x").send().await.assert_status(404);
        let stranger = self.server.as_anonymous().authorization("Bearer x");
        stranger.get("/record-lists").send().await.assert_status(401);
        list
    }

    /// Waits until a counter has begun to count.
    async fn counts(&self, name: &str) {
        self.until(name, |value| value > 0.0).await;
    }

    /// Waits until a series has such a value.
    async fn until(&self, name: &str, is_it: impl Fn(f64) -> bool) {
        self.metrics.until(name, is_it).await;
    }

    /// The text of the metrics.
    async fn text(&self) -> String {
        self.metrics.text().await
    }

    /// The value of each series.
    async fn series(&self) -> Series {
        self.metrics.series().await
    }
}

#[track_caller]
fn assert_value(series: &Series, name: &str, value: f64) {
    assert_eq!(series.get(name), Some(&value), "{name} of {series:#?}");
}

/// The metrics that the table documents, with their kinds.
pub fn documented() -> BTreeMap<String, String> {
    let document = std::fs::read_to_string(repository_file("docs/operating.md")).expect("a document");
    let section = document
        .split("\n## Metrics\n")
        .nth(1)
        .and_then(|rest| rest.split("\n## ").next());
    let rows = section
        .expect("a section")
        .lines()
        .filter_map(|line| line.strip_prefix("| `"));
    rows.filter_map(|row| {
        let (name, rest) = row.split_once("` | ")?;
        Some((name.to_owned(), rest.split(" |").next()?.to_owned()))
    })
    .collect()
}
