//! Stands between an application and its PostgreSQL server or the pooler before it, to take the server away.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
    task::{JoinHandle, JoinSet},
    time::timeout,
};

use super::{
    TestDatabase,
    cluster::free_port,
    database::{at_port, port_of},
};

/// Gives applications another port, where a relay can stand; that port, and the server's or its pooler's own.
pub fn redirect(database: &mut TestDatabase) -> (u16, u16) {
    let real_port = port_of(&database.url);
    let port = free_port();
    database.url = at_port(&database.url, port);
    (port, real_port)
}

/// What happens to the next COMMIT.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AtCommit {
    /// It arrives and is answered.
    Pass,
    /// It does not arrive, and the connection is cut.
    CutBefore,
    /// It is carried out, and the connection is cut before its answer.
    CutAfter,
    /// It does not arrive, and nothing more is said.
    HoldBefore,
    /// It does not arrive, nothing more is said, and the server does not learn that the application goes away.
    HoldOpen,
    /// It is carried out, and its answer does not arrive.
    HoldAfter,
}

/// Stands between the application and its server: passes everything on, or nothing, and cuts every connection when
/// dropped.
pub struct Relay {
    task: JoinHandle<()>,
    orders: Arc<Orders>,
}

/// What the connections are told, and what they have seen.
struct Orders {
    is_silent: watch::Sender<bool>,
    refuses: watch::Sender<bool>,
    /// What happens to the next COMMITs, one after the other.
    at_commit: Mutex<VecDeque<AtCommit>>,
    ends: watch::Sender<bool>,
    cuts: watch::Sender<bool>,
    commits_met: watch::Sender<usize>,
}

impl Orders {
    fn next_at_commit(&self) -> AtCommit {
        let mut orders = self.at_commit.lock().expect("no panic");
        orders.pop_front().unwrap_or(AtCommit::Pass)
    }
}

impl Relay {
    pub async fn start(port: u16, to: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", port)).await.expect("the port is free");
        let orders = Arc::new(Orders {
            is_silent: watch::Sender::new(false),
            refuses: watch::Sender::new(false),
            at_commit: Mutex::default(),
            ends: watch::Sender::new(false),
            cuts: watch::Sender::new(false),
            commits_met: watch::Sender::new(0),
        });
        let for_connections = Arc::clone(&orders);
        let task = tokio::spawn(async move {
            let mut connections = JoinSet::new();
            let mut ends = for_connections.ends.subscribe();
            loop {
                let accepted = tokio::select! {
                    accepted = listener.accept() => accepted,
                    _ = ends.wait_for(|ends| *ends) => break,
                };
                let Ok((near, _)) = accepted else { break };
                let orders = Arc::clone(&for_connections);
                if !*orders.refuses.borrow() {
                    connections.spawn(async move { connect(near, to, &orders).await });
                }
            }
            connections.shutdown().await;
        });
        Self { task, orders }
    }

    /// Holds back what comes, or passes it on again.
    pub fn be_silent(&self, silent: bool) {
        self.orders.is_silent.send_replace(silent);
    }

    /// Closes new connections at once, or takes them again.
    pub fn refuse(&self, refuses: bool) {
        self.orders.refuses.send_replace(refuses);
    }

    /// Decides what happens to the next COMMIT; those behind it pass.
    pub fn at_commit(&self, order: AtCommit) {
        self.at_commits(order, 1);
    }

    /// Decides what happens to each of the next COMMITs; those behind them pass.
    pub fn at_commits(&self, order: AtCommit, count: usize) {
        *self.orders.at_commit.lock().expect("no panic") = vec![order; count].into();
    }

    /// Cuts every connection, and takes no more.
    pub async fn end(mut self) {
        self.orders.ends.send_replace(true);
        (&mut self.task).await.expect("no panic");
    }

    /// Cuts the connection whose COMMIT is held.
    pub fn cut(&self) {
        self.orders.cuts.send_replace(true);
    }

    /// Waits until the order for a COMMIT was carried out.
    pub async fn commit_was_met(&self) {
        self.commits_were_met(1).await;
    }

    /// Waits until so many orders for a COMMIT were carried out.
    pub async fn commits_were_met(&self, count: usize) {
        let mut met = self.orders.commits_met.subscribe();
        let enough = met.wait_for(|met| *met >= count);
        let enough = timeout(Duration::from_secs(60), enough)
            .await
            .expect("a COMMIT in time");
        enough.expect("the relay runs");
    }
}

async fn connect(near: TcpStream, to: u16, orders: &Orders) {
    let Ok(far) = TcpStream::connect(("127.0.0.1", to)).await else {
        return;
    };
    let (near_in, near_out) = near.into_split();
    let (far_in, far_out) = far.into_split();
    // What this connection does when the answer to its COMMIT comes.
    let answer = watch::Sender::new(AtCommit::Pass);
    tokio::select! {
        () = pass_requests(near_in, far_out, orders, &answer) => {}
        () = pass_answers(far_in, near_out, orders, &answer) => {}
    }
}

async fn pass_requests(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    orders: &Orders,
    answer: &watch::Sender<AtCommit>,
) {
    let mut is_silent = orders.is_silent.subscribe();
    let mut buffer = vec![0; 16 * 1024];
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        if is_silent.wait_for(|silent| !silent).await.is_err() {
            return;
        }
        let bytes = &buffer[..length];
        if bytes.windows(7).any(|window| window == b"COMMIT\0") {
            match orders.next_at_commit() {
                AtCommit::Pass => {}
                AtCommit::CutBefore => {
                    orders.commits_met.send_modify(|met| *met += 1);
                    return;
                }
                AtCommit::HoldOpen => {
                    orders.commits_met.send_modify(|met| *met += 1);
                    let _ = orders.cuts.subscribe().wait_for(|cuts| *cuts).await;
                    return;
                }
                AtCommit::HoldBefore => {
                    orders.commits_met.send_modify(|met| *met += 1);
                    let mut cuts = orders.cuts.subscribe();
                    tokio::select! {
                        // Until the application goes away.
                        () = async { while let Ok(1..) = from.read(&mut buffer).await {} } => {}
                        _ = cuts.wait_for(|cuts| *cuts) => {}
                    }
                    return;
                }
                after => {
                    answer.send_replace(after);
                }
            }
        }
        if to.write_all(bytes).await.is_err() {
            return;
        }
    }
}

async fn pass_answers(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    orders: &Orders,
    answer: &watch::Sender<AtCommit>,
) {
    let mut is_silent = orders.is_silent.subscribe();
    let mut buffer = vec![0; 16 * 1024];
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        if is_silent.wait_for(|silent| !silent).await.is_err() {
            return;
        }
        match *answer.borrow() {
            AtCommit::CutAfter => {
                orders.commits_met.send_modify(|met| *met += 1);
                return;
            }
            AtCommit::HoldAfter => {
                orders.commits_met.send_modify(|met| *met += 1);
                continue;
            }
            AtCommit::Pass | AtCommit::CutBefore | AtCommit::HoldBefore | AtCommit::HoldOpen => {}
        }
        if to.write_all(&buffer[..length]).await.is_err() {
            return;
        }
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.task.abort();
    }
}
