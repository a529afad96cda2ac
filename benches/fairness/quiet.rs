//! The quiet client: one connection, one request at a time, and a pause after each.
//!
//! The client has its own thread, so that it does not wait for the load. Service, database and load still share the
//! processors, so part of the effect is due to the machine and not to the service.

use std::{
    io,
    net::SocketAddr,
    time::{Duration, Instant},
};

use crate::{
    connection::{Connection, Request},
    counts::Counts,
};

/// The time between a response and the next request.
const PAUSE: Duration = Duration::from_millis(5);

/// How long the client waits for a response.
const PATIENCE: Duration = Duration::from_secs(60);

/// What the quiet client noticed.
#[derive(Default)]
pub(crate) struct Visit {
    /// Of the requests that were successful.
    pub(crate) latencies: Vec<Duration>,
    /// Every other response.
    pub(crate) refused: Counts,
}

impl Visit {
    /// Both together.
    pub(crate) fn and(mut self, other: Self) -> Self {
        self.latencies.extend(other.latencies);
        self.refused.merge(&other.refused);
        self
    }
}

/// As many requests as the client may need in this time.
pub(crate) fn most_requests(time: Duration) -> usize {
    time.div_duration_f64(PAUSE) as usize + 1
}

/// Sends the requests, one after the other, until the time is over.
pub(crate) async fn visit(address: SocketAddr, requests: Vec<Request>, time: Duration) -> Visit {
    let thread = tokio::task::spawn_blocking(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        runtime.block_on(async move {
            let mut connection = Connection::to(address);
            let mut visit = Visit::default();
            let end = Instant::now() + time;
            for request in &requests {
                if Instant::now() >= end {
                    break;
                }
                let asked = Instant::now();
                let answer = tokio::time::timeout(PATIENCE, connection.send(request)).await;
                let latency = asked.elapsed();
                match answer.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())) {
                    Ok(200) => visit.latencies.push(latency),
                    other => visit.refused.add(&other),
                }
                tokio::time::sleep(PAUSE).await;
            }
            visit
        })
    });
    thread.await.expect("a thread that ends well")
}
