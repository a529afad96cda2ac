//! The line in the log for each request (docs/operating.md, "Health and log").

use serde_json::{Value, json};

use crate::support::{
    Caller, Claims, Database::Sqlite, ServerProcess, TestDatabase, TestList, Via, apply, database_test, exchange,
    external_person, person,
};

async fn server(database: &TestDatabase) -> ServerProcess {
    let server = ServerProcess::start(database.folder.path(), &database.url, &["--log-format", "json"]);
    server.ready().await;
    server
}

fn named(server: &ServerProcess, claims: Claims) -> Caller {
    server
        .as_anonymous()
        .authorization(&format!("Bearer {}", claims.token()))
}

/// The line of a request, by its id. It is written before the response is sent.
fn line(server: &ServerProcess, id: &str) -> Value {
    let log = server.log();
    let lines: Vec<&str> = log
        .lines()
        .filter(|line| line.contains(id) && line.contains("responded"))
        .collect();
    assert_eq!(lines.len(), 1, "{lines:#?}");
    assert_eq!(lines[0].matches(id).count(), 1, "a span is there twice: {}", lines[0]);
    serde_json::from_str(lines[0]).expect("a line of JSON")
}

#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn a_line_says_who_asked_for_what_and_what_came_of_it(database: TestDatabase) {
    let server = server(&database).await;
    let caller = named(&server, Claims::of("acme").with("client_id", "nightly \"job\""));
    let list = TestList::create(caller, "NOTHING").await;
    let create = list
        .try_add(&[
            person("+14155550101"),
            external_person("+14155550102", "crm", "7"),
            json!({"first_name": ""}),
        ])
        .await
        .assert_status(201);
    let by_number = json!([{"phone_number": "+14155550101"}, {"phone_number": "+14155550199"}]);
    let deletion = list
        .deletion(Via::Delete)
        .json(&by_number)
        .send()
        .await
        .assert_status(200);
    let by_pair = json!([{"external_provider": "crm", "external_id": "7"}]);
    let by_post = list.deletion(Via::Post).json(&by_pair).send().await.assert_status(200);
    let dry = json!([{"id": list.id}]);
    let dry_run = list
        .caller
        .request(
            "DELETE".parse().expect("a method"),
            &list.path("/records/bulks?dry_run=true"),
        )
        .json(&dry)
        .send()
        .await
        .assert_status(200);
    let gone = list.caller.delete(&list.path("")).send().await.assert_status(204);
    let id = |answer: &crate::support::TestResponse| answer.header("x-request-id").to_owned();

    let common = |answer, route: &str, status: u16| {
        let line = line(&server, &id(answer));
        let fields = line["fields"].clone();
        assert_eq!(line["level"], "INFO");
        assert_eq!(line["span"]["request_id"], id(answer));
        assert_eq!(fields["account"], "acme");
        assert_eq!(fields["client"], "nightly \"job\"");
        assert_eq!(fields["record_list"], list.id.as_str());
        assert_eq!((&fields["status"], &fields["route"]), (&json!(status), &json!(route)));
        let milliseconds = fields["milliseconds"].as_f64().expect("a time") * 10.0;
        assert!((milliseconds - milliseconds.round()).abs() < 1e-6, "{fields}");
        fields
    };
    let bulks = "/record-lists/{record_list_id}/records/bulks";
    let fields = common(&create, bulks, 201);
    assert_eq!((&fields["created"], &fields["errors"]), (&json!(2), &json!(1)));
    let fields = common(&deletion, bulks, 200);
    assert_eq!(fields["operation_id"], deletion.header("operation-id"));
    assert_eq!(fields["kind"], "PHONE_NUMBER");
    let counts = ["deleted", "records_deleted", "errors"].map(|name| fields[name].as_u64());
    assert_eq!(counts, [Some(1), Some(1), Some(1)]);
    let fields = common(&by_post, &format!("{bulks}/delete"), 200);
    assert_eq!((&fields["kind"], &fields["deleted"]), (&json!("EXTERNAL"), &json!(1)));
    let fields = common(&dry_run, bulks, 200);
    assert!(
        fields.get("deleted").is_none() && fields.get("operation_id").is_none(),
        "{fields}"
    );
    let fields = common(&gone, "/record-lists/{record_list_id}", 204);
    assert_eq!(fields["kind"], "LIST");
    assert_eq!(fields["operation_id"], gone.header("operation-id"));
}

/// Who lacks the scope is named; of who has no token, nothing is known.
#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn refused_requests_have_a_line_too(database: TestDatabase) {
    let server = server(&database).await;
    let reader = named(&server, Claims::of("acme").with("scope", "record-lists:read"));
    let refused = reader.get("/record-lists/7/records").send().await.assert_status(403);
    let fields = line(&server, refused.header("x-request-id"))["fields"].clone();
    assert_eq!((&fields["account"], &fields["status"]), (&json!("acme"), &json!(403)));
    // It is not an id, and can be anything.
    assert!(fields.get("record_list").is_none(), "{fields}");
    let anonymous = server
        .as_anonymous()
        .get("/record-lists")
        .send()
        .await
        .assert_status(401);
    let fields = line(&server, anonymous.header("x-request-id"))["fields"].clone();
    assert!(
        fields.get("account").is_none() && fields["route"] == "/record-lists",
        "{fields}"
    );
}

#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn probes_are_for_debugging(database: TestDatabase) {
    let server = server(&database).await;
    for path in ["/health/live", "/health/ready"] {
        let answer = server.as_anonymous().get(path).send().await.assert_status(200);
        assert_eq!(line(&server, answer.header("x-request-id"))["level"], "DEBUG", "{path}");
    }
}

/// What a client can make as long as it likes is not repeated, and nonsense makes no line at all.
#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn a_log_cannot_be_filled_by_strange_requests(#[values(Sqlite)] database: TestDatabase) {
    let server = server(&database).await;
    let method = "M".repeat(50_000);
    let request = format!("{method} /record-lists HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    assert_eq!(exchange(server.address, request).await.status(), 405);
    exchange(server.address, "\u{1}\u{2}\r\n\r\n").await;
    let log = server.log();
    assert!(log.contains("\"method\":\"other\"") && !log.contains("MMMM"));
    assert!(!log.contains("actix_http"), "{log}");
}

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const PARENT: &str = "b7ad6b7169203331";

/// Every line of a request has the ids of its `traceparent`, so that a trace leads to the log.
#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn the_ids_of_a_trace_are_in_the_log(
    #[values(Sqlite)] database: TestDatabase,
    #[values("json", "pretty")] format: &str,
) {
    let arguments = ["--log-format", format];
    let server = ServerProcess::start(database.folder.path(), &database.url, &arguments);
    server.ready().await;
    let traced = format!("00-{TRACE}-{PARENT}-01");
    let head = "GET /health/live HTTP/1.1\r\nHost: a\r\nConnection: close";
    let line = async |id: &str, headers: &[&str]| {
        let headers: String = headers
            .iter()
            .map(|value| format!("\r\ntraceparent: {value}"))
            .collect();
        let request = format!("{head}\r\nX-Request-Id: {id}{headers}\r\n\r\n");
        assert_eq!(exchange(server.address, request).await.status(), 200);
        let log = server.log();
        let line = log.lines().find(|line| line.contains(id) && line.contains("responded"));
        line.expect("a line").to_owned()
    };
    let found = line("traced", &[&traced]).await;
    let fields = match format {
        "json" => [("trace_id", TRACE), ("parent_id", PARENT)].map(|(name, id)| format!("\"{name}\":\"{id}\"")),
        _ => [("trace_id", TRACE), ("parent_id", PARENT)].map(|(name, id)| format!("{name}=\"{id}\"")),
    };
    assert!(fields.iter().all(|field| found.contains(field)), "{found}");
    for (id, headers) in [
        ("untraced", &[][..]),
        ("invalid", &["00-+14155550101-marked-01"]),
        ("zero", &["00-00000000000000000000000000000000-b7ad6b7169203331-01"]),
        ("repeated", &[&traced, &traced]),
    ] {
        let found = line(id, headers).await;
        assert!(!found.contains("trace_id") && !found.contains("parent_id"), "{found}");
    }
    assert!(!server.log().contains("marked"));
}
