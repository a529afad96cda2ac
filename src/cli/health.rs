//! `record-lists health`

use std::{io, net::SocketAddr, path::PathBuf, process, time::Duration};

use clap::Args;
use hyper::StatusCode;
use rustls::ClientConfig;
use serde::Deserialize;
use thiserror::Error;
use tokio::time::timeout;
use url::Url;

use super::{CommandResult, output};
use crate::{
    config::{ListenAddress, Settings, form::Form, masked},
    domain::text::visible_up_to,
    fetch::{self, Answer, HttpFault},
    tls::{self, TlsError},
};

/// The settings that the subcommand uses.
pub(super) const SETTINGS: [&str; 3] = ["config", "bind", "tls_cert"];

/// Where the server says whether it is ready.
const PATH: &str = "/health/ready";

/// How long everything may take, from the look-up of the host on.
const LIMIT: Duration = Duration::from_secs(5);

/// The largest body that is read, in bytes.
const LARGEST: usize = 64 * 1024;

/// How many characters of what the server says are shown.
const LONGEST: usize = 1_000;

#[derive(Args)]
pub(super) struct HealthArguments {
    /// What to ask in place of --bind, by http or https; a URL without a path is that of the server
    #[arg(long, value_name = "URL", value_parser = url)]
    url: Option<Url>,

    #[command(flatten)]
    pub(super) settings: Settings,
}

impl HealthArguments {
    /// Whether it is said what to ask, so that no setting matters.
    pub(super) fn has_url(&self) -> bool {
        self.url.is_some()
    }
}

/// Why the server is not known to be ready.
#[derive(Debug, Error)]
enum HealthError {
    /// The system chooses the port of the server.
    #[error("--bind {0} does not say the port of the server: name the port, or give --url")]
    NoPort(ListenAddress),
    #[error("the host of --bind {address} cannot be looked up: {source}")]
    NoHost { address: ListenAddress, source: io::Error },
    #[error(transparent)]
    Certificate(#[from] TlsError),
    #[error("{} cannot be read: {fault}", shown(url))]
    Unreadable { url: Url, fault: HttpFault },
    #[error("{} has an answer, but not that of a record-lists server", shown(url))]
    NotOurs { url: Url },
    #[error("the server is not ready: {reason}: {message}")]
    NotReady { reason: String, message: String },
    #[error("the server did not answer within {} s", LIMIT.as_secs())]
    TooSlow,
}

/// What a server says that is not ready.
#[derive(Deserialize)]
struct Reason {
    reason: String,
    message: String,
}

/// What a server says of itself.
#[derive(Deserialize)]
struct State {
    status: String,
}

impl State {
    /// Whether it is the answer of the service at one of its paths: something else may listen where it is looked for.
    fn is_well(&self) -> bool {
        matches!(&*self.status, "ready" | "live")
    }
}

pub(super) async fn run(arguments: HealthArguments) -> CommandResult {
    let answered = async {
        let (url, tls) = match arguments.url {
            Some(url) => (url, None),
            None => {
                let (address, certificate) = server(arguments.settings).await?;
                let tls = trusting(certificate).await?;
                let scheme = if tls.is_some() { "https" } else { "http" };
                (url_of(scheme, address).await?, tls)
            }
        };
        Ok::<_, Box<dyn std::error::Error>>(ask(url, tls).await?)
    };
    let Ok(answered) = timeout(LIMIT, answered).await else {
        output::complain(HealthError::TooSlow);
        // At once: what looks for the server's address cannot be ended.
        process::exit(1);
    };
    answered?;
    output::print("ready\n")
}

/// The address of the server, and the file of its certificate if it speaks TLS. The configuration file may be on a disk
/// that does not answer.
async fn server(settings: Settings) -> Result<(ListenAddress, Option<PathBuf>), Box<dyn std::error::Error>> {
    let read = tokio::task::spawn_blocking(move || settings.with_file()).await??;
    Ok((read.bind, read.tls_cert))
}

/// What is needed to ask the server that has this certificate.
async fn trusting(certificate: Option<PathBuf>) -> Result<Option<ClientConfig>, Box<dyn std::error::Error>> {
    let Some(certificate) = certificate else {
        return Ok(None);
    };
    let read = tokio::task::spawn_blocking(move || tls::client_config(&certificate)).await?;
    Ok(Some(read.map_err(HealthError::from)?))
}

/// Fails unless the server says that it is ready.
async fn ask(url: Url, tls: Option<ClientConfig>) -> Result<(), HealthError> {
    let asked = url.clone();
    let fault = |fault| HealthError::Unreadable {
        url: asked.clone(),
        fault,
    };
    let answer = match tls {
        Some(tls) => fetch::get_trusting(&url, tls).await,
        None => fetch::get(&url).await,
    };
    let answer = answer.map_err(fault)?;
    let status = answer.status();
    if status == StatusCode::SERVICE_UNAVAILABLE {
        return Err(reason(answer).await.unwrap_or(fault(HttpFault::Status(status))));
    }
    let body = answer.ok().map_err(fault)?.body(LARGEST).await.map_err(fault)?;
    match serde_json::from_slice::<State>(&body) {
        Ok(state) if state.is_well() => Ok(()),
        _ => Err(HealthError::NotOurs { url }),
    }
}

/// Why the server is not ready; `None` if it does not say, as a proxy in front of it.
async fn reason(answer: Answer) -> Option<HealthError> {
    let body = answer.body(LARGEST).await.ok()?;
    let Reason { reason, message } = serde_json::from_slice(&body).ok()?;
    Some(HealthError::NotReady {
        reason: visible_up_to(&reason, LONGEST),
        message: visible_up_to(&message, LONGEST),
    })
}

/// Where a server that listens on this address is asked from its own machine.
async fn url_of(scheme: &str, address: ListenAddress) -> Result<Url, HealthError> {
    let of_lookup = address.clone();
    let resolved = tokio::task::spawn_blocking(move || of_lookup.resolve()).await;
    let resolved = resolved.map_err(io::Error::other).flatten();
    let no_host = |source| HealthError::NoHost {
        address: address.clone(),
        source,
    };
    let mut resolved = resolved.map_err(no_host)?;
    if resolved.port() == 0 {
        return Err(HealthError::NoPort(address.clone()));
    }
    if resolved.ip().is_unspecified() {
        resolved.set_ip(loopback(&resolved));
    }
    let url = Url::parse(&format!("{scheme}://{resolved}{PATH}"));
    url.map_err(|error| no_host(io::Error::other(error)))
}

fn loopback(address: &SocketAddr) -> std::net::IpAddr {
    match address.is_ipv4() {
        true => std::net::Ipv4Addr::LOCALHOST.into(),
        false => std::net::Ipv6Addr::LOCALHOST.into(),
    }
}

/// A URL that can be requested, with the path of the server's answer if it has none of its own.
fn url(text: &str) -> Result<Url, Form> {
    let url = Url::parse(text).ok().filter(|url| {
        let is_web = matches!(url.scheme(), "http" | "https") && url.has_host();
        let has_user = !url.username().is_empty() || url.password().is_some();
        let can_be_requested = url.as_str().parse::<hyper::Uri>().is_ok();
        is_web && !has_user && url.fragment().is_none() && can_be_requested
    });
    let mut url = url.ok_or(Form::new(
        "must be a URL with http:// or https://, without user, password and fragment, such as \
         \"http://127.0.0.1:8080/health/ready\"",
    ))?;
    if url.path() == "/" {
        url.set_path(PATH);
    }
    Ok(url)
}

/// The URL without its query, which may be secret.
fn shown(url: &Url) -> String {
    masked(url.as_str()).unwrap_or_else(|| url.to_string())
}
