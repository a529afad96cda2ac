//! `--metrics-bind`: what monitoring systems read (docs/operating.md, "Metrics").

use std::{collections::BTreeMap, net::SocketAddr, time::Duration};

use reqwest::{Client, Method};
use serde_json::json;

use crate::support::{
    Caller,
    Database::{self, Sqlite},
    IdentityProvider, ServerProcess, TestDatabase, Transport, apply, database_test, exchange, free_port, person,
    repository_file,
};

/// Steps of a job; the first comes at the start.
const STEPS: &str = "record_lists_background_steps_total{job=\"deleted_lists\",outcome=\"done\"}";

/// A server with metrics.
struct Watched {
    server: ServerProcess,
    metrics: SocketAddr,
    _provider: IdentityProvider,
    _database: TestDatabase,
}

impl Watched {
    async fn start(database: Database) -> Option<Self> {
        Self::start_over(Transport::Plain, database).await
    }

    async fn start_over(transport: Transport, database: Database) -> Option<Self> {
        let database = database.create().await?;
        let metrics = SocketAddr::from(([127, 0, 0, 1], free_port()));
        // It has no keys.
        let provider = IdentityProvider::start();
        let flags = [
            "--metrics-bind",
            &metrics.to_string(),
            "--jwks-url",
            &provider.url("/keys"),
        ];
        let server = ServerProcess::start_over(transport, &database, &flags);
        server.ready().await;
        Some(Self {
            server,
            metrics,
            _provider: provider,
            _database: database,
        })
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
        for _ in 0..1_200 {
            if self.series().await.get(name).is_some_and(|value| *value > 0.0) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{name} does not count: {:#?}", self.series().await);
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
    async fn series(&self) -> BTreeMap<String, f64> {
        let text = self.text().await;
        let values = text.lines().filter(|line| !line.starts_with('#')).map(|line| {
            let (series, value) = line.rsplit_once(' ').expect("a value");
            (series.to_owned(), value.parse().expect("a number"))
        });
        values.collect()
    }
}

#[track_caller]
fn assert_value(series: &BTreeMap<String, f64>, name: &str, value: f64) {
    assert_eq!(series.get(name), Some(&value), "{name} of {series:#?}");
}

#[apply(database_test)]
async fn requests_and_what_they_come_to_are_counted(database: Database) {
    let Some(watched) = Watched::start(database).await else {
        return;
    };
    let list = watched.exercise().await;
    let series = watched.series().await;
    let bulks = "/record-lists/{record_list_id}/records/bulks";
    for (name, value) in [
        (
            format!(
                "http_server_request_duration_seconds_count{{http_request_method=\"DELETE\",http_route=\"{bulks}\",http_response_status_code=\"200\"}}"
            ),
            2.0,
        ),
        (
            format!(
                "http_server_request_duration_seconds_count{{http_request_method=\"POST\",http_route=\"{bulks}\",http_response_status_code=\"201\"}}"
            ),
            1.0,
        ),
        ("http_server_active_requests".to_owned(), 0.0),
        (
            "record_lists_errors_total{code=\"RECORD_LIST_NOT_FOUND\"}".to_owned(),
            1.0,
        ),
        ("record_lists_errors_total{code=\"TOKEN_INVALID\"}".to_owned(), 1.0),
        (
            "record_lists_records_deleted_total{kind=\"PHONE_NUMBER\"}".to_owned(),
            2.0,
        ),
        ("record_lists_items_total{outcome=\"created\"}".to_owned(), 3.0),
        ("record_lists_items_total{outcome=\"deleted\"}".to_owned(), 2.0),
        ("record_lists_items_total{outcome=\"failed\"}".to_owned(), 4.0),
        ("record_lists_actors".to_owned(), 1.0),
        ("record_lists_waiting_callers".to_owned(), 0.0),
        ("record_lists_body_bytes".to_owned(), 0.0),
        ("record_lists_batch_writes_count".to_owned(), 3.0),
    ] {
        assert_value(&series, &name, value);
    }
    for name in [
        "record_lists_transaction_duration_seconds_count{outcome=\"done\"}",
        "record_lists_database_wait_duration_seconds_count{class=\"short_read\"}",
        "record_lists_body_limit_bytes",
        "process_cpu_seconds_total",
        "process_resident_memory_bytes",
        "process_start_time_seconds",
        "process_open_fds",
        "process_threads",
    ] {
        assert!(
            series.get(name).is_some_and(|value| *value > 0.0),
            "{name} of {series:#?}"
        );
    }
    let (kind, has_file) = match database {
        Sqlite => ("sqlite", true),
        Database::Postgres => ("postgresql", false),
    };
    let version = env!("CARGO_PKG_VERSION");
    assert_value(
        &series,
        &format!("record_lists_build_info{{version=\"{version}\",database=\"{kind}\"}}"),
        1.0,
    );
    assert_eq!(series.contains_key("record_lists_database_bytes"), has_file);

    // Nothing says whose, or about whom.
    let text = watched.text().await;
    for secret in [
        list.trim_start_matches("/record-lists/"),
        "acme",
        "tests",
        "+44",
        "2079460",
        "marked",
    ] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
}

/// What nobody asks for is counted too.
#[apply(database_test)]
async fn the_work_in_the_background_is_counted(database: Database) {
    let Some(watched) = Watched::start(database).await else {
        return;
    };
    watched.counts("record_lists_key_reads_total{outcome=\"failed\"}").await;
    watched.counts(STEPS).await;
}

/// An alert looks for increases, and sees none in what was not there before.
#[apply(database_test)]
async fn what_should_never_happen_is_there_with_0(#[values(Sqlite)] database: Database) {
    let Some(watched) = Watched::start(database).await else {
        return;
    };
    let series = watched.series().await;
    for name in [
        "record_lists_errors_total{code=\"INTERNAL\"}",
        "record_lists_errors_total{code=\"OUTCOME_UNKNOWN\"}",
        "record_lists_transaction_duration_seconds_count{outcome=\"unknown\"}",
        "record_lists_background_steps_total{job=\"saved_responses\",outcome=\"failed\"}",
    ] {
        assert_value(&series, name, 0.0);
    }
}

/// Whatever callers send, there are only so many series.
#[apply(database_test)]
async fn callers_cannot_add_series(#[values(Sqlite)] database: Database) {
    let Some(watched) = Watched::start(database).await else {
        return;
    };
    let send = async |from: usize, to: usize| {
        for number in from..to {
            let id = uuid::Uuid::now_v7();
            for path in [
                format!("/{id}"),
                format!("/record-lists/{id}"),
                format!("/docs/{id}"),
                format!("/console/{id}"),
            ] {
                for method in ["GET", "DELETE", &format!("M{number}")] {
                    let head = format!(
                        "{method} {path} HTTP/1.1\r\nHost: a{number}\r\nUser-Agent: {id}\r\nConnection: close\r\n\r\n"
                    );
                    let answer = exchange(watched.server.address, &head).await.0;
                    assert!(answer.starts_with("HTTP/1.1 4"), "{answer}");
                }
            }
        }
    };
    send(0, 1).await;
    let before = watched.series().await.len();
    send(1, 30).await;
    let series = watched.series().await;
    assert_eq!(series.len(), before, "{series:#?}");
    let is_named = |name: &&String| name.contains("http_request_method=\"_OTHER\",http_route=\"none\"");
    assert!(series.keys().any(|name| is_named(&name)), "{series:#?}");
}

#[apply(database_test)]
async fn metrics_are_only_where_they_are_asked_for(#[values(Sqlite)] database: Database) {
    let Some(watched) = Watched::start(database).await else {
        return;
    };
    let public = watched.manager().get("/metrics").send().await;
    public.assert_error(404, "NOT_FOUND");
    let other = format!("http://{}/record-lists", watched.metrics);
    assert_eq!(Client::new().get(other).send().await.expect("an answer").status(), 404);
    let head = Client::new().head(format!("http://{}/metrics", watched.metrics));
    assert_eq!(head.send().await.expect("an answer").status(), 200);
}

/// The table says of each metric what it is, and names none that there is not.
#[apply(database_test)]
async fn the_documented_metrics_are_those_that_there_are(#[values(Sqlite)] database: Database) {
    let Some(watched) = Watched::start_over(Transport::Tls, database).await else {
        return;
    };
    watched.exercise().await;
    watched.counts(STEPS).await;
    let text = watched.text().await;
    let types = text.lines().filter_map(|line| line.strip_prefix("# TYPE "));
    let served: BTreeMap<&str, &str> = types.filter_map(|line| line.split_once(' ')).collect();
    let document = std::fs::read_to_string(repository_file("docs/operating.md")).expect("a document");
    let section = document
        .split("\n## Metrics\n")
        .nth(1)
        .and_then(|rest| rest.split("\n## ").next());
    let rows = section
        .expect("a section")
        .lines()
        .filter_map(|line| line.strip_prefix("| `"));
    let documented: BTreeMap<&str, &str> = rows
        .filter_map(|row| {
            let (name, rest) = row.split_once("` | ")?;
            Some((name, rest.split(" |").next()?))
        })
        .collect();
    assert_eq!(served, documented);
}
