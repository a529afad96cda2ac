//! Spans of requests, exported to a collector (docs/operating.md, "Traces").

use std::time::{Duration, Instant};

use crate::support::{
    Authority, Collector, Database::Sqlite, FIRST_NAME, LAST_NAME, ServerProcess, TestDatabase, TestList, apply,
    assert_says, attribute, database_test, free_port, hanging, person, program, refusal,
};

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const UNSAMPLED: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT: &str = "b7ad6b7169203331";

/// A server that exports to this URL.
async fn server(database: &TestDatabase, endpoint: &str, variables: &[(&str, &str)]) -> ServerProcess {
    let folder = database.folder.path();
    let mut command = program(folder);
    command
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)
        .envs(variables.iter().copied());
    let server = ServerProcess::launch(command, folder, &database.url, &["--log-format", "json"]);
    server.ready().await;
    server
}

fn hex(id: &[u8]) -> String {
    id.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_a_span_of_the_trace_of_its_caller(#[values(Sqlite)] database: TestDatabase) {
    let collector = Collector::start();
    let variables = [
        ("FAILPOINTS", "handler=panic"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Basic%20c2VjcmV0"),
    ];
    let mut server = server(&database, &collector.url(), &variables).await;
    let list = TestList::create(server.as_manager(), "NOTHING").await;
    let body = serde_json::json!({"records": [person("+14155550101")]});
    let path = list.path("/records/bulks");
    let add = |flags: &str, trace: &str| {
        let header = format!("00-{trace}-{PARENT}-{flags}");
        let request = list.caller.post(&path).header("traceparent", &header);
        request.json(&body)
    };
    let added = add("01", TRACE).send().await.assert_status(201);
    add("00", UNSAMPLED).send().await;
    server
        .as_anonymous()
        .get("/nothing/here")
        .send()
        .await
        .assert_status(404);
    let by_number = serde_json::json!([{"phone_number": "+14155550101"}]);
    list.caller
        .delete(&path)
        .json(&by_number)
        .send()
        .await
        .assert_status(500);
    assert!(server.terminate().success());

    let spans = collector.spans();
    let named = |name: &str| {
        let mut found = spans.iter().filter(|span| span.name == name);
        let span = found.next().unwrap_or_else(|| panic!("{name} is not in {spans:#?}"));
        assert!(found.next().is_none(), "{name} is there twice");
        span
    };
    let bulks = "/record-lists/{record_list_id}/records/bulks";
    let span = named(&format!("POST {bulks}"));
    assert_eq!(hex(&span.trace_id), TRACE);
    assert_eq!(hex(&span.parent_span_id), PARENT);
    // A server.
    assert_eq!(span.kind, 2);
    assert!(span.end_time_unix_nano > span.start_time_unix_nano);
    for (key, value) in [
        ("http.request.method", "POST"),
        ("http.route", bulks),
        ("http.response.status_code", "201"),
        ("url.scheme", "http"),
    ] {
        assert_eq!(attribute(span, key).as_deref(), Some(value), "{key}");
    }
    assert_eq!(span.attributes.len(), 4, "{span:#?}");
    // The line in the log leads to the span, and back.
    let log = server.log();
    let id = added.header("x-request-id");
    assert!(!log.contains("c2VjcmV0"), "a secret is in the log");
    let line = log.lines().find(|line| line.contains(id) && line.contains("responded"));
    let line: serde_json::Value = serde_json::from_str(line.expect("a line")).expect("JSON");
    assert_eq!(line["span"]["trace_id"], TRACE);
    assert_eq!(line["span"]["span_id"], hex(&span.span_id));
    assert_eq!(line["span"]["parent_id"], PARENT);

    let own = named("POST /record-lists");
    assert!(own.parent_span_id.is_empty() && own.trace_id.len() == 16, "{own:#?}");
    let unknown = named("GET");
    assert_eq!(attribute(unknown, "http.response.status_code").as_deref(), Some("404"));
    assert_eq!(attribute(unknown, "error.type"), None);
    let failed = named(&format!("DELETE {bulks}"));
    assert_eq!(attribute(failed, "error.type").as_deref(), Some("INTERNAL"));
    // An error, without a message.
    let status = failed.status.clone().expect("a status");
    assert_eq!((status.code, status.message.as_str()), (2, ""));
    // Neither probes nor what the caller does not keep.
    assert_eq!(spans.len(), 4, "{spans:#?}");

    let resource = collector.requests()[0].resource_spans[0].resource.clone();
    let resource = format!("{resource:?}");
    assert!(
        resource.contains("service.name") && resource.contains("\"record-lists\""),
        "{resource}"
    );
    let sent = String::from_utf8_lossy(&collector.bytes()).into_owned();
    for personal in [
        "4155550101",
        FIRST_NAME,
        LAST_NAME,
        "acme",
        &list.id,
        "Bearer",
        "nothing/here",
    ] {
        assert!(!sent.contains(personal), "{personal} was sent: {sent}");
    }
}

/// The certificate is checked with those that the system trusts.
#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn spans_are_encrypted(#[values(Sqlite)] database: TestDatabase) {
    let (trusted, other) = (Authority::new(), Authority::new());
    let file = database.folder.path().join("authority.pem");
    std::fs::write(&file, &trusted.pem).expect("a file");
    let file = file.to_str().expect("a path");
    for (authority, count) in [(trusted, 1), (other, 0)] {
        let collector = Collector::start_encrypted(authority.server_config("localhost"));
        let variables = [
            ("SSL_CERT_FILE", file),
            ("OTEL_EXPORTER_OTLP_TIMEOUT", "1000"),
            ("OTEL_SERVICE_NAME", "renamed-service"),
        ];
        let mut server = server(&database, &collector.url(), &variables).await;
        server.as_manager().get("/record-lists").send().await.assert_status(200);
        assert!(server.terminate().success());
        assert_eq!(collector.spans().len(), count);
        let sent = String::from_utf8_lossy(&collector.bytes()).into_owned();
        assert_eq!(sent.contains("renamed-service"), count == 1);
        assert_eq!(server.log().contains("traces were not exported"), count == 0);
    }
}

/// The collector is away: each export fails, and requests notice nothing.
#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_is_away_costs_a_line(#[values(Sqlite)] database: TestDatabase) {
    let nowhere = format!("http://127.0.0.1:{}", free_port());
    let often = [
        ("OTEL_BSP_SCHEDULE_DELAY", "1"),
        ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "1"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "100"),
    ];
    let mut server = server(&database, &nowhere, &often).await;
    for _ in 0..10 {
        server.as_manager().get("/record-lists").send().await.assert_status(200);
    }
    assert!(server.terminate().success());
    let log = server.log();
    let lines: Vec<_> = log
        .lines()
        .filter(|line| line.contains("traces were not exported"))
        .collect();
    assert_eq!(lines.len(), 1, "{lines:#?}");
}

#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_hangs_delays_the_end_little(#[values(Sqlite)] database: TestDatabase) {
    let (_listener, url) = hanging();
    let often = [
        ("OTEL_BSP_SCHEDULE_DELAY", "1"),
        ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "1"),
    ];
    let mut server = server(&database, &url, &often).await;
    for _ in 0..10 {
        server.as_manager().get("/record-lists").send().await.assert_status(200);
    }
    let start = Instant::now();
    assert!(server.terminate().success());
    // The exporter itself would wait for ten seconds.
    assert!(start.elapsed() < Duration::from_secs(8), "{:?}", start.elapsed());
    assert!(server.log().contains("the last traces were not exported"));
}

#[test]
fn a_variable_that_cannot_be_used_ends_the_start() {
    let folder = tempfile::tempdir().expect("a folder");
    for (variable, value, form) in [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "marked:4318", "an http or https URL"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc-marked", "http/protobuf"),
    ] {
        let mut command = program(folder.path());
        command
            .env("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://127.0.0.1:1/v1/traces")
            .env(variable, value)
            .args(["serve", "--bind", "127.0.0.1:0"]);
        assert_says(&refusal(&mut command), &[variable, form]);
    }
}
