//! `--tls-cert` and `--tls-key`: the server speaks TLS itself (docs/operating.md, "TLS"). That the limits of
//! connections hold over TLS, too, is in the tests of these limits.

mod files;
mod handshakes;
mod health;
mod reload;
mod serving;

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use rustls::ClientConfig;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::{TlsConnector, client::TlsStream};

/// For everything that ends by itself.
const PATIENCE: Duration = Duration::from_secs(60);

const ALIVE: &[u8] = b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n";

/// A connection with TLS as the client's configuration has it.
async fn connect(address: SocketAddr, config: ClientConfig) -> io::Result<TlsStream<TcpStream>> {
    let stream = TcpStream::connect(address).await?;
    let name = "localhost".try_into().expect("a name");
    TlsConnector::from(Arc::new(config)).connect(name, stream).await
}

/// Sends a request; fails the test unless the answer is 200.
async fn ask(stream: &mut TlsStream<TcpStream>) {
    stream.write_all(ALIVE).await.expect("bytes are taken");
    let mut answer = [0; 1_024];
    let length = timeout(PATIENCE, stream.read(&mut answer)).await;
    let length = length.expect("an answer in time").expect("an answer");
    assert!(answer[..length].starts_with(b"HTTP/1.1 200"));
}
