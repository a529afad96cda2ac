//! `--metrics-bind`: what monitoring systems read (docs/operating.md, "Metrics").

mod served;
mod writes;

use std::{collections::BTreeMap, net::SocketAddr, time::Duration};

use reqwest::{Client, Method};
use serde_json::json;

use crate::support::{
    Caller, Database, IdentityProvider, ServerProcess, TestDatabase, Transport, free_port, person, repository_file,
};

/// The value of each series.
type Series = BTreeMap<String, f64>;

/// A server with metrics.
struct Watched {
    server: ServerProcess,
    metrics: SocketAddr,
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
        let metrics = SocketAddr::from(([127, 0, 0, 1], free_port()));
        // It has no keys.
        let provider = IdentityProvider::start();
        let (bind, keys) = (metrics.to_string(), provider.url("/keys"));
        let flags = [&["--metrics-bind", &bind, "--jwks-url", &keys], flags].concat();
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
        for _ in 0..1_200 {
            if self.series().await.get(name).is_some_and(|value| is_it(*value)) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{name} does not get there: {:#?}", self.series().await);
    }

    /// The text of the metrics.
    async fn text(&self) -> String {
        let url = format!("http://{}/metrics", self.metrics);
        let answer = Client::new().get(url).send().await.expect("an answer");
        assert_eq!(answer.status(), 200);
        let content_type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
        assert_eq!(answer.headers()["content-type"], content_type);
        let text = String::from_utf8(answer.bytes().await.expect("a body").to_vec()).expect("a text");
        assert!(text.ends_with("# EOF\n"), "{text}");
        text
    }

    /// The value of each series.
    async fn series(&self) -> Series {
        let text = self.text().await;
        let values = text.lines().filter(|line| !line.starts_with('#')).map(|line| {
            let (series, value) = line.rsplit_once(' ').expect("a value");
            (series.to_owned(), value.parse().expect("a number"))
        });
        values.collect()
    }
}

#[track_caller]
fn assert_value(series: &Series, name: &str, value: f64) {
    assert_eq!(series.get(name), Some(&value), "{name} of {series:#?}");
}

/// The metrics that the table documents, with their kinds.
fn documented() -> BTreeMap<String, String> {
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
