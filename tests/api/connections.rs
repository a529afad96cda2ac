//! Several requests on one connection, and offers to speak another protocol (docs/contract.md section 1.5).

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{Duration, timeout},
};

use crate::support::{
    Claims, TestApp, TestDatabase, TestList,
    Transport::{self, Plain, Tls},
    apply, database_test, person,
};

/// A request with this method, path, further headers and body.
fn request(method: &str, path: &str, headers: &str, body: &str) -> String {
    let token = Claims::of("acme").token();
    let length = match body {
        "" => String::new(),
        _ => format!("Content-Length: {}\r\n", body.len()),
    };
    format!("{method} {path} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {token}\r\n{headers}{length}\r\n{body}")
}

/// An answer on a connection: status, head in lower case, body.
#[derive(Debug)]
struct Answer {
    status: u16,
    head: String,
    body: String,
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines();
        lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("a JSON body")
    }
}

/// The answers to requests with these methods, framed as a client frames them.
fn answers(mut stream: &str, methods: &[&str]) -> Vec<Answer> {
    let mut answers = Vec::new();
    for method in methods {
        let (head, rest) = stream
            .split_once("\r\n\r\n")
            .unwrap_or_else(|| panic!("no head: {stream:?}"));
        let mut answer = Answer {
            status: head[9..12].parse().expect("a status"),
            head: head.to_lowercase(),
            body: String::new(),
        };
        let length = answer
            .header("content-length")
            .map_or(0, |length| length.parse().expect("a length"));
        let length = if *method == "HEAD" { 0 } else { length };
        answer.body = rest[..length].to_owned();
        stream = &rest[length..];
        answers.push(answer);
    }
    assert_eq!(stream, "", "something follows the last answer");
    answers
}

async fn all_at_once(app: &TestApp, requests: &[(&str, String)]) -> Vec<Answer> {
    let stream: String = requests.iter().map(|(_, request)| request.as_str()).collect();
    let methods: Vec<&str> = requests.iter().map(|(method, _)| *method).collect();
    answers(&app.exchange(stream).await.0, &methods)
}

const CLOSE: &str = "Connection: close\r\n";

/// The library writes a response as the method, version and connection of the request that it parsed last want it.
#[apply(database_test)]
async fn requests_that_come_together_get_their_own_answers(
    database: TestDatabase,
    #[values(Plain, Tls)] transport: Transport,
) {
    let app = TestApp::over(transport, database).await;
    let list = app.list().await;
    let new = json!({"records": [person("+14155550101")]}).to_string();
    let deletion = json!([{"phone_number": "+14155550101"}]).to_string();
    let bulks = list.path("/records/bulks");
    let answers = all_at_once(
        &app,
        &[
            ("GET", request("GET", &list.path(""), "", "")),
            ("HEAD", request("HEAD", &list.path("/records"), "", "")),
            ("POST", request("POST", &bulks, "", &new)),
            ("HEAD", request("HEAD", "/health/live", "", "")),
            ("GET", request("GET", &list.path("/records"), "", "")),
            ("DELETE", request("DELETE", &bulks, "", &deletion)),
            ("HEAD", request("HEAD", &list.path(""), "", "")),
            ("GET", request("GET", &list.path(""), CLOSE, "")),
        ],
    )
    .await;
    let statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
    assert_eq!(statuses, [200, 200, 201, 200, 200, 200, 200, 200]);
    assert_eq!(answers[0].json()["records_count"], 0);
    assert_eq!(answers[2].json()["total_created"], 1);
    assert_eq!(answers[4].json()["count"], 1);
    assert_eq!(answers[5].json()["total_deleted"], 1);
    assert_eq!(answers[7].json()["records_count"], 0);
    let closing = answers
        .iter()
        .map(|answer| answer.header("connection") == Some("close"));
    assert_eq!(
        closing.collect::<Vec<_>>(),
        [false, false, false, false, false, false, false, true]
    );
    assert!(answers.iter().all(|answer| answer.head.starts_with("http/1.1 ")));
}

#[apply(database_test)]
async fn an_older_version_behind_does_not_change_the_answer_before(
    database: TestDatabase,
    #[values(Plain, Tls)] transport: Transport,
) {
    let app = TestApp::over(transport, database).await;
    let list = app.list().await;
    let old = request("GET", &list.path(""), "", "").replace("HTTP/1.1", "HTTP/1.0");
    let answers = all_at_once(&app, &[("GET", request("GET", &list.path(""), "", "")), ("GET", old)]).await;
    assert!(
        answers[0].head.starts_with("http/1.1 200") && answers[1].head.starts_with("http/1.0 200"),
        "{answers:?}"
    );
}

#[apply(database_test)]
async fn chunked_bodies_end_where_they_say(database: TestDatabase, #[values(Plain, Tls)] transport: Transport) {
    let app = TestApp::over(transport, database).await;
    let list = app.list().await;
    list.add(&[person("+14155550101")]).await;
    let deletion = json!([{"phone_number": "+14155550101"}]).to_string();
    let (left, right) = deletion.split_at(7);
    let chunked = format!("7;x=y\r\n{left}\r\n{:x}\r\n{right}\r\n0\r\nX: y\r\n\r\n", right.len());
    let delete = request(
        "DELETE",
        &list.path("/records/bulks"),
        "Transfer-Encoding: chunked\r\n",
        "",
    ) + &chunked;
    let last = request("HEAD", &list.path(""), CLOSE, "");
    let answers = all_at_once(&app, &[("DELETE", delete.clone()), ("DELETE", delete), ("HEAD", last)]).await;
    assert_eq!(answers[0].json()["total_deleted"], 1);
    assert_eq!(answers[1].json()["total_errors"], 1);
}

/// One byte at a time, and with a pause in the middle of a head: what counts is what was sent.
#[apply(database_test)]
async fn requests_may_come_in_any_pieces(database: TestDatabase, #[values(Plain, Tls)] transport: Transport) {
    let app = TestApp::over(transport, database).await;
    let list = app.list().await;
    let body = json!([{"phone_number": "+14155550101"}]).to_string();
    let stream = request("DELETE", &list.path("/records/bulks"), "", &body)
        + "\r\n"
        + &request("HEAD", &list.path(""), "", "")
        + &request("GET", &list.path(""), CLOSE, "");
    let stream_below = TcpStream::connect(app.address).await.expect("a connection");
    stream_below.set_nodelay(true).expect("an option");
    let mut connection = transport.over(stream_below).await;
    for byte in stream.as_bytes() {
        connection.write_all(&[*byte]).await.expect("bytes are taken");
        tokio::task::yield_now().await;
    }
    let mut came = String::new();
    let read = connection.read_to_string(&mut came);
    timeout(Duration::from_secs(60), read)
        .await
        .expect("the server closes")
        .expect("no reset");
    let answers = answers(&came, &["DELETE", "HEAD", "GET"]);
    assert_eq!(answers[0].json()["total_errors"], 1);
    assert_eq!(answers[2].json()["id"], list.id.as_str());
}

/// Java's default client, and proxies with the lines for web sockets, make such an offer with every request.
#[apply(database_test)]
async fn an_offer_to_upgrade_is_passed_over(database: TestDatabase, #[values(Plain, Tls)] transport: Transport) {
    let app = TestApp::over(transport, database).await;
    let list = app.list().await;
    for offer in [
        "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA\r\n",
        "Connection: upgrade\r\n",
        "Upgrade: h2c\r\n",
        "Upgrade: websocket\r\n",
        "Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n",
    ] {
        list.add(&[person("+14155550101")]).await;
        let body = json!([{"phone_number": "+14155550101"}]).to_string();
        let bulks = list.path("/records/bulks");
        let answers = all_at_once(
            &app,
            &[
                ("GET", request("GET", &list.path(""), offer, "")),
                ("DELETE", request("DELETE", &bulks, offer, &body)),
                ("GET", request("GET", &list.path(""), CLOSE, "")),
            ],
        )
        .await;
        assert_eq!(answers[1].json()["total_deleted"], 1, "{offer}");
        assert_eq!(answers[2].json()["records_count"], 0, "{offer}");
        for answer in &answers[..2] {
            assert_eq!(
                (answer.header("connection"), answer.header("upgrade")),
                (None, None),
                "{offer}"
            );
        }
    }
    // Who wants to close as well is closed.
    let both = request(
        "GET",
        &list.path(""),
        "Connection: close, Upgrade\r\nUpgrade: h2c\r\n",
        "",
    );
    let answers = all_at_once(&app, &[("GET", both)]).await;
    assert_eq!(answers[0].header("connection"), Some("close"));
}

/// A client that asks before it sends its body, and is answered at once, goes on with the same connection.
#[apply(database_test)]
async fn a_refusal_before_the_body_does_not_stop_the_connection(
    database: TestDatabase,
    #[values(Plain, Tls)] transport: Transport,
) {
    let app = TestApp::over(transport, database).await;
    let list = app.list().await;
    let expect = "Expect: 100-continue\r\n";
    let chunked = "Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n";
    let anonymous = |request: String| {
        let start = request.find("Authorization").expect("a header");
        let end = start + request[start..].find("\r\n").expect("an end") + 2;
        format!("{}{}", &request[..start], &request[end..])
    };
    let body = "3\r\nabc\r\n0\r\n\r\n";
    for (first, status) in [
        (request("GET", "/health/live", expect, ""), 200),
        (request("GET", &list.path(""), expect, ""), 200),
        (request("POST", "/nope", chunked, "") + body, 404),
        (anonymous(request("POST", "/record-lists", chunked, "")) + body, 401),
        (
            anonymous(request(
                "POST",
                "/record-lists",
                "Expect: 100-continue\r\nContent-Length: 0\r\n",
                "",
            )),
            401,
        ),
    ] {
        let last = request("GET", &list.path(""), CLOSE, "");
        let answers = all_at_once(&app, &[("GET", first.clone()), ("GET", last)]).await;
        let statuses = [answers[0].status, answers[1].status];
        assert_eq!(statuses, [status, 200], "{first}");
    }
}

/// A tunnel is not opened, and what looks like one hides no request.
#[apply(database_test)]
async fn a_connect_with_a_body_is_a_request_like_others(
    database: TestDatabase,
    #[values(Plain, Tls)] transport: Transport,
) {
    let app = TestApp::over(transport, database).await;
    let connect = "CONNECT a:1 HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx".to_owned();
    let get = request("GET", "/nope", "", "");
    let answer = app
        .exchange(connect + &get + &request("HEAD", "/health/live", CLOSE, ""))
        .await
        .0;
    let came: Vec<&str> = answer.split("HTTP/1.1 ").skip(1).map(|answer| &answer[..3]).collect();
    assert!(matches!(came[..], ["404"] | ["404", "404", "200"]), "{answer}");
    assert!(came.len() == 1 || answer.matches("NOT_FOUND").count() == 2, "{answer}");
}

/// A name that the parser panics at gets an answer.
#[apply(database_test)]
async fn an_endless_name_is_refused(database: TestDatabase, #[values(Plain, Tls)] transport: Transport) {
    let app = TestApp::over(transport, database).await;
    let name = "a".repeat(70_000);
    let answer = app
        .exchange(format!("GET / HTTP/1.1\r\nHost: a\r\n{name}: b\r\n\r\n"))
        .await;
    assert_eq!(answer.status(), 400, "{answer:?}");
}

/// What could be read in two ways is refused, and nothing that follows is read as a request.
#[apply(database_test)]
async fn contradictory_lengths_are_refused_and_end_the_connection(
    database: TestDatabase,
    #[values(Plain, Tls)] transport: Transport,
) {
    let app = TestApp::over(transport, database).await;
    let list = app.list().await;
    list.add(&[person("+14155550101")]).await;
    let body = json!([{"phone_number": "+14155550101"}]).to_string();
    let smuggled = request("DELETE", &list.path("/records/bulks"), CLOSE, &body);
    for headers in [
        "Content-Length: 0\r\nContent-Length: 0",
        "Content-Length: 0\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
        "Transfer-Encoding: identity",
        "Transfer-Encoding: gzip, chunked",
        "Content-Length: +0",
        "Content-Length: 0, 0",
        "Content-Length : 0",
        "Transfer-Encoding:\x0bchunked",
        "Upgrade: websocket\r\nContent-Length: 0\r\nContent-Length: 5",
    ] {
        let first = request("POST", &list.path("/records/bulks"), &format!("{headers}\r\n"), "");
        for piece in ["", "0\r\n\r\n"] {
            let answer = app.exchange(format!("{first}{piece}{smuggled}")).await;
            assert_eq!(answer.status(), 400, "{headers}: {answer:?}");
            assert_eq!(answer.0.matches("HTTP/1.1 ").count(), 1, "{headers}: {answer:?}");
        }
    }
    assert_eq!(list.count().await, 1);
}

/// A client that sends further requests and goes is noticed, although these wait.
#[apply(database_test)]
async fn a_client_that_pipelines_and_goes_is_noticed(
    database: TestDatabase,
    #[values(Plain, Tls)] transport: Transport,
) {
    let app = TestApp::over(transport, database).await;
    let list = app.list().await;
    list.add(&[person("+14155550101")]).await;
    let blocker = crate::support::Blocker::hold(&app.database, &list.id).await;
    let body = json!([{"phone_number": "+14155550101"}]).to_string();
    let deletion = request("DELETE", &list.path("/records/bulks"), "Idempotency-Key: K\r\n", &body);
    let first = list
        .deletion(crate::support::Via::Delete)
        .json(&json!([{"id": list.id}]));
    let first = tokio::spawn(first.send());
    app.wait_for_callers(1).await;
    let mut connection = app.connect().await;
    connection
        .write_all(format!("{deletion}{deletion}").as_bytes())
        .await
        .expect("bytes are taken");
    app.wait_for_callers(2).await;
    drop(connection);
    app.wait_for_callers(1).await;
    blocker.release().await;
    first.await.expect("no panic").assert_status(200);
    // The key is free, and nothing was deleted.
    assert_eq!(list.count().await, 1);
    let again: TestList = list.asked_by(app.as_manager());
    let again = again.delete_once("K", &json!([{"phone_number": "+14155550101"}])).await;
    assert!(!again.is_replay());
    again.assert_deleted(1, 0, 1);
}
