//! What a connection and the requests on it tell each other.

use std::{cell::Cell, rc::Rc, task::Waker, time::Duration};

use actix_web::{HttpRequest, dev::ServiceRequest};
use tokio::time::Instant;

use super::places::Places;

/// What the socket and the requests on it share about a connection.
pub(crate) struct Progress {
    requests_under_way: Cell<usize>,
    pub(super) last: Cell<Instant>,
    /// Whether a request was passed on that has no response yet.
    pub(super) is_awaited: Cell<bool>,
    /// Whether somebody reads the body of the request in progress.
    pub(super) is_body_wanted: Cell<bool>,
    /// Wakes who waits for that response, or for the body to be wanted.
    pub(super) waker: Cell<Option<Waker>>,
    /// Whether the response to the request in progress is the last one.
    pub(super) is_last: Cell<bool>,
    /// How long the connection may be idle between two requests.
    pub(super) keep_alive: Duration,
    places: Rc<Places>,
}

/// Marks a request as in progress for as long as it exists.
pub(crate) struct UnderWay(Rc<Progress>);

impl Progress {
    /// That of a new connection, which has one of these places.
    pub(super) fn new(keep_alive: Duration, places: Rc<Places>) -> Rc<Self> {
        Rc::new(Self {
            requests_under_way: Cell::new(0),
            last: Cell::new(Instant::now()),
            is_awaited: Cell::new(false),
            is_body_wanted: Cell::new(false),
            waker: Cell::new(None),
            is_last: Cell::new(false),
            keep_alive,
            places,
        })
    }

    /// Notes that the head of a request has arrived. It is the server's turn until the response is ready.
    pub(crate) fn begin(request: &ServiceRequest) -> Option<UnderWay> {
        request.conn_data().map(Self::begin_with)
    }

    /// The same for a request that the application has not seen yet.
    pub(crate) fn begin_with(progress: &Rc<Self>) -> UnderWay {
        let under_way = &progress.requests_under_way;
        under_way.set(under_way.get() + 1);
        progress.is_awaited.set(true);
        UnderWay(Rc::clone(progress))
    }

    /// How long the connection of the request may be idle between two requests.
    pub(crate) fn keep_alive(request: &ServiceRequest) -> Option<Duration> {
        request.conn_data().map(|progress: &Rc<Self>| progress.keep_alive)
    }

    /// Has the body of the request passed on as a whole. Until then, only the first bytes of it are read.
    pub(crate) fn want_body(request: &HttpRequest) {
        if let Some(progress) = request.conn_data::<Rc<Self>>() {
            progress.is_body_wanted.set(true);
            progress.wake();
        }
    }

    pub(super) fn note(&self) {
        self.last.set(Instant::now());
    }

    pub(super) fn is_server_turn(&self) -> bool {
        self.requests_under_way.get() > 0
    }

    fn wake(&self) {
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}

impl UnderWay {
    /// Whether the connection has to give its place to others after this request.
    pub(crate) fn must_give_way(&self) -> bool {
        self.0.places.are_taken()
    }

    /// Closes the connection after the response to this request, whatever of its body still comes.
    pub(crate) fn close_after_response(&self) {
        self.0.is_last.set(true);
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        let under_way = &self.0.requests_under_way;
        under_way.set(under_way.get().saturating_sub(1));
        self.0.note();
        if under_way.get() == 0 {
            self.0.is_awaited.set(false);
            self.0.wake();
        }
    }
}
