//! Clients that send and do not read: what is kept for them is bounded.

use std::time::Duration;

use futures_util::{StreamExt, stream::FuturesUnordered};
use reqwest::Method;
use serde_json::json;
use tokio::{io::AsyncWriteExt, net::TcpStream};

use super::caller;
use crate::support::{
    Blocker, Claims, Database::Sqlite, ServerProcess, TestApp, TestDatabase, TestList, apply, database_test, person,
};

/// Clients without a token send many requests at once and read no response: what they sent is kept, and little else.
#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn pipelines_that_nobody_reads_occupy_what_was_sent(#[values(Sqlite)] database: TestDatabase) {
    const CONNECTIONS: u64 = 100;
    let server = ServerProcess::start(database.folder.path(), &database.url, &[]);
    server.ready().await;
    let requests = "GET /openapi.json HTTP/1.1\r\nHost: a\r\n\r\n".repeat(500);
    let before = server.peak_memory();
    let mut streams = Vec::new();
    for _ in 0..CONNECTIONS {
        let stream = TcpStream::connect(server.address).await.expect("a connection");
        // The server may stop reading before all of it is sent.
        let _ = stream.writable().await;
        let _ = stream.try_write(requests.as_bytes());
        streams.push(stream);
    }
    // Each of them has begun to answer.
    for stream in &streams {
        stream.readable().await.expect("a response");
    }
    let grown = server.peak_memory().saturating_sub(before);
    let sent = requests.len() as u64 / 1024;
    assert!(grown < CONNECTIONS * (128 + sent), "{grown} KiB");
    drop(streams);
    server.wait_for_connections(1, Duration::from_secs(30)).await;
}

/// Large bodies that wait for room are not read beyond their first bytes.
#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn bodies_that_wait_for_room_are_not_read(#[values(Sqlite)] database: TestDatabase) {
    const CONNECTIONS: u64 = 100;
    const LENGTH: usize = 4 * 1024 * 1024;
    let server = ServerProcess::start(
        database.folder.path(),
        &database.url,
        &["--body-timeout", "5m", "--queue-timeout", "5m"],
    );
    server.ready().await;
    let list = TestList::create(server.as_manager(), "NOTHING").await;
    let (path, token) = (list.path("/records/bulks"), Claims::of("acme").token());
    let head =
        format!("POST {path} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {token}\r\nContent-Length: {LENGTH}\r\n\r\n");
    let blanks = vec![b' '; 256 * 1024];
    let mut streams = Vec::new();
    let mut before = 0;
    for number in 0..CONNECTIONS + 4 {
        let mut stream = TcpStream::connect(server.address).await.expect("a connection");
        stream.write_all(head.as_bytes()).await.expect("bytes are taken");
        // The first four have the room of the account, and do not go on.
        let sent = if number < 4 { &blanks[..1] } else { &blanks[..] };
        stream.write_all(sent).await.expect("bytes are taken");
        streams.push(stream);
        if number == 3 {
            server.alive().await;
            before = server.peak_memory();
        }
    }
    // Whatever is read of them is read by the time that others are answered.
    for _ in 0..20 {
        server.alive().await;
    }
    let grown = server.peak_memory().saturating_sub(before);
    assert!(grown < CONNECTIONS * 96, "{grown} KiB");
    drop(streams);
    server.wait_for_connections(1, Duration::from_secs(30)).await;
    list.add(&[person("+14155550101")]).await;
}

/// Pages of megabytes that nobody reads occupy the share of their account, and those of others are sent.
#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn large_responses_that_nobody_reads_occupy_a_share(database: TestDatabase) {
    const CONNECTIONS: usize = 100;
    let server = ServerProcess::start(database.folder.path(), &database.url, &["--queue-timeout", "1s"]);
    server.ready().await;
    let mut large = person("+14155550101");
    large["extra_data"] = json!({"text": "x".repeat(16_000)});
    let loud = TestList::create(caller(&server, "loud"), "NOTHING").await;
    let quiet = TestList::create(caller(&server, "quiet"), "NOTHING").await;
    for list in [&loud, &quiet, &loud, &quiet] {
        list.add(&vec![large.clone(); 100]).await;
    }
    let before = server.peak_memory();
    let token = Claims::of("loud").token();
    let path = loud.path("/records?per_page=200");
    let request = format!("GET {path} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {token}\r\n\r\n");
    let mut streams = Vec::new();
    for _ in 0..CONNECTIONS {
        let mut stream = TcpStream::connect(server.address).await.expect("a connection");
        stream.write_all(request.as_bytes()).await.expect("bytes are taken");
        streams.push(stream);
    }
    // Each is answered or refused.
    let mut refused = 0;
    for stream in &mut streams {
        let mut status = [0; 12];
        stream.readable().await.expect("a response");
        let length = stream.peek(&mut status).await.expect("a response");
        refused += usize::from(status[..length].ends_with(b"429"));
    }
    assert!((CONNECTIONS / 2..CONNECTIONS).contains(&refused), "{refused}");
    let pages = quiet.caller.page(&quiet.path("/records?per_page=200")).await;
    assert_eq!(pages["count"], 200);
    let grown = server.peak_memory().saturating_sub(before);
    assert!(grown < (64 + 64) * 1024, "{grown} KiB");
    drop(streams);
    server.wait_for_connections(1, Duration::from_secs(30)).await;
    let pages = loud.caller.page(&loud.path("/records?per_page=200")).await;
    assert_eq!(pages["count"], 200);
}

/// The response to a bulk update has whole records, however short the request was. Room for it is kept before the update
/// begins.
#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn a_bulk_update_has_room_for_its_response(database: TestDatabase) {
    // Room for eight responses of a hundred records.
    let limits = [
        "--account-bytes",
        "4194304",
        "--queue-timeout",
        "1s",
        "--lock-timeout",
        "60s",
    ];
    let server = ServerProcess::start(database.folder.path(), &database.url, &limits);
    server.ready().await;
    let list = TestList::create(caller(&server, "acme"), "NOTHING").await;
    let ids = list.add(&vec![person("+14155550101"); 100]).await;
    let items = ids
        .iter()
        .map(|id| json!({"op": "add", "path": format!("/records/{id}"), "value": {"priority": 9}}));
    let body = json!(items.collect::<Vec<_>>());
    let update = || {
        let request = list.caller.request(Method::PATCH, &list.path("/records/bulks"));
        request.json(&body).send()
    };
    let blocker = Blocker::hold(&database, &list.id).await;
    let mut updates: FuturesUnordered<_> = (0..20).map(|_| update()).collect();
    // All but the one that has the list's turn are told to come again.
    let mut statuses = Vec::new();
    for _ in 0..19 {
        statuses.push(updates.next().await.expect("an answer").status.as_u16());
    }
    drop(blocker);
    updates.next().await.expect("an answer").assert_status(200);
    let without_room = statuses.iter().filter(|status| **status == 429).count();
    // Seven wait for the list in vain, and at most as many take their places.
    assert!(without_room >= 5, "{statuses:?}");
    update().await.assert_status(200);
}

/// A client sends a write with a key and more behind it, and goes. Its place and its key are free at once, while the
/// list is still busy.
#[apply(database_test)]
async fn a_client_that_has_pipelined_and_goes_leaves_nothing(app: TestApp) {
    let list = app.list().await;
    let ids = list.add(&[person("+14155550101")]).await;
    let lock = Blocker::hold(&app.database, &list.id).await;
    let busy = list.delete_ids(&["x"]);
    let body = json!([{"id": ids[0]}]);
    let leaving = async {
        app.wait_for_callers(1).await;
        let token = Claims::of("acme").token();
        let (path, text) = (list.path("/records/bulks"), body.to_string());
        let request = format!(
            "DELETE {path} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {token}\r\nIdempotency-Key: K\r\n\
             Content-Length: {}\r\n\r\n{text}",
            text.len()
        );
        let mut stream = TcpStream::connect(app.address).await.expect("a connection");
        let all = request.repeat(200);
        stream.write_all(all.as_bytes()).await.expect("bytes are taken");
        app.wait_for_callers(2).await;
        let in_use = list.delete_once("K", &body).await;
        in_use.assert_error(409, "IDEMPOTENCY_KEY_IN_USE");
        drop(stream);
        app.wait_for_callers(1).await;
        let again = list.delete_once("K", &body);
        let release = async {
            app.wait_for_callers(2).await;
            lock.release().await;
        };
        let (again, ()) = tokio::join!(again, release);
        again.assert_deleted(1, 0, 1);
    };
    let (busy, ()) = tokio::join!(busy, leaving);
    busy.assert_deleted(0, 1, 0);
}

/// The same where the request has no body, so that nothing else looks at the connection.
#[apply(database_test)]
async fn a_list_is_not_deleted_for_a_client_that_has_gone(app: TestApp) {
    let list = app.list().await;
    let lock = Blocker::hold(&app.database, &list.id).await;
    let busy = list.delete_ids(&["x"]);
    let leaving = async {
        app.wait_for_callers(1).await;
        let token = Claims::of("acme").token();
        let path = list.path("");
        let request = format!("DELETE {path} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {token}\r\n\r\n");
        let mut stream = TcpStream::connect(app.address).await.expect("a connection");
        let all = request.repeat(300);
        stream.write_all(all.as_bytes()).await.expect("bytes are taken");
        app.wait_for_callers(2).await;
        drop(stream);
        app.wait_for_callers(1).await;
        lock.release().await;
    };
    let (busy, ()) = tokio::join!(busy, leaving);
    busy.assert_deleted(0, 1, 0);
    assert_eq!(list.count().await, 0);
}
