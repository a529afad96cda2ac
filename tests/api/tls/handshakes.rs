//! Clients that do not come to TLS: too slow, too old, or with something else. Each costs a connection for a short
//! time.

use std::time::Duration;

use futures_util::future::join_all;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use super::{ALIVE, PATIENCE, ask, connect};
use crate::support::{AUTHORITY, Database::Sqlite, ServerProcess, TestDatabase, Transport::Tls, apply, database_test};

/// The time for the agreement on TLS, and some for a machine that is busy.
const HANDSHAKE: Duration = Duration::from_secs(5 + 8);

/// The beginning of a record with a greeting, which promises more.
const BEGUN: &[u8] = &[0x16, 0x03, 0x01, 0x01, 0x00, 0x01];

async fn server(database: &TestDatabase) -> ServerProcess {
    let server = ServerProcess::start_over(Tls, database, &[]);
    server.ready().await;
    server
}

/// The greeting of a client that speaks TLS 1.1 and nothing newer.
fn old_greeting() -> Vec<u8> {
    let random = [7; 32];
    // Version, random, no session, one cipher suite, one compression: none.
    let body = [&[3, 2][..], &random, &[0], &[0, 2, 0xc0, 0x13], &[1, 0]].concat();
    let message = [&[1, 0, 0, body.len() as u8][..], &body].concat();
    [&[0x16, 3, 1, 0, message.len() as u8][..], &message].concat()
}

/// Reads until the server closes; what came before.
async fn end(stream: &mut TcpStream) -> Vec<u8> {
    let mut came = Vec::new();
    let read = timeout(PATIENCE, stream.read_to_end(&mut came)).await;
    // A reset is an end too.
    drop(read.expect("the server closes the connection"));
    came
}

async fn begun(server: &ServerProcess, first: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(server.address).await.expect("a connection");
    stream.write_all(first).await.expect("bytes are taken");
    stream
}

#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn a_handshake_that_stalls_is_cut(#[values(Sqlite)] database: TestDatabase) {
    const CLIENTS: usize = 50;
    let server = &server(&database).await;
    let silent = |first: &'static [u8]| async move {
        let mut stream = begun(server, first).await;
        let cut = timeout(HANDSHAKE, end(&mut stream)).await;
        assert_eq!(cut.expect("an end in time"), b"");
    };
    let dripping = || async {
        let mut stream = begun(server, BEGUN).await;
        let drips = async {
            let mut answer = [0; 64];
            while stream.write_all(&[0]).await.is_ok() {
                let rest = timeout(Duration::from_millis(500), stream.read(&mut answer)).await;
                if matches!(rest, Ok(Ok(0) | Err(_))) {
                    return;
                }
            }
        };
        timeout(HANDSHAKE, drips).await.expect("an end in time");
    };
    tokio::join!(
        join_all((0..CLIENTS).map(|_| silent(b""))),
        join_all((0..CLIENTS).map(|_| silent(BEGUN))),
        join_all((0..CLIENTS).map(|_| dripping())),
        async {
            let mut other = connect(server.address, AUTHORITY.client_config()).await.expect("TLS");
            ask(&mut other).await;
        }
    );
    server.wait_for_connections(1, PATIENCE).await;
}

/// These need not wait for the limit of time.
#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_tls_ends_at_once_and_gives_its_place_back(#[values(Sqlite)] database: TestDatabase) {
    const ALERT: u8 = 0x15;
    let server = server(&database).await;
    for (first, is_alerted) in [
        (ALIVE, false),
        (&[0; 100], false),
        (&old_greeting(), true),
        (&[0x16, 3, 1, 0, 4, 0xff, 0, 0, 0], true),
    ] {
        let mut stalled = begun(&server, BEGUN).await;
        let mut stream = begun(&server, first).await;
        let came = tokio::select! {
            came = end(&mut stream) => came,
            _ = end(&mut stalled) => panic!("{first:?} waits as long as a stalled one"),
        };
        assert!(!is_alerted || came.first() == Some(&ALERT), "{first:?}: {came:?}");
        assert!(!came.starts_with(b"HTTP"), "nothing is said in plain text");
    }
    server.wait_for_connections(1, PATIENCE).await;
    assert!(server.log().contains("no TLS with a client"));
}

/// Connections that were opened before, and never come to TLS, do not shut anyone out.
#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn a_stalled_handshake_gives_its_place_to_a_new_connection(#[values(Sqlite)] database: TestDatabase) {
    // About 120 places.
    let limit = "ulimit -n 300";
    let flags = AUTHORITY.certify().flags(database.folder.path());
    let mut arguments = vec!["--workers", "1"];
    arguments.extend(flags.iter().map(String::as_str));
    let server = ServerProcess::start_in_shell(&database, limit, &arguments);
    server.ready().await;
    let mut stalled = join_all((0..140).map(|_| begun(&server, BEGUN))).await;
    // One that has a place, and that is not among those that have waited longest: it is cut by the limit of time.
    let other = &mut stalled[60];
    let served = async {
        for _ in 0..3 {
            let mut stream = connect(server.address, AUTHORITY.client_config()).await.expect("TLS");
            ask(&mut stream).await;
        }
    };
    tokio::select! {
        () = served => {}
        _ = end(other) => panic!("new connections wait for the stalled ones"),
    }
}

/// The signal does not cut off who is about to agree on TLS, and does not wait for who never does.
#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn a_stop_does_not_wait_for_stalled_handshakes(#[values(Sqlite)] database: TestDatabase) {
    let mut server = server(&database).await;
    let _stalled = begun(&server, BEGUN).await;
    let mut stream = connect(server.address, AUTHORITY.client_config()).await.expect("TLS");
    ask(&mut stream).await;
    let start = std::time::Instant::now();
    assert_eq!(server.terminate().code(), Some(0));
    assert!(start.elapsed() < Duration::from_secs(25), "{:?}", start.elapsed());
    let ended = timeout(PATIENCE, stream.read(&mut [0])).await.expect("an end");
    assert_eq!(ended.expect("a clean end"), 0);
}
