//! The bytes of a connection: those of its socket, or what TLS makes of them.

mod handshake;
mod socket;

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};
use tokio_rustls::server::TlsStream;

use self::socket::Socket;
use super::places::Place;
use crate::tls::Tls;

/// How many bytes TLS takes at once, before the socket has taken them: one full record. More would hide a slow client.
const MOST_UNSENT: usize = 16 * 1024;

/// A client's bytes in both directions.
pub(super) enum Stream {
    Plain(Socket),
    Tls(Box<TlsStream<Socket>>),
}

impl Stream {
    /// The stream over a new connection, once TLS is agreed on if there is a certificate. Fails if the client is too
    /// slow with that, or if its place is needed.
    pub(super) async fn open(stream: TcpStream, tls: Option<&Tls>, place: &mut Place) -> io::Result<Self> {
        let socket = Socket::new(stream);
        match tls {
            None => Ok(Self::Plain(socket)),
            Some(tls) => {
                let stream = handshake::accept(socket, tls.config(), place).await?;
                Ok(Self::Tls(Box::new(stream)))
            }
        }
    }

    /// The socket itself.
    pub(super) fn socket(&self) -> &TcpStream {
        match self {
            Self::Plain(socket) => socket.stream(),
            Self::Tls(stream) => stream.get_ref().0.stream(),
        }
    }

    /// Whether the socket has taken bytes since the last call. What TLS has taken need not have got there.
    pub(super) fn has_moved(&mut self) -> bool {
        match self {
            Self::Plain(socket) => socket.has_moved(),
            Self::Tls(stream) => stream.get_mut().0.has_moved(),
        }
    }

    /// Whether something was written that the socket has not taken yet.
    pub(super) fn has_unsent(&self) -> bool {
        match self {
            Self::Plain(_) => false,
            Self::Tls(stream) => stream.get_ref().1.wants_write(),
        }
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match &mut *self {
            Self::Plain(socket) => Pin::new(socket).poll_read(context, buffer),
            Self::Tls(stream) => match Pin::new(stream).poll_read(context, buffer) {
                // Many clients close without a word in TLS. A request says where it ends, so nothing can be cut short
                // unnoticed.
                Poll::Ready(Err(error)) if error.kind() == io::ErrorKind::UnexpectedEof => Poll::Ready(Ok(())),
                read => read,
            },
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match &mut *self {
            Self::Plain(socket) => Pin::new(socket).poll_write(context, bytes),
            Self::Tls(stream) => Pin::new(stream).poll_write(context, bytes),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut *self {
            Self::Plain(socket) => Pin::new(socket).poll_flush(context),
            Self::Tls(stream) => Pin::new(stream).poll_flush(context),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut *self {
            Self::Plain(socket) => Pin::new(socket).poll_shutdown(context),
            Self::Tls(stream) => Pin::new(stream).poll_shutdown(context),
        }
    }
}

impl Drop for Stream {
    /// Tells the client that nothing more comes, if that can be done without waiting: a client may take an end without
    /// it for an attack.
    fn drop(&mut self) {
        if let Self::Tls(stream) = self {
            let (socket, session) = stream.get_mut();
            session.send_close_notify();
            // Nobody waits for the rest.
            let _ = session.write_tls(socket);
        }
    }
}
