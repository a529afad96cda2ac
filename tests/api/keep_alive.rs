//! How long connections stay open (docs/contract.md section 1.5).

use std::time::Duration;

use futures_util::FutureExt;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, split},
    task::JoinSet,
    time::{sleep, timeout},
};

use crate::support::{
    Claims,
    Database::Sqlite,
    ServerProcess, TestApp, TestDatabase,
    Transport::{self, Plain, Tls},
    Wire, apply, database_test,
};

/// For everything that ends by itself.
const PATIENCE: Duration = Duration::from_secs(60);

const ALIVE: &str = "GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n";

/// A connection whose first request was answered.
async fn used(app: &TestApp) -> Wire {
    let mut stream = app.connect().await;
    assert!(ask(&mut stream, ALIVE).await, "an answer");
    stream
}

/// Sends a request; whether the answer is 200.
async fn ask(stream: &mut Wire, request: &str) -> bool {
    let mut answer = [0; 1_024];
    if stream.write_all(request.as_bytes()).await.is_err() {
        return false;
    }
    let read = timeout(PATIENCE, stream.read(&mut answer)).await.expect("an answer");
    read.is_ok_and(|length| answer[..length].starts_with(b"HTTP/1.1 200"))
}

/// Waits until the server closes the connection; what came before.
async fn end(stream: &mut Wire) -> String {
    let mut came = Vec::new();
    let read = timeout(PATIENCE, stream.read_to_end(&mut came)).await;
    // A reset is an end too.
    drop(read.expect("the server closes the connection"));
    String::from_utf8_lossy(&came).into_owned()
}

async fn app(transport: Transport, database: TestDatabase, keep_alive: u64) -> TestApp {
    TestApp::over_with(transport, database, |settings| {
        settings.keep_alive = Duration::from_secs(keep_alive)
    })
    .await
}

#[apply(database_test)]
async fn an_idle_connection_outlasts_a_begun_head(
    #[values(Sqlite)] database: TestDatabase,
    #[values(Plain, Tls)] transport: Transport,
) {
    let app = app(transport, database, 600).await;
    let mut idle = used(&app).await;
    let mut begun = used(&app).await;
    begun.write_all(b"GET /health").await.expect("bytes are taken");
    assert_eq!(end(&mut begun).await, "");
    assert!(ask(&mut idle, ALIVE).await);
}

#[apply(database_test)]
async fn the_setting_counts_between_requests_only(
    #[values(Sqlite)] database: TestDatabase,
    #[values(Plain, Tls)] transport: Transport,
) {
    let app = app(transport, database, 1).await;
    let mut begun = used(&app).await;
    let (first, rest) = ALIVE.split_at(9);
    begun.write_all(first.as_bytes()).await.expect("bytes are taken");
    let mut idle = used(&app).await;
    assert_eq!(end(&mut idle).await, "");
    assert!(
        ask(&mut begun, rest).await,
        "a head may take longer than the pause before it"
    );
}

/// Blank lines between requests are no sign of life, however they are cut.
#[apply(database_test)]
async fn blank_lines_do_not_keep_a_connection_open(
    #[values(Sqlite)] database: TestDatabase,
    #[values(Plain, Tls)] transport: Transport,
    #[values("\r\n", "\n", "\r \n")] pieces: &str,
) {
    let app = app(transport, database, 1).await;
    let (mut reader, mut writer) = split(used(&app).await);
    let blank = async {
        loop {
            for piece in pieces.split(' ') {
                if writer.write_all(piece.as_bytes()).await.is_err() {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    };
    let mut came = Vec::new();
    let is_closed = async {
        tokio::select! {
            () = blank => {}
            _ = reader.read_to_end(&mut came) => {}
        }
    };
    timeout(PATIENCE, is_closed)
        .await
        .expect("the server closes the connection");
}

#[apply(database_test)]
async fn who_asks_is_told_how_long(
    #[values(Sqlite)] database: TestDatabase,
    #[values(Plain, Tls)] transport: Transport,
) {
    let app = app(transport, database, 7).await;
    let list = app.list().await;
    let told = |answer: &str| {
        let head = answer.split("\r\n\r\n").next().unwrap_or_default();
        let mut lines = head.lines();
        lines
            .find_map(|line| line.strip_prefix("keep-alive: "))
            .map(str::to_owned)
    };
    let token = Claims::of("acme").token();
    let get = |version: &str, headers: &str| {
        let path = list.path("");
        format!("GET {path} HTTP/{version}\r\nHost: a\r\nAuthorization: Bearer {token}\r\n{headers}\r\n")
    };
    let last = get("1.1", "Connection: close\r\n");
    for (version, headers, expected) in [
        ("1.1", "", None),
        ("1.1", "Connection: keep-alive\r\n", Some("timeout=7")),
        (
            "1.1",
            "Connection: TE, Keep-Alive\r\nTE: trailers\r\n",
            Some("timeout=7"),
        ),
        ("1.1", "Keep-Alive: timeout=3\r\n", Some("timeout=7")),
        (
            "1.1",
            "Connection: keep-alive, Upgrade\r\nUpgrade: h2c\r\n",
            Some("timeout=7"),
        ),
        ("1.0", "Connection: keep-alive\r\n", Some("timeout=7")),
    ] {
        let came = app.exchange(get(version, headers) + &last).await;
        let answers: Vec<&str> = came.0.split("HTTP/1.").skip(1).collect();
        assert_eq!(answers.len(), 2, "{version} {headers}: {came:?}");
        assert_eq!(told(answers[0]).as_deref(), expected, "{version} {headers}");
    }
    // A connection that closes has no time to tell.
    for (version, headers) in [
        ("1.0", ""),
        ("1.0", "Connection: close\r\nKeep-Alive: timeout=3\r\n"),
        ("1.1", "Connection: close, keep-alive\r\n"),
    ] {
        let came = app.exchange(get(version, headers)).await;
        assert_eq!((came.status(), told(&came.0)), (200, None), "{version} {headers}");
    }
    // Its body is not read.
    let refused = "POST /record-lists HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\nContent-Length: 100000\r\n\r\n";
    let came = app.exchange(refused).await;
    assert_eq!((came.status(), told(&came.0)), (401, None));
}

#[apply(database_test)]
async fn a_part_of_a_second_is_not_told(
    #[values(Sqlite)] database: TestDatabase,
    #[values(Plain, Tls)] transport: Transport,
) {
    let app = TestApp::over_with(transport, database, |settings| {
        settings.keep_alive = Duration::from_millis(500)
    })
    .await;
    let asked = "GET /health/live HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\n\r\n";
    let came = app.exchange(asked).await;
    assert!(
        came.status() == 200 && !came.0.contains("keep-alive: timeout"),
        "{came:?}"
    );
}

/// Idle connections of others, who need no token for them, do not shut anyone out.
#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
#[case::that_had_a_request(ALIVE)]
#[case::that_never_had_one("")]
#[case::with_a_begun_head("G")]
#[case::with_empty_lines("\r\n\r")]
async fn the_longest_idle_connection_gives_its_place_to_a_new_one(
    #[values(Sqlite)] database: TestDatabase,
    #[values(Plain, Tls)] transport: Transport,
    #[case] first: &str,
) {
    // About 120 places.
    let limit = "ulimit -n 300";
    let flags = transport.flags(database.folder.path());
    let mut arguments = vec!["--workers", "1", "--keep-alive", "1h"];
    arguments.extend(flags.iter().map(String::as_str));
    let server = ServerProcess::start_in_shell(&database, limit, &arguments);
    server.ready().await;
    let connect = async || {
        let mut stream = server.connect().await;
        if first == ALIVE {
            assert!(ask(&mut stream, first).await);
        } else {
            stream.write_all(first.as_bytes()).await.expect("bytes are taken");
        }
        stream
    };
    let mut idle = Vec::new();
    for _ in 0..200 {
        idle.push(connect().await);
    }
    // For a moment, the next request of an idle connection may be on its way.
    let closed = async {
        let mut byte = [0];
        loop {
            let mut stream = server.connect().await;
            assert!(ask(&mut stream, ALIVE).await, "a new connection is served");
            if let Some(Ok(end)) = idle[0].read(&mut byte).now_or_never() {
                return end;
            }
        }
    };
    let end = timeout(PATIENCE, closed).await.expect("an end");
    if first == ALIVE {
        assert_eq!(end, 0, "nothing is said");
        assert!(ask(&mut idle[60], ALIVE).await, "others stay");
    }
    assert!(server.connections() > 60, "{}", server.connections());
}

/// Clients that read a long response drop by drop, each just fast enough not to be cut off.
#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_hardly_reads_gives_its_place_to_a_new_one(
    #[values(Sqlite)] database: TestDatabase,
    #[values(Plain, Tls)] transport: Transport,
) {
    // About 120 places.
    let limit = "ulimit -n 300";
    let flags = transport.flags(database.folder.path());
    let mut arguments = vec!["--workers", "1"];
    arguments.extend(flags.iter().map(String::as_str));
    let server = ServerProcess::start_in_shell(&database, limit, &arguments);
    server.ready().await;
    let mut readers = JoinSet::new();
    for _ in 0..150 {
        let mut stream = server.connect().await;
        readers.spawn(async move {
            // More than a megabyte, and a further request behind it.
            let requests = "GET /docs/swagger-ui-bundle.js HTTP/1.1\r\nHost: a\r\n\r\n".repeat(2);
            let mut part = vec![0; 16_000];
            // Those that were cut off leave room for the rest.
            if stream.write_all(requests.as_bytes()).await.is_ok() {
                while stream.read(&mut part).await.is_ok_and(|length| length > 0) {
                    sleep(Duration::from_secs(1)).await;
                }
            }
        });
    }
    let answers = async {
        for _ in 0..3 {
            let mut stream = server.connect().await;
            assert!(ask(&mut stream, ALIVE).await, "a new connection is served");
        }
    };
    timeout(PATIENCE, answers).await.expect("answers");
    assert!(!readers.is_empty());
}

/// A client whose body does not come is told that the connection closes, and it closes.
#[apply(database_test)]
async fn a_timeout_closes_the_connection(database: TestDatabase, #[values(Plain, Tls)] transport: Transport) {
    let app = TestApp::over_with(transport, database, |settings| {
        settings.body_timeout = Duration::from_secs(1)
    })
    .await;
    let list = app.list().await;
    let token = Claims::of("acme").token();
    for body in [
        "Content-Length: 50\r\n\r\n[",
        "Transfer-Encoding: chunked\r\n\r\n1\r\n[\r\n",
    ] {
        let path = list.path("/records/bulks");
        let head = format!("DELETE {path} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {token}\r\n{body}");
        let (mut reader, mut writer) = split(app.connect().await);
        writer.write_all(head.as_bytes()).await.expect("bytes are taken");
        // Ends after fifteen seconds.
        let mut begun = used(&app).await;
        begun.write_all(b"G").await.expect("bytes are taken");
        let mut came = Vec::new();
        tokio::select! {
            read = reader.read_to_end(&mut came) => drop(read.expect("no reset")),
            _ = end(&mut begun) => panic!("{body}: the connection stays open"),
        }
        let came = String::from_utf8_lossy(&came).to_lowercase();
        assert!(
            came.starts_with("http/1.1 408 ") && came.contains("\r\nconnection: close\r\n"),
            "{came}"
        );
        assert!(came.contains("request_timeout"), "{came}");
        // Whoever goes on sending is cut as well.
        let sending = async {
            while writer.write_all(b"1\r\n \r\n").await.is_ok() {
                tokio::task::yield_now().await
            }
        };
        tokio::select! {
            () = sending => {}
            _ = end(&mut begun) => panic!("{body}: the server takes more"),
        }
    }
}

/// The parser's own answer to a head that does not come.
#[apply(database_test)]
async fn a_head_that_does_not_come_is_told_that_the_connection_closes(
    #[values(Sqlite)] database: TestDatabase,
    #[values(Plain, Tls)] transport: Transport,
) {
    let app = app(transport, database, 75).await;
    let came = app.exchange("GET /health/live HTTP/1.1\r\nHost: ").await;
    assert_eq!(came.status(), 408);
    assert!(came.0.to_lowercase().contains("\r\nconnection: close\r\n"), "{came:?}");
}
