//! The load. It shares the processors with what it measures, so it does as little as possible: requests are written
//! beforehand, and only the necessary parts of a response are parsed.

use std::{
    borrow::Cow,
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
};

use crate::measure::Turns;

/// A request as it goes over the wire.
pub(crate) struct Exchange {
    pub(crate) request: Vec<u8>,
    /// The text that the response must contain.
    pub(crate) expected: String,
}

/// What to send.
pub(crate) struct Load {
    pub(crate) exchanges: Vec<Exchange>,
    /// How many requests to send. If there are fewer, they are repeated.
    pub(crate) count: usize,
}

impl Load {
    /// Sends the requests over this number of connections, one after the other on each, and returns all latencies.
    ///
    /// If the future is dropped, the clients end.
    pub(crate) async fn send(self, address: SocketAddr, clients: usize) -> Vec<Duration> {
        let load = Arc::new(self);
        let turns = Arc::new(Turns::default());
        let mut clients: JoinSet<Vec<Duration>> = (0..clients)
            .map(|_| client(address, Arc::clone(&load), Arc::clone(&turns)))
            .collect();
        let mut latencies = Vec::new();
        while let Some(client) = clients.join_next().await {
            latencies.extend(client.expect("a client that ends well"));
        }
        latencies
    }
}

async fn client(address: SocketAddr, load: Arc<Load>, turns: Arc<Turns>) -> Vec<Duration> {
    let mut connection = Connection::open(address).await.expect("a connection");
    let mut latencies = Vec::new();
    loop {
        let turn = turns.next();
        if turn >= load.count {
            return latencies;
        }
        let exchange = &load.exchanges[turn % load.exchanges.len()];
        latencies.push(connection.time(exchange).await);
    }
}

/// A connection that is reopened when the server closes it.
pub(crate) struct Connection {
    address: SocketAddr,
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    pub(crate) async fn open(address: SocketAddr) -> std::io::Result<Self> {
        Ok(Self {
            address,
            stream: connect(address).await?,
            buffer: Vec::with_capacity(64 * 1024),
        })
    }

    /// Opens a connection as soon as the address accepts one.
    pub(crate) async fn wait_for(address: SocketAddr) -> Self {
        for _ in 0..400 {
            if let Ok(connection) = Self::open(address).await {
                return connection;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("nobody listens");
    }

    /// Sends a request and reads the response, which must have a `Content-Length` if it has a body.
    pub(crate) async fn ask(&mut self, request: &[u8]) -> std::io::Result<Answer<'_>> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        let head = loop {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
            if let Some(head) = Head::read(&self.buffer)
                && self.buffer.len() >= head.size + head.body
            {
                break head;
            }
        };
        if head.closes {
            self.stream = connect(self.address).await?;
        }
        Ok(Answer {
            text: String::from_utf8_lossy(&self.buffer),
            body: head.size,
        })
    }

    /// Sends a request, checks the response and returns how long it took.
    pub(crate) async fn time(&mut self, exchange: &Exchange) -> Duration {
        let asked = Instant::now();
        let answer = self.ask(&exchange.request).await.expect("an answer");
        let latency = asked.elapsed();
        assert!(answer.text.contains(&exchange.expected), "{}", answer.text);
        latency
    }
}

async fn connect(address: SocketAddr) -> std::io::Result<TcpStream> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// A complete response.
pub(crate) struct Answer<'a> {
    text: Cow<'a, str>,
    /// The position at which the body begins.
    body: usize,
}

impl Answer<'_> {
    pub(crate) fn has_status(&self, status: u16) -> bool {
        self.text.starts_with(&format!("HTTP/1.1 {status} "))
    }

    pub(crate) fn body(&self) -> &str {
        self.text.get(self.body..).unwrap_or_default()
    }
}

/// What the head of a response says about where the response ends.
struct Head {
    size: usize,
    body: usize,
    closes: bool,
}

impl Head {
    /// Reads the head; `None` if it is not complete yet.
    fn read(answer: &[u8]) -> Option<Self> {
        let end = answer.windows(4).position(|window| window == b"\r\n\r\n")?;
        let value = |name: &[u8]| {
            answer[..end].split(|byte| *byte == b'\n').find_map(|line| {
                let (start, value) = line.split_at_checked(name.len())?;
                let value = start.eq_ignore_ascii_case(name).then_some(value)?;
                Some(str::from_utf8(value).ok()?.trim())
            })
        };
        Some(Self {
            size: end + 4,
            body: value(b"content-length:").map_or(0, |length| length.parse().unwrap_or(0)),
            closes: value(b"connection:") == Some("close"),
        })
    }
}
