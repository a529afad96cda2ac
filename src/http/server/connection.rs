//! A client's connection, closed when the client holds it without getting on.
//!
//! The server has a time limit for the head of a connection's first request only, and none for its own writing. Here
//! is the rest: heads that come after the first request, bodies that nobody reads, answers that the client does not
//! take.

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

/// How long a connection may have neither a request under way nor a client that takes its answer.
pub(crate) const PATIENCE: Duration = Duration::from_secs(15);

/// Bytes that the system may hold for a client; it says that some were taken when a third of them was.
const SEND_BUFFER: usize = 64 * 1024;

/// What the server's two sides know of a connection: the socket and the requests that come over it.
pub(crate) struct Progress {
    requests_under_way: Cell<usize>,
    last: Cell<Instant>,
}

/// A request under way, for as long as this lives.
pub(crate) struct UnderWay(Rc<Progress>);

impl Progress {
    /// Notes that the head of a request has come; it is the server's turn until the answer is there.
    pub(crate) fn begin(request: &ServiceRequest) -> Option<UnderWay> {
        let progress: &Rc<Self> = request.conn_data()?;
        let under_way = &progress.requests_under_way;
        under_way.set(under_way.get() + 1);
        Some(UnderWay(Rc::clone(progress)))
    }

    fn note(&self) {
        self.last.set(Instant::now());
    }

    /// When the client has had its time; `None` while it is the server's turn.
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
    /// Whether the client has not taken yet what is written.
    is_blocked: bool,
    timer: Pin<Box<Sleep>>,
}

impl Connection {
    pub(crate) fn new(stream: TcpStream) -> Self {
        // Answers are written whole: there is nothing to wait for.
        let _ = stream.set_nodelay(true);
        // A large buffer would hide for long how slowly a client takes what is in it.
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

    /// An error once the client has had its time, else a wake-up for then.
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
        // Looked at also when there is something to read: bytes without end are no request.
        if let Poll::Ready(error) = self.poll_deadline(context) {
            return Poll::Ready(Err(error));
        }
        // Who takes no answers gets no further requests read.
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
            // For a wake-up: it may be the last time that somebody looks.
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
