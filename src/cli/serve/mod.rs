//! `record-lists serve`

mod hangup;

use std::{
    io,
    net::SocketAddr,
    time::{Duration, Instant},
};

use tokio::signal::unix::{Signal, SignalKind, signal};

use self::hangup::Hangup;
use super::{CommandResult, output};
use crate::{
    application::Application,
    config::{Config, Settings, Written},
    demo::{self, DemoTokens},
    systemd::{self, Sockets},
    telemetry,
};

pub(super) async fn run(settings: Settings, sockets: Sockets, unknown_variables: &[String]) -> CommandResult {
    let mut settings = settings.with_file()?;
    telemetry::start(&settings.log, settings.log_format);
    if !unknown_variables.is_empty() {
        let names = unknown_variables.join(", ");
        tracing::warn!(names, "there are no settings for these variables");
    }
    take_addresses(&mut settings, &sockets)?;
    let config = settings.resolve()?;
    let mut signals = Signals::listen()?;
    let hangup = Hangup::listen()?;
    let application = tokio::select! {
        application = Application::build(config.clone(), sockets) => application?,
        _ = signals.next() => {
            tracing::info!("stopping before the start has ended");
            systemd::stopping();
            // At once: what looks for the database's address cannot be ended, and nobody has been served.
            std::process::exit(0);
        }
    };
    tracing::info!(address = %application.address(), "listening");
    let tls = application.tls();
    if let Some(tls) = &tls {
        tls.log_validity();
    }
    actix_rt::spawn(hangup.obey(application.authenticator(), tls));
    systemd::supervise(application.heartbeat(), application.ready(), application.address());
    if config.uses_development_key {
        let (ready, address) = (application.ready(), application.address());
        actix_rt::spawn(async move {
            ready.await;
            if let Err(error) = print_welcome(&config, address) {
                tracing::error!(%error, "the token for the demo account cannot be created");
            }
        });
    }
    let stop = async move {
        signals.next().await;
        tracing::info!("stopping: accepted requests are finished first");
        systemd::stopping();
        actix_rt::spawn(async move {
            let status = signals.next_after(REPEATED_ORDER).await;
            tracing::warn!("stopping at once: unfinished requests get no response");
            std::process::exit(status);
        });
    };
    application.run_until(stop).await?;
    Ok(())
}

/// Sockets that systemd opened take the place of the addresses to listen on.
fn take_addresses(settings: &mut Settings, sockets: &Sockets) -> io::Result<()> {
    let (http, metrics) = sockets.addresses()?;
    if let Some(address) = http {
        let bind = settings.bind.to_string();
        if settings.sources.get("bind").is_some_and(Written::is_given) && bind != address.to_string() {
            tracing::warn!(%address, bind, "the socket from systemd counts, not --bind; `record-lists health` asks --bind");
        }
        settings.bind = address.into();
    }
    if let Some(address) = metrics {
        settings.metrics_bind = Some(address.into());
    }
    Ok(())
}

/// How long after the first signal a further one is taken for the same order: some supervisors and terminals send it
/// twice.
const REPEATED_ORDER: Duration = Duration::from_secs(2);

/// The signals that end the process.
pub(super) struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    pub(super) fn listen() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    /// Waits for either, except for those that come within `pause`.
    async fn next_after(&mut self, pause: Duration) -> i32 {
        let start = Instant::now();
        loop {
            let status = self.next().await;
            if start.elapsed() >= pause {
                return status;
            }
        }
    }

    /// Waits for either; the exit status that a process has which the signal ended.
    pub(super) async fn next(&mut self) -> i32 {
        let kind = tokio::select! {
            _ = self.terminate.recv() => SignalKind::terminate(),
            _ = self.interrupt.recv() => SignalKind::interrupt(),
        };
        128 + kind.as_raw_value()
    }
}

/// Tells a newcomer what to do next. It goes to standard output and not to the log: it holds a token.
fn print_welcome(config: &Config, address: SocketAddr) -> CommandResult {
    let token = DemoTokens::new(&config.auth)?.issue()?;
    let list = demo::LIST.0;
    let body = include_str!("../../../openapi/examples/bulk_delete_by_id.json");
    let body: String = body.split_whitespace().collect();
    let scheme = config.links.own_scheme;
    let pages = match config.pages {
        true => format!("Console:     {scheme}://{address}/console/\nSwagger UI:  {scheme}://{address}/docs/\n\n"),
        false => String::new(),
    };
    output::print(&format!(
        "record-lists is ready.

{pages}A token for the demo account, valid for 24 hours:

{token}

Delete three records of the demo list:

curl -X DELETE {scheme}://{address}/record-lists/{list}/records/bulks \\
  -H 'Authorization: Bearer {token}' \\
  -H 'Content-Type: application/json' \\
  -d '{body}'

Start with --demo to restore the demo records.

"
    ))
}
