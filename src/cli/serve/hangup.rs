//! SIGHUP: the server reads its keys again, or stops because its terminal was closed.

use std::{
    io::{self, IsTerminal},
    sync::Arc,
    thread,
};

use rustix::process::{Signal as Kind, getpid, kill_process};
use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    sync::oneshot,
};

use crate::auth::{Authenticator, KeyError};

/// The signal, caught from now on: by itself, it does not end the process any more.
pub(super) struct Hangup {
    signal: Signal,
    /// How many of the standard streams were terminals.
    terminals: usize,
}

impl Hangup {
    pub(super) fn listen() -> io::Result<Self> {
        Ok(Self {
            signal: signal(SignalKind::hangup())?,
            terminals: terminals(),
        })
    }

    /// Reads the keys again each time the signal comes. If it comes because the terminal was closed, the server
    /// stops as if it had been told to: nobody could see it any more, and it would keep its port and its database.
    pub(super) async fn obey(mut self, authenticator: Arc<Authenticator>) {
        while self.signal.recv().await.is_some() {
            if terminals() < self.terminals {
                // A process can always send a signal to itself.
                let _ = kill_process(getpid(), Kind::TERM);
                return;
            }
            read_keys_again(&authenticator).await;
        }
    }
}

fn terminals() -> usize {
    let streams = [
        io::stdin().is_terminal(),
        io::stdout().is_terminal(),
        io::stderr().is_terminal(),
    ];
    streams.into_iter().filter(|is_terminal| *is_terminal).count()
}

async fn read_keys_again(authenticator: &Arc<Authenticator>) {
    if authenticator.has_providers() {
        tracing::info!("SIGHUP: the keys at URLs are read again");
        authenticator.order_published_keys();
    } else if !authenticator.has_key_files() {
        tracing::info!("SIGHUP: there are no key files to read again");
    }
    if !authenticator.has_key_files() {
        return;
    }
    match read(Arc::clone(authenticator)).await {
        Ok(()) => authenticator.log_keys(),
        Err(error) => tracing::error!(%error, "SIGHUP: all keys stay as they were"),
    }
}

/// Reads on a thread of its own: the end of the process does not wait for it, even if a file system hangs.
async fn read(authenticator: Arc<Authenticator>) -> Result<(), Failure> {
    let (done, result) = oneshot::channel();
    thread::Builder::new().name("key files".to_owned()).spawn(move || {
        // Nobody waits for it when the process ends.
        let _ = done.send(authenticator.read_keys_again());
    })?;
    Ok(result.await.map_err(io::Error::other)??)
}

/// Why keys were not read again.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error("the key files were not read: {0}")]
    Thread(#[from] io::Error),
}
