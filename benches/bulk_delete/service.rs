//! The service: the real program as a process, asked over HTTP with real tokens.
//!
//! The load shares the processors with what it measures, so it does as little as it can: requests are written
//! beforehand, and of an answer only what is needed is read.

use std::{
    net::{SocketAddr, TcpListener},
    process::{Child, Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use jsonwebtoken::{EncodingKey, Header};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::{
    database::{ACCOUNT, Database, list_id},
    measure::{Measured, Turns, Watch},
    scenario::{Kind, Scenario},
    work::Request,
};

const SECRET: &str = "the secret of the benchmark's server";

/// A running server, killed when dropped.
pub(crate) struct Server {
    child: Child,
    address: SocketAddr,
    token: String,
}

impl Server {
    /// Starts the program with its default settings and waits until it can serve.
    pub(crate) async fn start(database: &Database) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        drop(listener);
        let child = Command::new(env!("CARGO_BIN_EXE_record-lists"))
            .args([
                "--bind",
                &address.to_string(),
                "--database-url",
                &database.url(),
            ])
            .env("RECORD_LISTS_JWT_SECRET", SECRET)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program starts");
        let claims = json!({
            "account_id": ACCOUNT,
            "scope": "record-lists:manage",
            "exp": chrono::Utc::now().timestamp() + 3_600,
        });
        let key = EncodingKey::from_secret(SECRET.as_bytes());
        let token = jsonwebtoken::encode(&Header::default(), &claims, &key).expect("a token");
        let server = Self {
            child,
            address,
            token,
        };
        let ready = b"GET /health/ready HTTP/1.1\r\nHost: bench\r\n\r\n";
        for _ in 0..400 {
            if let Ok(mut connection) = Connection::open(address).await
                && connection
                    .ask(ready)
                    .await
                    .is_ok_and(|answer| answer.starts_with(b"HTTP/1.1 200"))
            {
                return server;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("the server does not become ready");
    }

    /// Sends the requests from as many connections as the scenario has clients.
    pub(crate) async fn delete(&self, scenario: &Scenario, requests: &[Request]) -> Measured {
        let written: Vec<Vec<u8>> = requests
            .iter()
            .map(|request| self.write(request, scenario.kind))
            .collect();
        let written = Arc::new(written);
        let turns = Arc::new(Turns::default());
        let expected = match scenario.kind {
            Kind::Miss => "\"total_deleted\":0,".to_owned(),
            _ => format!("\"total_deleted\":{},", scenario.identifiers),
        };
        let watch = Watch::start();
        let clients: Vec<_> = (0..scenario.clients)
            .map(|_| {
                let (written, turns) = (Arc::clone(&written), Arc::clone(&turns));
                let (address, expected) = (self.address, expected.clone());
                tokio::spawn(async move {
                    let mut connection = Connection::open(address).await.expect("a connection");
                    let mut latencies = Vec::new();
                    while let Some(request) = written.get(turns.next()) {
                        let asked = Instant::now();
                        let answer = connection.ask(request).await.expect("an answer");
                        latencies.push(asked.elapsed());
                        let text = String::from_utf8_lossy(answer);
                        assert!(text.contains(&expected), "{text}");
                    }
                    latencies
                })
            })
            .collect();
        let mut latencies = Vec::new();
        for client in clients {
            latencies.extend(client.await.expect("a client that ends well"));
        }
        watch.stop(latencies, requests.len() * scenario.identifiers)
    }

    /// A request as it goes over the wire.
    fn write(&self, request: &Request, kind: Kind) -> Vec<u8> {
        let body = request.body(kind).to_string();
        format!(
            "DELETE /record-lists/{}/records/bulks HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            list_id(request.list),
            self.token,
            body.len()
        )
        .into_bytes()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A connection that is kept alive.
struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    async fn open(address: SocketAddr) -> std::io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            buffer: Vec::with_capacity(64 * 1024),
        })
    }

    /// Sends a request and reads its answer, which has a length.
    async fn ask(&mut self, request: &[u8]) -> std::io::Result<&[u8]> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        loop {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
            if is_whole(&self.buffer) {
                return Ok(&self.buffer);
            }
        }
    }
}

fn is_whole(answer: &[u8]) -> bool {
    let Some(head) = answer.windows(4).position(|window| window == b"\r\n\r\n") else {
        return false;
    };
    let text = String::from_utf8_lossy(&answer[..head]).to_ascii_lowercase();
    let length = text
        .lines()
        .find_map(|line| line.strip_prefix("content-length:"));
    let length: usize = length
        .and_then(|length| length.trim().parse().ok())
        .unwrap_or(0);
    answer.len() >= head + 4 + length
}
