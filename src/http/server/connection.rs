//! A client's connection, which is closed if the client keeps it open without making progress, and which passes on one
//! request at a time.
//!
//! The server library limits the time for the head of a connection's first request only, and not the time of its own
//! writes. This module covers the rest: the pause between two requests, heads of later requests, bodies that nobody
//! reads, and responses that the client does not read.

use std::{
    io,
    mem::MaybeUninit,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, ready},
    time::Duration,
};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::{Instant, Sleep, sleep_until},
};

use super::{framing::Framing, places::Place, progress::Progress, stream::Stream};

/// How many bytes are read at once.
const CHUNK: usize = 8 * 1024;

/// How many bytes of further requests are read while one is in progress. Reading goes on, so that a client that closes
/// its connection is noticed.
const MAX_WAITING: usize = 64 * 1024;

/// How many bytes of a body are read before somebody wants it: who waits for room keeps the rest.
const UNASKED: usize = 16 * 1024;

/// How often it is looked whether a client has gone that has sent more than that: its end is behind what is not read.
const LOOK: Duration = Duration::from_millis(250);

/// How long a head that has begun may take, a body that nobody reads, and a response that the client does not read.
pub(crate) const PATIENCE: Duration = Duration::from_secs(15);

/// How long a connection keeps its place in any case when it is the client's turn: the next request, or the rest of it,
/// may be on its way.
pub(super) const GRACE: Duration = Duration::from_secs(1);

/// How long a client has to read the response to a request whose body did not arrive in time.
const LAST_PATIENCE: Duration = Duration::from_secs(2);

/// The stream of a client with its time limits.
pub(crate) struct Connection {
    stream: Stream,
    progress: Rc<Progress>,
    framing: Framing,
    /// Bytes that came and wait for more, or for their turn.
    waiting: Vec<u8>,
    /// Bytes of the request in progress that the parser has not taken yet.
    passed: Vec<u8>,
    /// How many bytes of its body were passed on.
    body_passed: usize,
    /// Whether the client has not yet read what was written.
    is_blocked: bool,
    /// Whether the client has sent nothing of a further request.
    is_idle: bool,
    /// Whether everything that the client gets was written, and only its end of the connection is open.
    is_ending: bool,
    place: Place,
    timer: Pin<Box<Sleep>>,
    /// When to look whether the client has gone, while not all is read that it sent.
    look: Option<Pin<Box<Sleep>>>,
}

impl Connection {
    pub(super) fn new(stream: Stream, place: Place, keep_alive: Duration) -> Self {
        let now = Instant::now();
        Self {
            stream,
            progress: Progress::new(keep_alive, place.all()),
            framing: Framing::new(),
            waiting: Vec::new(),
            passed: Vec::new(),
            body_passed: 0,
            is_blocked: false,
            is_idle: false,
            is_ending: false,
            place,
            timer: Box::pin(sleep_until(now + PATIENCE)),
            look: None,
        }
    }

    pub(crate) fn progress(&self) -> Rc<Progress> {
        Rc::clone(&self.progress)
    }

    /// How long the client may do nothing.
    fn patience(&self) -> Duration {
        if self.is_ending {
            LAST_PATIENCE
        } else if self.is_idle && self.place.is_used() {
            self.progress.keep_alive
        } else {
            PATIENCE
        }
    }

    /// Returns an error once the client's time is up; until then it schedules a wake-up for that moment. There is no
    /// limit while it is the server's turn.
    fn poll_deadline(&mut self, context: &mut Context<'_>) -> Poll<io::Error> {
        if self.progress.is_server_turn() {
            return Poll::Pending;
        }
        loop {
            let deadline = self.progress.last.get() + self.patience();
            let grace = self.grace();
            let wake = grace.map_or(deadline, |end| end.min(deadline));
            if self.timer.deadline() != wake {
                self.timer.as_mut().reset(wake);
            }
            ready!(self.timer.as_mut().poll(context));
            if wake == deadline {
                return Poll::Ready(io::ErrorKind::TimedOut.into());
            }
        }
    }

    /// Whether the client has to do something next: read a response, send a request, the rest of its head, or of a body
    /// that nobody reads.
    fn is_client_turn(&self) -> bool {
        // A further request may wait behind a response that the client does not read.
        let is_awaited = !self.is_blocked && (self.progress.is_awaited.get() || !self.passed.is_empty());
        !self.progress.is_server_turn() && !is_awaited
    }

    /// Until when the connection keeps its place in any case, if that is to come.
    fn grace(&self) -> Option<Instant> {
        let end = self.progress.last.get() + GRACE;
        (self.is_client_turn() && Instant::now() < end).then_some(end)
    }

    /// Whether the connection may stay open. If it is the client's turn, it gives its place away when that is needed.
    fn may_stay(&mut self, context: &Context<'_>) -> bool {
        !self.is_client_turn() || self.grace().is_some() || self.place.rest(context.waker())
    }

    /// Passes on what belongs to the request in progress, or begins with the next one after the response to it.
    fn advance(&mut self) {
        if !self.progress.is_awaited.get() {
            if self.framing.is_complete() {
                self.framing.begin();
            }
            self.framing.note_response();
        }
        if self.framing.advance(&mut self.waiting, &mut self.passed) {
            self.progress.is_awaited.set(true);
            self.progress.is_body_wanted.set(false);
            self.body_passed = 0;
        } else {
            self.body_passed = self.body_passed.saturating_add(self.passed.len());
        }
        // Empty lines are nothing, nor is the begin of one.
        let has_begun = !self.waiting.is_empty() && self.waiting != b"\r";
        let is_idle = self.framing.is_at_start() && !has_begun && self.passed.is_empty();
        if self.is_idle && !is_idle {
            // The time for the head begins with its first byte.
            self.progress.note();
            self.place.resume();
        }
        self.is_idle = is_idle;
    }

    /// Looks, after a response was written, for what has to be done next.
    fn go_on(&mut self, context: &mut Context<'_>) {
        if self.progress.is_server_turn() || self.is_ending {
            return;
        }
        let has_work = if self.progress.is_last.get() {
            self.is_ending = true;
            true
        } else {
            if self.passed.is_empty() {
                self.advance();
            }
            !self.may_stay(context) || !self.passed.is_empty()
        };
        if has_work || self.poll_deadline(context).is_ready() {
            // All of it happens when the connection is read.
            context.waker().wake_by_ref();
        }
    }

    /// Reads what the client sent; `false` if it sends nothing more.
    fn poll_chunk(&mut self, context: &mut Context<'_>) -> Poll<io::Result<bool>> {
        if self.waiting.is_empty() && self.passed.is_empty() {
            // A long head, or a crowd of requests, has gone.
            self.waiting.shrink_to(CHUNK);
            self.passed.shrink_to(CHUNK);
        }
        let mut chunk = [MaybeUninit::uninit(); CHUNK];
        let mut chunk = ReadBuf::uninit(&mut chunk);
        ready!(Pin::new(&mut self.stream).poll_read(context, &mut chunk))?;
        self.waiting.extend_from_slice(chunk.filled());
        Poll::Ready(Ok(!chunk.filled().is_empty()))
    }
}

impl Connection {
    /// Passes on what the client sent for the request in progress, or for the next one.
    fn poll_request(&mut self, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        loop {
            if self.passed.is_empty() {
                if self.must_wait_with_body() {
                    self.progress.waker.set(Some(context.waker().clone()));
                    return self.poll_gone(context).map(Ok);
                }
                self.advance();
            }
            if !self.passed.is_empty() {
                let length = self.passed.len().min(buffer.remaining());
                buffer.put_slice(&self.passed[..length]);
                self.passed.drain(..length);
                return Poll::Ready(Ok(()));
            }
            if self.framing.is_complete() && !self.waiting.is_empty() {
                self.progress.waker.set(Some(context.waker().clone()));
                if self.waiting.len() >= MAX_WAITING {
                    return self.poll_gone(context).map(Ok);
                }
            }
            match self.poll_chunk(context)? {
                Poll::Ready(true) => {}
                Poll::Ready(false) => return Poll::Ready(Ok(())),
                Poll::Pending if !self.may_stay(context) => {
                    return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
                }
                Poll::Pending => return Poll::Pending,
            }
        }
    }

    /// Whether no more of a body is read now, because nobody wants it yet.
    fn must_wait_with_body(&self) -> bool {
        self.progress.is_awaited.get()
            && self.framing.is_in_body()
            && self.body_passed >= UNASKED
            && !self.progress.is_body_wanted.get()
    }

    /// Waits until the client has closed its end, without reading what it sent before.
    fn poll_gone(&mut self, context: &mut Context<'_>) -> Poll<()> {
        while !has_closed(self.stream.socket()) {
            let next = Instant::now() + LOOK;
            let look = self.look.get_or_insert_with(|| Box::pin(sleep_until(next)));
            if look.is_elapsed() {
                look.as_mut().reset(next);
            }
            ready!(look.as_mut().poll(context));
        }
        Poll::Ready(())
    }

    /// Says that nothing more will be written, and waits until the client has closed its end, too. If the connection
    /// were closed at once, what still comes would make the system discard the response.
    fn poll_end(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.stream).poll_shutdown(context))?;
        while ready!(self.poll_chunk(context))? {
            self.waiting.clear();
        }
        Poll::Ready(Ok(()))
    }
}

/// Whether the client has closed its end, whatever of what it sent is still to be read.
fn has_closed(stream: &TcpStream) -> bool {
    let mut end = [PollFd::new(stream, PollFlags::RDHUP)];
    let now = Timespec::default();
    poll(&mut end, Some(&now)).is_ok_and(|found| found > 0)
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
        let read = if self.is_ending {
            self.poll_end(context)
        } else {
            self.poll_request(context, buffer)
        };
        if read.is_ready() {
            return read;
        }
        // What was read may have changed the time that the client has.
        self.poll_deadline(context).map(Err)
    }
}

impl Connection {
    /// Notes whether the client takes what is written for it.
    fn note_sent(&mut self, is_taken: bool, context: &Context<'_>) {
        if self.stream.has_moved() {
            self.progress.note();
        }
        let was_blocked = std::mem::replace(&mut self.is_blocked, !is_taken || self.stream.has_unsent());
        if was_blocked && !self.is_blocked {
            // Now its further requests are read.
            context.waker().wake_by_ref();
        }
    }

    /// Waits for a client that does not take what is written for it. Meanwhile others may need its place.
    fn poll_blocked<T>(&mut self, context: &mut Context<'_>) -> Poll<io::Result<T>> {
        if !self.may_stay(context) {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        self.poll_deadline(context).map(Err)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.is_idle = false;
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.note_sent(written.is_ready(), context);
        if written.is_pending() {
            return self.poll_blocked(context);
        }
        self.place.resume();
        // Schedules a wake-up, because nothing else may poll the connection again.
        let _ = self.poll_deadline(context);
        written
    }

    /// The server calls this when it has written all it has.
    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(context);
        self.note_sent(flushed.is_ready(), context);
        if flushed.is_pending() {
            return self.poll_blocked(context);
        }
        self.go_on(context);
        flushed
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match Pin::new(&mut self.stream).poll_shutdown(context) {
            Poll::Pending => self.poll_blocked(context),
            ended => ended,
        }
    }
}
