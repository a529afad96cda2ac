//! The memory for bodies: what an account may occupy of it, and that the others have theirs.

use std::time::Duration;

use futures_util::{FutureExt, StreamExt, stream::FuturesUnordered};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::sleep,
};

use super::caller;
use crate::support::{
    Claims, Database::Sqlite, ServerProcess, TestDatabase, TestList, Via, apply, database_test, person,
};

/// The largest body, in bytes. By default an account has room for four of them, and all accounts for fourteen.
const LARGEST: usize = 4 * 1024 * 1024;
const OF_ACCOUNT: usize = 4;
const OF_ALL: usize = 14;

/// A server that waits long for bodies that do not come, and makes nobody wait long for room.
async fn patient_server(database: &TestDatabase) -> ServerProcess {
    let patience = ["--body-timeout", "5m", "--queue-timeout", "2s"];
    let server = ServerProcess::start(database.folder.path(), &database.url, &patience);
    server.ready().await;
    server
}

/// A bulk create whose body has begun and does not go on.
struct Begun {
    stream: TcpStream,
    is_chunked: bool,
}

impl Begun {
    /// Announces the largest body, or one that can be as large, and sends a byte of it.
    async fn send(server: &ServerProcess, account: &str, list: &TestList, is_chunked: bool) -> Self {
        let body = if is_chunked {
            "Transfer-Encoding: chunked\r\n\r\n1\r\n ".to_owned()
        } else {
            format!("Content-Length: {LARGEST}\r\n\r\n ")
        };
        Self::send_body(server, account, list, &body).await
    }

    async fn send_body(server: &ServerProcess, account: &str, list: &TestList, body: &str) -> Self {
        let (path, token) = (list.path("/records/bulks"), Claims::of(account).token());
        let head = format!("POST {path} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {token}\r\n{body}");
        let mut stream = TcpStream::connect(server.address).await.expect("a connection");
        stream.write_all(head.as_bytes()).await.expect("bytes are taken");
        let is_chunked = body.starts_with("Transfer-Encoding");
        Self { stream, is_chunked }
    }

    fn has_answer(&self) -> bool {
        self.stream.peek(&mut [0]).now_or_never().is_some()
    }

    /// The status, once it comes, and whether a client is told when to come again.
    async fn answer(mut self) -> (u16, bool) {
        let mut answer = [0; 1024];
        let length = self.stream.read(&mut answer).await.expect("an answer");
        let answer = String::from_utf8_lossy(&answer[..length]).to_lowercase();
        (
            answer[9..12].parse().expect("a status"),
            answer.contains("\r\nretry-after: 1\r\n"),
        )
    }

    /// Sends the rest: blanks only.
    async fn finish(mut self) -> (u16, bool) {
        let rest = if self.is_chunked {
            "\r\n0\r\n\r\n".to_owned()
        } else {
            " ".repeat(LARGEST - 1)
        };
        self.stream.write_all(rest.as_bytes()).await.expect("bytes are taken");
        self.answer().await
    }
}

/// Begins so many bodies of an account. Returns those that were let in, and the answers to the others, of which there
/// must be so many.
async fn begin(
    server: &ServerProcess,
    list: &TestList,
    account: &str,
    count: usize,
    refused: usize,
    is_chunked: bool,
) -> (Vec<Begun>, Vec<(u16, bool)>) {
    let mut waiting = Vec::new();
    for _ in 0..count {
        waiting.push(Begun::send(server, account, list, is_chunked).await);
    }
    let mut answers = Vec::new();
    while answers.len() < refused {
        let mut silent = Vec::new();
        for begun in waiting {
            if begun.has_answer() {
                answers.push(begun.answer().await);
            } else {
                silent.push(begun);
            }
        }
        waiting = silent;
        sleep(Duration::from_millis(5)).await;
    }
    (waiting, answers)
}

/// One account sends as many bodies as would fill the memory of all, and does not go on.
#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_sends_slowly_has_its_share(database: TestDatabase, #[values(false, true)] is_chunked: bool) {
    let server = patient_server(&database).await;
    let loud = TestList::create(caller(&server, "loud"), "NOTHING").await;
    let quiet = TestList::create(caller(&server, "quiet"), "NOTHING").await;
    let surplus = 12;
    let (let_in, refused) = begin(&server, &loud, "loud", OF_ACCOUNT + surplus, surplus, is_chunked).await;
    assert_eq!(let_in.len(), OF_ACCOUNT);
    assert_eq!(refused, [(429, true)].repeat(surplus));
    // It has no room for the smallest body.
    let small = loud.try_add(&[person("+14155550101")]).await;
    assert_eq!(small.assert_error(429, "RATE_LIMITED").header("retry-after"), "1");
    let mut large = person("+14155550101");
    large["extra_data"] = json!({"text": "x".repeat(16_000)});
    for _ in 0..20 {
        let ids = quiet.add(&vec![large.clone(); 100]).await;
        quiet.delete_ids(&[&ids[0]]).await.assert_deleted(1, 0, 1);
    }
    for one in let_in {
        assert_eq!(one.finish().await, (400, false));
    }
    loud.add(&[person("+14155550101")]).await;
}

/// What needs no room is refused for what is wrong with it.
#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn a_share_that_is_used_up_hides_no_other_fault(#[values(Sqlite)] database: TestDatabase) {
    let server = patient_server(&database).await;
    let list = TestList::create(server.as_manager(), "NOTHING").await;
    let (let_in, _) = begin(&server, &list, "acme", OF_ACCOUNT + 1, 1, false).await;
    let path = list.path("/records/bulks");
    list.caller.post(&path).send().await.assert_error(400, "BODY_MISSING");
    let too_large = list.caller.post(&path).json(&json!(" ".repeat(LARGEST)));
    too_large.send().await.assert_error(413, "BODY_TOO_LARGE");
    list.deletion(Via::Delete)
        .send()
        .await
        .assert_error(400, "BODY_MISSING");
    drop(let_in);
}

/// Several accounts fill the memory with large bodies. A part of it is left to small ones.
#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn large_bodies_leave_room_for_small_ones(database: TestDatabase) {
    let server = patient_server(&database).await;
    let mut all = Vec::new();
    let mut refused = Vec::new();
    for (account, surplus) in [("a", 0), ("b", 0), ("c", 0), ("d", 4 * OF_ACCOUNT - OF_ALL)] {
        let list = TestList::create(caller(&server, account), "NOTHING").await;
        let (let_in, answers) = begin(&server, &list, account, OF_ACCOUNT, surplus, false).await;
        all.extend(let_in);
        refused.extend(answers);
    }
    assert_eq!((all.len(), refused), (OF_ALL, [(503, true)].repeat(2)));
    let list = TestList::create(caller(&server, "e"), "NOTHING").await;
    let mut large = person("+14155550101");
    large["extra_data"] = json!({"text": "x".repeat(16_000)});
    let refused = list.try_add(&vec![large.clone(); 20]).await;
    assert_eq!(refused.assert_error(503, "OVERLOADED").header("retry-after"), "1");
    let ids = list.add(&vec![large; 10]).await;
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    list.delete_ids(&ids).await.assert_deleted(10, 0, 10);
    drop(all);
    server.wait_for_connections(1, Duration::from_secs(30)).await;
}

/// A body that has gone gives its room back, and who waits for it gets it.
#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn who_waits_for_room_is_served(#[values(Sqlite)] database: TestDatabase) {
    let least = LARGEST.to_string();
    let start = |patience| {
        let few = [
            ["--queue-bytes", &least],
            ["--account-bytes", &least],
            ["--queue-timeout", patience],
        ];
        ServerProcess::start(database.folder.path(), &database.url, few.as_flattened())
    };
    let server = start("2s");
    server.ready().await;
    let list = TestList::create(server.as_manager(), "NOTHING").await;
    let record = [person("+14155550101")];
    let begun = Begun::send(&server, "acme", &list, false).await;
    // It has the room once nobody else gets any.
    while list.try_add(&record).await.status != 429 {}
    drop(begun);
    while list.try_add(&record).await.status != 201 {}
    drop(server);

    let server = start("5m");
    server.ready().await;
    let list = list.asked_by(server.as_manager());
    let before = list.count().await;
    // All of them have room, one or two at a time.
    let mut large = person("+14155550101");
    large["extra_data"] = json!({"text": "x".repeat(16_000)});
    let records = vec![large; 100];
    let mut all: FuturesUnordered<_> = (0..20).map(|_| list.try_add(&records)).collect();
    while let Some(answer) = all.next().await {
        answer.assert_status(201);
    }
    assert_eq!(list.count().await, before + 2_000);
}

/// Bodies of very many values: what is kept of them is bounded by their bytes.
#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn bodies_of_many_values_occupy_their_bytes(database: TestDatabase) {
    let server = ServerProcess::start(database.folder.path(), &database.url, &[]);
    server.ready().await;
    let list = TestList::create(server.as_manager(), "NOTHING").await;
    let mut record = person("+14155550101");
    let members = (0..1_800).map(|n| (format!("{n:x}"), json!(0)));
    record["extra_data"] = members.collect::<serde_json::Map<_, _>>().into();
    let body = json!({"records": vec![record; 100]});
    let before = server.peak_memory();
    let path = list.path("/records/bulks");
    let create = |key: usize| {
        let request = list.caller.post(&path).json(&body);
        request.header("Idempotency-Key", &key.to_string()).send()
    };
    let mut answers: FuturesUnordered<_> = (0..36).map(create).collect();
    let mut made = 0;
    while let Some(answer) = answers.next().await {
        made += usize::from(answer.status == 201);
        assert!(answer.status == 201 || answer.status == 429, "{}", answer.status);
    }
    assert!(made > 0);
    assert_eq!(list.count().await, 100 * made as u64);
    // A faulty record is no fault of the request, so its members count for the key.
    let members = "\"\":0,".repeat(LARGEST / 5 - 10);
    let faulty = format!("{{\"records\":[{{{members}\"z\":1}}]}}");
    for key in ["a", "b"] {
        let request = list.caller.post(&path).header("Idempotency-Key", key);
        request.body(faulty.clone()).send().await.assert_status(201);
    }
    let grown = server.peak_memory().saturating_sub(before);
    assert!(grown < (256 + 64) * 1024, "{grown} KiB");
}

/// A server with a single thread for requests answers others while it parses a large body.
#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn others_are_answered_while_a_large_body_is_parsed(#[values(Sqlite)] database: TestDatabase) {
    let mut server = ServerProcess::start(database.folder.path(), &database.url, &["--workers", "1"]);
    server.ready().await;
    let list = TestList::create(server.as_manager(), "NOTHING").await;
    server.plant("parse=sleep(3000)");
    server.ready().await;
    let mut large = person("+14155550101");
    large["extra_data"] = json!({"text": "x".repeat(10_000)});
    let body = json!({"records": vec![large; 10]});
    let create = list.caller.post(&list.path("/records/bulks")).json(&body).send();
    let create = tokio::spawn(create);
    let mut answered = 0;
    while !create.is_finished() {
        server.alive().await;
        answered += 1;
        sleep(Duration::from_millis(20)).await;
    }
    create.await.expect("no panic").assert_status(201);
    // Few of them can be answered before the body has come.
    assert!(answered > 50, "{answered}");
}
