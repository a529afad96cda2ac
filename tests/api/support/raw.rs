//! Requests byte by byte, for what no client library sends.

use std::{net::SocketAddr, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use super::Wire;

/// How long an answer may take before the test fails.
const PATIENCE: Duration = Duration::from_secs(60);

/// What came back on the connection until it was closed.
#[derive(Debug)]
pub struct RawAnswer(pub String);

impl RawAnswer {
    /// The status of the first answer.
    #[track_caller]
    pub fn status(&self) -> u16 {
        let status = self.0.get(9..12).unwrap_or_else(|| panic!("no answer: {:?}", self.0));
        status.parse().expect("a status")
    }
}

/// Sends the bytes as they stand and reads until the server closes; the request should ask for that.
pub async fn exchange(address: SocketAddr, request: impl AsRef<[u8]>) -> RawAnswer {
    let connection = TcpStream::connect(address).await.expect("a connection");
    exchange_on(Box::new(connection), request).await
}

/// The same on this connection.
pub async fn exchange_on(mut connection: Wire, request: impl AsRef<[u8]>) -> RawAnswer {
    connection.write_all(request.as_ref()).await.expect("bytes are taken");
    connection.flush().await.expect("bytes are taken");
    let mut answer = Vec::new();
    timeout(PATIENCE, connection.read_to_end(&mut answer))
        .await
        .expect("the server closes the connection")
        .expect("no reset");
    RawAnswer(String::from_utf8_lossy(&answer).into_owned())
}

/// How long the server may let a client go on that never ends.
const CUT: Duration = Duration::from_secs(60);

/// Sends a head, and then a piece again and again until the server takes no more; what came back before that. `pause`
/// lies between two pieces.
pub async fn flood(address: SocketAddr, head: &[u8], piece: &[u8], pause: Duration) -> RawAnswer {
    let connection = TcpStream::connect(address).await.expect("a connection");
    let (mut reader, mut writer) = connection.into_split();
    let send = async {
        let mut sent = writer.write_all(head).await;
        while sent.is_ok() {
            tokio::time::sleep(pause).await;
            sent = writer.write_all(piece).await;
        }
    };
    let read = async {
        let mut answer = Vec::new();
        let mut buffer = [0; 4_096];
        // The server may reset the connection when it has waited long enough for the end.
        while let Ok(length @ 1..) = reader.read(&mut buffer).await {
            answer.extend_from_slice(&buffer[..length]);
        }
        answer
    };
    let piece_start = String::from_utf8_lossy(&piece[..piece.len().min(20)]);
    let ((), answer) = timeout(CUT, async { tokio::join!(send, read) })
        .await
        .unwrap_or_else(|_| {
            let head = String::from_utf8_lossy(head);
            panic!("the server takes {piece_start:?} without end behind {head}")
        });
    RawAnswer(String::from_utf8_lossy(&answer).into_owned())
}
