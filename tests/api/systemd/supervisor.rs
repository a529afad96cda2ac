//! What systemd is to a service that tells it of its state.

use std::{
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use tokio::{net::UnixDatagram, time::timeout};

use crate::support::program;

/// How long a message may take.
const PATIENCE: Duration = Duration::from_secs(60);

pub struct Supervisor {
    socket: UnixDatagram,
    path: PathBuf,
}

impl Supervisor {
    pub fn listen(folder: &Path) -> Self {
        let path = folder.join("notify");
        let socket = UnixDatagram::bind(&path).expect("a socket");
        Self { socket, path }
    }

    /// The program as the supervisor starts it.
    pub fn program(&self, folder: &Path) -> Command {
        let mut command = program(folder);
        command.env("NOTIFY_SOCKET", &self.path);
        command
    }

    /// The next message, line by line; `None` if none comes within this time.
    pub async fn next(&self, within: Duration) -> Option<Vec<String>> {
        let mut message = [0; 4_096];
        let length = timeout(within, self.socket.recv(&mut message)).await.ok()?;
        let message = String::from_utf8_lossy(&message[..length.expect("a message")]).into_owned();
        Some(message.lines().map(str::to_owned).collect())
    }

    /// Waits for a message with this line.
    pub async fn wait_for(&self, line: &str) -> Vec<String> {
        loop {
            let message = self.next(PATIENCE).await;
            let message = message.unwrap_or_else(|| panic!("the supervisor is not told {line}"));
            if message.iter().any(|told| told == line) {
                return message;
            }
        }
    }
}
