//! The beginning of TLS. Until it is agreed on, it is the client's turn: there is a limit of time, and the connection
//! gives its place away as one that waits for a request.

use std::{
    future::{Future, poll_fn},
    io,
    pin::pin,
    sync::Arc,
    task::Poll,
};

use rustls::ServerConfig;
use tokio::time::{Instant, sleep_until};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

use super::{MOST_UNSENT, Socket};
use crate::http::server::{HEAD_TIMEOUT, connection::GRACE, places::Place};

/// Agrees with the client on TLS.
pub(super) async fn accept(
    socket: Socket,
    config: Arc<ServerConfig>,
    place: &mut Place,
) -> io::Result<TlsStream<Socket>> {
    let start = Instant::now();
    let acceptor = TlsAcceptor::from(config);
    let mut accepted = pin!(acceptor.accept_with(socket, |session| session.set_buffer_limit(Some(MOST_UNSENT))));
    let mut limit = pin!(sleep_until(start + HEAD_TIMEOUT));
    let mut grace = pin!(sleep_until(start + GRACE));
    let mut is_due = false;
    let done = poll_fn(|context| {
        if let Poll::Ready(accepted) = accepted.as_mut().poll(context) {
            return Poll::Ready(accepted);
        }
        is_due = is_due || grace.as_mut().poll(context).is_ready();
        let must_leave = is_due && !place.rest(context.waker());
        if must_leave || limit.as_mut().poll(context).is_ready() {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        Poll::Pending
    })
    .await;
    if let Err(error) = &done {
        tracing::debug!(%error, "no TLS with a client");
    }
    done
}
