//! The load. It shares the processors with what it measures, so it does as little as possible: requests are written
//! beforehand, and of a response only the head is parsed.

use std::{
    mem,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::task::JoinSet;

use crate::{
    connection::{Connection, Request},
    counts::Counts,
    measure::Turns,
};

/// How long a stopped load waits for the last responses. It is longer than any request may wait in the server.
const END: Duration = Duration::from_secs(15);

/// Connections that are kept busy without a pause.
pub(crate) struct Load {
    clients: JoinSet<()>,
    shared: Arc<Shared>,
    since: Instant,
}

struct Shared {
    address: SocketAddr,
    requests: Vec<Request>,
    turns: Turns,
    counts: Mutex<Counts>,
    stopped: AtomicBool,
}

/// The responses to a load.
pub(crate) struct Responses {
    pub(crate) counts: Counts,
    pub(crate) seconds: f64,
}

impl Load {
    pub(crate) fn start(address: SocketAddr, connections: usize, requests: Vec<Request>) -> Self {
        let shared = Arc::new(Shared {
            address,
            requests,
            turns: Turns::default(),
            counts: Mutex::default(),
            stopped: AtomicBool::new(false),
        });
        Self {
            clients: (0..connections).map(|_| client(Arc::clone(&shared))).collect(),
            shared,
            since: Instant::now(),
        }
    }

    /// Waits until the server is busy, and forgets the responses until then.
    pub(crate) async fn warm_up(&mut self, pause: Duration) {
        tokio::time::sleep(pause).await;
        self.shared.take_counts();
        self.since = Instant::now();
    }

    /// Stops the load. The last responses do not count, but the next turn begins without what they wait for.
    pub(crate) async fn stop(mut self) -> Responses {
        let responses = Responses {
            seconds: self.since.elapsed().as_secs_f64(),
            counts: self.shared.take_counts(),
        };
        self.shared.stopped.store(true, Ordering::Relaxed);
        let end = async {
            while let Some(client) = self.clients.join_next().await {
                client.expect("a client that ends well");
            }
        };
        // Those that are left end with the load.
        let _ = tokio::time::timeout(END, end).await;
        responses
    }
}

impl Responses {
    /// How many of them came per second.
    pub(crate) fn per_second(&self) -> f64 {
        self.counts.responses() as f64 / self.seconds
    }
}

impl Shared {
    fn take_counts(&self) -> Counts {
        mem::take(&mut *self.counts.lock().expect("no panic"))
    }
}

async fn client(shared: Arc<Shared>) {
    let mut connection = Connection::to(shared.address);
    while !shared.stopped.load(Ordering::Relaxed) {
        let request = &shared.requests[shared.turns.next() % shared.requests.len()];
        let status = connection.send(request).await;
        shared.counts.lock().expect("no panic").add(&status);
        if status.is_err() {
            // Otherwise a port that is not free, or a server that has ended, would make this an idle loop.
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}
