//! Requests byte by byte, for what no client library sends.

use std::{net::SocketAddr, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

/// How long an answer may take before the test fails.
const PATIENCE: Duration = Duration::from_secs(60);

/// What came back on the connection until it was closed.
#[derive(Debug)]
pub struct RawAnswer(pub String);

impl RawAnswer {
    /// The status of the first answer.
    #[track_caller]
    pub fn status(&self) -> u16 {
        let status = self
            .0
            .get(9..12)
            .unwrap_or_else(|| panic!("no answer: {:?}", self.0));
        status.parse().expect("a status")
    }
}

/// Sends the bytes as they stand and reads until the server closes; the request should ask for that.
pub async fn exchange(address: SocketAddr, request: &[u8]) -> RawAnswer {
    let mut connection = TcpStream::connect(address).await.expect("a connection");
    connection
        .write_all(request)
        .await
        .expect("bytes are taken");
    let mut answer = Vec::new();
    timeout(PATIENCE, connection.read_to_end(&mut answer))
        .await
        .expect("the server closes the connection")
        .expect("no reset");
    RawAnswer(String::from_utf8_lossy(&answer).into_owned())
}
