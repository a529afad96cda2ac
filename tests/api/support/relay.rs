//! Stands between an application and its PostgreSQL server, to take the server away.

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
};

use super::{TestDatabase, cluster::free_port};

/// Gives the database another port, where a relay can stand; that port, and the server's own.
pub fn redirect(database: &mut TestDatabase) -> (u16, u16) {
    let port = database
        .url
        .rsplit(':')
        .next()
        .and_then(|rest| rest.split('/').next());
    let real_port: u16 = port.and_then(|port| port.parse().ok()).expect("a port");
    let port = free_port();
    database.url = database
        .url
        .replace(&format!(":{real_port}/"), &format!(":{port}/"));
    (port, real_port)
}

/// Stands between the application and its server: passes everything on, or nothing, and cuts every connection when
/// dropped.
pub struct Relay {
    task: tokio::task::JoinHandle<()>,
    silence: tokio::sync::watch::Sender<bool>,
}

impl Relay {
    pub async fn start(port: u16, to: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", port))
            .await
            .expect("the port is free");
        let (silence, is_silent) = tokio::sync::watch::channel(false);
        let task = tokio::spawn(async move {
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((near, _)) = listener.accept().await {
                let is_silent = is_silent.clone();
                connections.spawn(async move {
                    let Ok(far) = TcpStream::connect(("127.0.0.1", to)).await else {
                        return;
                    };
                    let (near_in, near_out) = near.into_split();
                    let (far_in, far_out) = far.into_split();
                    tokio::select! {
                        () = pass_on(near_in, far_out, is_silent.clone()) => {}
                        () = pass_on(far_in, near_out, is_silent) => {}
                    }
                });
            }
        });
        Self { task, silence }
    }

    /// Holds back what comes, or passes it on again.
    pub fn be_silent(&self, silent: bool) {
        self.silence.send_replace(silent);
    }
}

async fn pass_on(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut is_silent: tokio::sync::watch::Receiver<bool>,
) {
    let mut buffer = vec![0; 16 * 1024];
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        if is_silent.wait_for(|silent| !silent).await.is_err() {
            return;
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
