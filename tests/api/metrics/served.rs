//! What is served, and what is said of it (docs/operating.md, "Metrics").

use std::{
    collections::BTreeMap,
    io::{ErrorKind, Write},
    net::TcpStream,
    time::Duration,
};

use reqwest::Client;
use tokio::time::timeout;

use super::{Watched, assert_value, documented};
use crate::support::{
    Blocker,
    Database::{self, Sqlite},
    TestList, Transport, Via, apply, database_test, exchange,
};

/// Steps of a job; the first comes at the start.
const STEPS: &str = "record_lists_background_steps_total{task=\"deleted_lists\",outcome=\"done\"}";

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
                "http_server_request_duration_seconds_count{{http_request_method=\"DELETE\",http_route=\"{bulks}\",http_response_status_code=\"200\",url_scheme=\"http\"}}"
            ),
            2.0,
        ),
        (
            format!(
                "http_server_request_duration_seconds_count{{http_request_method=\"POST\",http_route=\"{bulks}\",http_response_status_code=\"201\",url_scheme=\"http\"}}"
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
        "record_lists_wait_duration_seconds_count{class=\"short_read\"}",
        "record_lists_wait_duration_seconds_count{class=\"list\"}",
        "record_lists_wait_duration_seconds_count{class=\"transaction\"}",
        "record_lists_pool_connections_limit",
        "process_max_fds",
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
    let kind = match database {
        Sqlite => "sqlite",
        Database::Postgres => "postgresql",
    };
    let version = env!("CARGO_PKG_VERSION");
    assert_value(
        &series,
        &format!("record_lists_build_info{{version=\"{version}\",database=\"{kind}\"}}"),
        1.0,
    );

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

/// It is known what was asked for, although nothing is left of the request.
#[apply(database_test)]
async fn a_panic_has_its_route(#[values(Sqlite)] database: Database) {
    let Some(mut watched) = Watched::start(database).await else {
        return;
    };
    watched.server.plant("handler=panic");
    watched.server.ready().await;
    let list = TestList {
        caller: watched.manager(),
        id: uuid::Uuid::now_v7().to_string(),
    };
    list.delete_ids(&["x"]).await.assert_error(500, "INTERNAL");
    let route = "http_route=\"/record-lists/{record_list_id}/records/bulks\"";
    let series = watched.series().await;
    let is_failed = |name: &&String| name.contains(route) && name.contains("http_response_status_code=\"500\"");
    assert!(series.keys().any(|name| is_failed(&name)), "{series:#?}");
}

/// What nobody asks for is counted too.
#[apply(database_test)]
async fn the_work_in_the_background_is_counted(database: Database) {
    let Some(watched) = Watched::start(database).await else {
        return;
    };
    watched.counts("record_lists_key_reads_total{outcome=\"failed\"}").await;
    watched.counts(STEPS).await;
    watched.counts("record_lists_database_bytes").await;
    watched
        .until("record_lists_saved_response_bytes", |bytes| bytes == 0.0)
        .await;
}

/// What the counters of all accounts come to.
#[apply(database_test)]
async fn saved_responses_are_measured(database: Database) {
    let Some(database) = database.create().await else {
        return;
    };
    {
        let watched = Watched::on(database.clone(), &[]).await;
        let list = TestList::create(watched.manager(), "NOTHING").await;
        let deletion = list.delete_once("K", &serde_json::json!([{"id": "x"}])).await;
        deletion.assert_status(200);
    }
    // It measures at its start.
    let watched = Watched::on(database, &[]).await;
    watched.counts("record_lists_saved_response_bytes").await;
}

#[apply(database_test)]
async fn a_request_whose_caller_goes_away_is_counted(#[values(Sqlite)] database: Database) {
    let Some(watched) = Watched::start(database).await else {
        return;
    };
    let list = TestList::create(watched.manager(), "NOTHING").await;
    let blocker = Blocker::hold(&watched.database, &list.id).await;
    let deletion = list.deletion(Via::Delete).json(&serde_json::json!([{"id": "x"}]));
    let caller = tokio::spawn(async move { deletion.send().await });
    watched
        .until("http_server_active_requests", |requests| requests == 1.0)
        .await;
    caller.abort();
    watched.counts("record_lists_aborted_requests_total").await;
    blocker.release().await;
    assert_value(&watched.series().await, "http_server_active_requests", 0.0);
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
        "record_lists_background_steps_total{task=\"saved_responses\",outcome=\"failed\"}",
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
    let other = format!("http://{}/record-lists", watched.metrics.0);
    assert_eq!(Client::new().get(other).send().await.expect("an answer").status(), 404);
    let head = Client::new().head(format!("http://{}/metrics", watched.metrics.0));
    assert_eq!(head.send().await.expect("an answer").status(), 200);
}

/// Connections that say nothing, as those of a probe that looks for open ports, and such whose request never ends, on
/// more than all places.
#[apply(database_test)]
#[case::silent("")]
#[case::with_a_begun_head("GET /metrics HTTP/1.1\r\nHo")]
#[case::with_an_endless_body("GET /metrics HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n")]
#[case::with_an_endless_body_for_nothing("POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n")]
async fn connections_that_never_end_do_not_shut_out_who_asks(#[values(Sqlite)] database: Database, #[case] sent: &str) {
    let Some(watched) = Watched::start(database).await else {
        return;
    };
    let connect = || {
        let mut stream = TcpStream::connect(watched.metrics.0).expect("a connection");
        stream.write_all(sent.as_bytes()).expect("bytes are taken");
        stream
    };
    let _open: Vec<TcpStream> = (0..100).map(|_| connect()).collect();
    timeout(Duration::from_secs(60), watched.text())
        .await
        .expect("an answer");
}

/// Connections that say nothing, as those of a probe that looks for open ports.
#[apply(database_test)]
async fn silent_connections_do_not_delay_who_asks(#[values(Sqlite)] database: Database) {
    let Some(watched) = Watched::start(database).await else {
        return;
    };
    // They are closed after a second: on a busy machine that may be before the answer.
    for _ in 0..10 {
        let silent: Vec<TcpStream> = (0..48)
            .map(|_| TcpStream::connect(watched.metrics.0).expect("a connection"))
            .collect();
        watched.text().await;
        let is_open = |stream: &TcpStream| {
            stream.set_nonblocking(true).expect("a socket");
            let peeked = stream.peek(&mut [0]);
            peeked.is_err_and(|error| error.kind() == ErrorKind::WouldBlock)
        };
        if silent.iter().all(is_open) {
            return;
        }
    }
    panic!("the answer comes when the others are closed");
}

#[apply(database_test)]
async fn requests_over_tls_are_counted_as_https(#[values(Sqlite)] database: Database) {
    let Some(watched) = Watched::start_over(Transport::Tls, database).await else {
        return;
    };
    watched.exercise().await;
    let series = watched.series().await;
    let mut counted = series.keys().filter(|name| name.contains("url_scheme=")).peekable();
    assert!(counted.peek().is_some(), "{series:#?}");
    assert!(counted.all(|name| name.contains("url_scheme=\"https\"")), "{series:#?}");
}

/// The table says of each metric what it is, and names none that there is not.
#[apply(database_test)]
async fn the_documented_metrics_are_those_that_there_are(#[values(Sqlite)] database: Database) {
    let Some(watched) = Watched::start_over(Transport::Tls, database).await else {
        return;
    };
    watched.exercise().await;
    watched.counts(STEPS).await;
    watched.counts("record_lists_database_bytes").await;
    let saved = "record_lists_saved_response_bytes";
    watched.until(saved, |bytes| bytes == 0.0).await;
    let text = watched.text().await;
    let types = text.lines().filter_map(|line| line.strip_prefix("# TYPE "));
    let served: BTreeMap<&str, &str> = types.filter_map(|line| line.split_once(' ')).collect();
    let documented = documented();
    let documented: BTreeMap<&str, &str> = documented.iter().map(|(name, kind)| (&**name, &**kind)).collect();
    assert_eq!(served, documented);
}
