//! SIGHUP: the server reads its keys and its certificate again, or stops because its terminal was closed.

use std::{
    error::Error,
    io::{self, IsTerminal},
    sync::Arc,
    thread,
};

use rustix::process::{Signal as Kind, getpid, kill_process};
use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    sync::oneshot,
};

use crate::{auth::Authenticator, systemd, tls::Tls};

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

    /// Reads the keys and the certificate again each time the signal comes. If it comes because the terminal was closed,
    /// the server stops as if it had been told to: nobody could see it any more, and it would keep its port and its
    /// database.
    pub(super) async fn obey(mut self, authenticator: Arc<Authenticator>, tls: Option<Arc<Tls>>) {
        while self.signal.recv().await.is_some() {
            if terminals() < self.terminals {
                // A process can always send a signal to itself.
                let _ = kill_process(getpid(), Kind::TERM);
                return;
            }
            let _reloading = systemd::reloading();
            read_keys_again(&authenticator, tls.is_none()).await;
            if let Some(tls) = &tls {
                read_certificate_again(tls).await;
            }
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

async fn read_keys_again(authenticator: &Arc<Authenticator>, are_all: bool) {
    if authenticator.has_providers() {
        tracing::info!("SIGHUP: the keys at URLs are read again");
        authenticator.order_published_keys();
    } else if !authenticator.has_key_files() && are_all {
        tracing::info!("SIGHUP: there are no key files to read again");
    }
    if !authenticator.has_key_files() {
        return;
    }
    let reader = Arc::clone(authenticator);
    match on_thread(move || reader.read_keys_again()).await {
        Ok(()) => authenticator.log_keys(),
        Err(error) => tracing::error!(%error, "SIGHUP: all keys stay as they were"),
    }
}

async fn read_certificate_again(tls: &Arc<Tls>) {
    let reader = Arc::clone(tls);
    match on_thread(move || reader.read_again()).await {
        Ok(()) => tls.log_validity(),
        Err(error) => tracing::error!(%error, "SIGHUP: the certificate stays as it was"),
    }
}

/// Reads on a thread of its own: the end of the process does not wait for it, even if a file system hangs.
async fn on_thread<E: Error + Send + 'static>(
    read: impl FnOnce() -> Result<(), E> + Send + 'static,
) -> Result<(), Failure<E>> {
    let (done, result) = oneshot::channel();
    thread::Builder::new().name("key files".to_owned()).spawn(move || {
        // Nobody waits for it when the process ends.
        let _ = done.send(read());
    })?;
    result.await.map_err(io::Error::other)?.map_err(Failure::File)
}

/// Why files were not read again.
#[derive(Debug, thiserror::Error)]
enum Failure<E: Error + 'static> {
    #[error(transparent)]
    File(E),
    #[error("the files were not read: {0}")]
    Thread(#[from] io::Error),
}
