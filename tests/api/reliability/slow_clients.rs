//! Clients that are slow on purpose: each costs one connection, is cut in time, and nobody else notices.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
    time::{sleep, timeout},
};

use crate::support::{
    Claims,
    Database::Sqlite,
    ServerProcess, TestDatabase, TestList,
    Transport::{self, Plain, Tls},
    Wire, apply, database_test, pass_over, person,
};

/// The time that the service leaves a client, and some for a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(15 + 10);

/// The same for the first head of a connection.
const FIRST_HEAD: Duration = Duration::from_secs(5 + 8);

/// The time that a body may take, after which its connection still has time to read the answer.
const BODY: Duration = Duration::from_secs(5);

/// Slow clients of each kind at once. With TLS they are fewer: they have to agree on it in time, and a test build takes
/// long to compute that.
fn crowd(transport: Transport) -> usize {
    match transport {
        Plain => 50,
        Tls => 12,
    }
}

/// A server that keeps idle connections as long as it waits for clients in other respects.
async fn server(transport: Transport, database: &TestDatabase) -> ServerProcess {
    let server = ServerProcess::start_over(transport, database, &["--keep-alive", "15s"]);
    server.ready().await;
    server
}

async fn connect(server: &ServerProcess, first: &[u8]) -> Wire {
    let mut stream = server.connect().await;
    stream.write_all(first).await.expect("bytes are taken");
    stream
}

/// Reads until the server closes; what came before.
async fn is_cut(mut stream: Wire) -> String {
    let mut bytes = Vec::new();
    let end = timeout(PATIENCE, stream.read_to_end(&mut bytes)).await;
    // A reset is an end too.
    drop(end.expect("the server closes the connection"));
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Sends a byte now and then, for as long as they are taken.
async fn is_cut_though_it_drips(mut stream: Wire, byte: &[u8], within: Duration) {
    let drips = async {
        let mut answer = [0; 1_024];
        loop {
            if stream.write_all(byte).await.is_err() {
                return;
            }
            let rest = timeout(Duration::from_millis(500), stream.read(&mut answer)).await;
            if matches!(rest, Ok(Ok(0) | Err(_))) {
                return;
            }
        }
    };
    timeout(within, drips).await.expect("the server closes the connection");
}

/// Others are served while all this goes on.
async fn others_are_served(server: &ServerProcess) {
    let list = TestList::create(server.as_manager(), "NOTHING").await;
    let ids = list.add(&[person("+14155550101")]).await;
    list.delete_ids(&[&ids[0]]).await.assert_deleted(1, 0, 1);
}

const WHOLE: &[u8] = b"GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n";
const PART: &[u8] = b"GET /health/live HTTP/1.1\r\nHost: ";

#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn slow_heads_are_cut(#[values(Sqlite)] database: TestDatabase, #[values(Plain, Tls)] transport: Transport) {
    let server = &server(transport, &database).await;
    let crowd = crowd(transport);
    let silent = (0..crowd).map(|_| async move {
        let cut = timeout(FIRST_HEAD, is_cut(connect(server, PART).await));
        let answer = cut.await.expect("an answer in time");
        assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    });
    let dripping = (0..crowd).map(|_| async move {
        is_cut_though_it_drips(connect(server, PART).await, b"a", FIRST_HEAD).await;
    });
    // The second head of a connection, whose beginning comes with the first, or later, or drop by drop.
    let together = [WHOLE, PART].concat();
    let second = (0..crowd).map(|_| async { is_cut(connect(server, &together).await).await });
    let later = (0..crowd).map(|_| async {
        let mut stream = connect(server, WHOLE).await;
        let mut answer = [0; 1_024];
        let length = stream.read(&mut answer).await.expect("an answer");
        assert!(answer[..length].starts_with(b"HTTP/1.1 200"));
        stream.write_all(PART).await.expect("bytes are taken");
        is_cut_though_it_drips(stream, b"a", PATIENCE).await;
    });
    tokio::join!(
        join_all(silent),
        join_all(dripping),
        join_all(second),
        join_all(later),
        others_are_served(server)
    );
}

#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn slow_bodies_are_cut(#[values(Sqlite)] database: TestDatabase, #[values(Plain, Tls)] transport: Transport) {
    let server = &server(transport, &database).await;
    let crowd = crowd(transport);
    let token = Claims::of("acme").token();
    let head = |token: &str| {
        format!(
            "DELETE /record-lists/{}/records/bulks HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {token}\r\n\
             Content-Type: application/json\r\n",
            uuid::Uuid::nil()
        )
    };
    let wanted = format!("{}Content-Length: 1000\r\n\r\n[", head(&token));
    // Nobody reads this one: its token is not good.
    let unwanted = format!("{}Transfer-Encoding: chunked\r\n\r\n", head("x"));
    let silent = (0..crowd).map(|_| async {
        let mut stream = connect(server, wanted.as_bytes()).await;
        let mut answer = vec![0; 1_024];
        let length = timeout(PATIENCE, stream.read(&mut answer)).await;
        let length = length.expect("an answer in time").expect("an answer");
        assert!(answer[..length].starts_with(b"HTTP/1.1 408 "));
        is_cut(stream).await;
    });
    let dripping = (0..crowd).map(|_| async {
        let stream = connect(server, wanted.as_bytes()).await;
        is_cut_though_it_drips(stream, b" ", BODY + PATIENCE).await;
    });
    let unread = (0..crowd).map(|_| async {
        let chunk = b"1\r\n \r\n";
        let stream = connect(server, unwanted.as_bytes()).await;
        is_cut_though_it_drips(stream, chunk, PATIENCE).await;
    });
    tokio::join!(
        join_all(silent),
        join_all(dripping),
        join_all(unread),
        others_are_served(server)
    );
}

#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn clients_that_never_read_are_cut(
    #[values(Sqlite)] database: TestDatabase,
    #[values(Plain, Tls)] transport: Transport,
) {
    let server = server(transport, &database).await;
    let crowd = crowd(transport);
    let before = server.connections();
    let memory_before = server.peak_memory();
    // More than the buffers of both sides hold.
    let request = b"GET /docs/swagger-ui-bundle.js HTTP/1.1\r\nHost: a\r\n\r\n".repeat(20);
    let clients = join_all((0..crowd).map(|_| async {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.set_recv_buffer_size(4_096).expect("a small buffer");
        let stream = socket.connect(server.address).await.expect("a connection");
        let mut stream = transport.over(stream).await;
        stream.write_all(&request).await.expect("bytes are taken");
        stream
    }))
    .await;
    others_are_served(&server).await;
    server.wait_for_connections(before + crowd / 10, PATIENCE).await;
    drop(clients);
    // Each may keep a slice of a file and not the file, which has 1.5 MB.
    let grown = server.peak_memory() - memory_before;
    assert!(grown < 512 * crowd as u64, "{grown} KiB");
}

/// Wherever the rest of an answer waits: in the server, in TLS, or in the system.
#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn clients_that_stop_reading_anywhere_are_cut(
    #[values(Sqlite)] database: TestDatabase,
    #[values(Plain, Tls)] transport: Transport,
) {
    let server = server(transport, &database).await;
    // At less than a record of TLS from each other.
    let clients = join_all((0..20).map(|step| {
        let server = &server;
        async move {
            let socket = TcpSocket::new_v4().expect("a socket");
            socket.set_recv_buffer_size(4_096).expect("a small buffer");
            let stream = socket.connect(server.address).await.expect("a connection");
            let mut stream = transport.over(stream).await;
            // After the answer, the server only waits until it is read.
            let request = b"GET /docs/swagger-ui-bundle.js HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
            stream.write_all(request).await.expect("bytes are taken");
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                head.push(stream.read_u8().await.expect("a head"));
            }
            let head = String::from_utf8_lossy(&head);
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            let length: usize = length.and_then(|length| length.parse().ok()).expect("a length");
            let mut part = vec![0; length - step * 12 * 1024];
            stream.read_exact(&mut part).await.expect("a part of the answer");
            stream
        }
    }))
    .await;
    others_are_served(&server).await;
    // Also the one that asked whether the server is ready.
    server.wait_for_connections(0, PATIENCE).await;
    drop(clients);
}

/// Requests without end behind answers that nobody takes are not read, and not looked at again and again.
#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn requests_behind_untaken_answers_cost_no_time(
    #[values(Sqlite)] database: TestDatabase,
    #[values(Plain, Tls)] transport: Transport,
) {
    let server = server(transport, &database).await;
    let requests = b"GET /docs/swagger-ui-bundle.js HTTP/1.1\r\nHost: a\r\n\r\n".repeat(400_000);
    let mut stream = connect(&server, WHOLE).await;
    // As many as are taken: the rest waits in the client.
    let sent = timeout(Duration::from_secs(2), stream.write_all(&requests)).await;
    assert!(sent.is_err(), "24 MB of requests were taken");
    let computed = server.processor_time();
    // Also the one that asked whether the server is ready.
    server.wait_for_connections(0, PATIENCE).await;
    let computed = server.processor_time() - computed;
    assert!(computed < Duration::from_secs(4), "{computed:?}");
}

#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn a_slow_reader_that_goes_on_reading_gets_all(
    #[values(Sqlite)] database: TestDatabase,
    #[values(Plain, Tls)] transport: Transport,
) {
    let server = server(transport, &database).await;
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.set_recv_buffer_size(4_096).expect("a small buffer");
    let stream = socket.connect(server.address).await.expect("a connection");
    let mut stream = transport.over(stream).await;
    let request = b"GET /docs/swagger-ui-bundle.js HTTP/1.1\r\nHost: a\r\n\r\n";
    stream.write_all(request).await.expect("bytes are taken");
    // Longer than a head may take, and then some ten seconds more.
    sleep(Duration::from_secs(6)).await;
    let mut answer = Vec::new();
    let mut chunk = vec![0; 64 * 1024];
    let is_whole = |answer: &[u8]| {
        let text = String::from_utf8_lossy(&answer[..answer.len().min(1_000)]);
        let head = text.find("\r\n\r\n");
        let length = text.lines().find_map(|line| line.strip_prefix("content-length: "));
        let length = length.and_then(|length| length.parse::<usize>().ok());
        head.zip(length)
            .is_some_and(|(head, length)| answer.len() == head + 4 + length)
    };
    while !is_whole(&answer) {
        let read = timeout(PATIENCE, stream.read_exact(&mut chunk[..1])).await;
        read.expect("an answer in time").expect("the whole answer");
        answer.push(chunk[0]);
        let length = stream.read(&mut chunk).await.expect("the whole answer");
        answer.extend_from_slice(&chunk[..length]);
        sleep(Duration::from_millis(if answer.len() < 500_000 { 20 } else { 2 })).await;
    }
}

#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn five_thousand_idle_connections_are_cut(
    #[values(Sqlite)] database: TestDatabase,
    #[values(Plain, Tls)] transport: Transport,
) {
    const IDLE: usize = 5_000;
    // Connections that the client of the others keeps alive.
    const FEW: usize = 10;
    // Files of the database that are opened meanwhile.
    const SOME: usize = 50;
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        ..limit
    };
    let room = limit.maximum.is_none_or(|files| files > 2 * IDLE as u64);
    if setrlimit(Resource::Nofile, raised).is_err() || !room {
        return pass_over("room for 10,000 open files (ulimit -n)");
    }
    let server = server(transport, &database).await;
    let before = server.connections();
    let files_before = server.open_files();
    let memory_before = server.peak_memory();
    let mut idle = Vec::new();
    // The first of them are cut after five seconds: a busy machine may need more than one try to have them all at once.
    for _ in 0..3 {
        idle.clear();
        server.wait_for_connections(before + FEW, PATIENCE).await;
        let start = Instant::now();
        for _ in 0..IDLE {
            // With TLS, they do not even begin with it.
            let stream = TcpStream::connect(server.address).await;
            idle.push(stream.expect("a connection"));
        }
        if start.elapsed() < Duration::from_secs(4) {
            break;
        }
    }
    let open = server.connections();
    assert!(open > IDLE / 2, "{open} were open at once");
    let files = server.open_files();
    assert!(files <= files_before + IDLE + SOME, "{files} files are open");
    others_are_served(&server).await;
    let grown = server.peak_memory() - memory_before;
    assert!(grown < 32 * IDLE as u64, "{grown} KiB");
    server.wait_for_connections(before + FEW, PATIENCE).await;
    others_are_served(&server).await;
}
