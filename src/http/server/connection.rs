//! A client's connection, which is closed if the client keeps it open without making progress.
//!
//! The server library limits the time for the head of a connection's first request only, and not the time of its own
//! writes. This module covers the rest: heads of later requests, bodies that nobody reads, and responses that the
//! client does not read.

use std::{
    cell::Cell,
    io,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, ready},
    time::Duration,
};

use actix_web::dev::ServiceRequest;
use socket2::SockRef;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::{Instant, Sleep, sleep_until},
};

/// How long a connection may stay open while no request is in progress and the client does not read its response.
pub(crate) const PATIENCE: Duration = Duration::from_secs(15);

/// The size of the system's send buffer for a client, in bytes. The system reports progress only after a third of it
/// was read.
const SEND_BUFFER: usize = 64 * 1024;

/// What the socket and the requests on it share about a connection.
pub(crate) struct Progress {
    requests_under_way: Cell<usize>,
    last: Cell<Instant>,
}

/// Marks a request as in progress for as long as it exists.
pub(crate) struct UnderWay(Rc<Progress>);

impl Progress {
    /// Notes that the head of a request has arrived. It is the server's turn until the response is ready.
    pub(crate) fn begin(request: &ServiceRequest) -> Option<UnderWay> {
        let progress: &Rc<Self> = request.conn_data()?;
        let under_way = &progress.requests_under_way;
        under_way.set(under_way.get() + 1);
        Some(UnderWay(Rc::clone(progress)))
    }

    fn note(&self) {
        self.last.set(Instant::now());
    }

    /// When the client's time is up; `None` while it is the server's turn.
    fn deadline(&self) -> Option<Instant> {
        (self.requests_under_way.get() == 0).then(|| self.last.get() + PATIENCE)
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        let under_way = &self.0.requests_under_way;
        under_way.set(under_way.get().saturating_sub(1));
        self.0.note();
    }
}

/// The socket with its time limits.
pub(crate) struct Connection {
    stream: TcpStream,
    progress: Rc<Progress>,
    /// Whether the client has not yet read what was written.
    is_blocked: bool,
    timer: Pin<Box<Sleep>>,
}

impl Connection {
    pub(crate) fn new(stream: TcpStream) -> Self {
        // Responses are written whole, so there is nothing to wait for.
        let _ = stream.set_nodelay(true);
        // A large buffer would hide a slow client for a long time.
        let _ = SockRef::from(&stream).set_send_buffer_size(SEND_BUFFER);
        let now = Instant::now();
        let progress = Progress {
            requests_under_way: Cell::new(0),
            last: Cell::new(now),
        };
        Self {
            stream,
            progress: Rc::new(progress),
            is_blocked: false,
            timer: Box::pin(sleep_until(now + PATIENCE)),
        }
    }

    pub(crate) fn progress(&self) -> Rc<Progress> {
        Rc::clone(&self.progress)
    }

    /// Returns an error once the client's time is up; until then it schedules a wake-up for that moment.
    fn poll_deadline(&mut self, context: &mut Context<'_>) -> Poll<io::Error> {
        let Some(deadline) = self.progress.deadline() else {
            return Poll::Pending;
        };
        if self.timer.deadline() != deadline {
            self.timer.as_mut().reset(deadline);
        }
        ready!(self.timer.as_mut().poll(context));
        Poll::Ready(io::ErrorKind::TimedOut.into())
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        // Checked even if there is something to read: an endless stream of bytes is not a request.
        if let Poll::Ready(error) = self.poll_deadline(context) {
            return Poll::Ready(Err(error));
        }
        // If a client does not read its responses, its further requests are not read.
        if self.is_blocked {
            return Poll::Pending;
        }
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if let Poll::Ready(written) = Pin::new(&mut self.stream).poll_write(context, bytes) {
            self.progress.note();
            if std::mem::take(&mut self.is_blocked) {
                context.waker().wake_by_ref();
            }
            // Schedules a wake-up, because nothing else may poll the connection again.
            let _ = self.poll_deadline(context);
            return Poll::Ready(written);
        }
        self.is_blocked = true;
        let error = ready!(self.poll_deadline(context));
        Poll::Ready(Err(error))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
