//! A GET request for a small document: no redirects, no proxies, no compression.

use std::{error::Error, io, time::Duration};

use http_body_util::{BodyExt, Empty, LengthLimitError, Limited};
use hyper::{Request, Response, StatusCode, body::Incoming, header};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{
        Client,
        connect::{Connect, HttpConnector},
    },
    rt::TokioExecutor,
};
use rustls::{ClientConfig, crypto::aws_lc_rs};
use thiserror::Error;
use url::Url;

/// How long a connection may take; the addresses of a host share it.
const CONNECT_LIMIT: Duration = Duration::from_secs(4);

/// Why a document could not be read.
#[derive(Debug, Error)]
pub enum HttpFault {
    /// There is nothing to check certificates against.
    #[error("no certificates of authorities can be read: {0}")]
    NoAuthorities(io::Error),
    /// The connection could not be made, or broke. With all causes.
    #[error("{0}")]
    Connection(String),
    /// The status is another one than 200.
    #[error("the status of the response is {0}; only 200 counts, and redirects are not followed")]
    Status(StatusCode),
    /// The body has more than so many bytes.
    #[error("the response has more than {0} bytes")]
    TooLarge(usize),
}

/// A response whose body was not read yet.
pub(crate) struct Answer(Response<Incoming>);

impl Answer {
    /// The status.
    pub(crate) fn status(&self) -> StatusCode {
        self.0.status()
    }

    /// Fails if the status is another one than 200.
    pub(crate) fn ok(self) -> Result<Self, HttpFault> {
        match self.status() {
            StatusCode::OK => Ok(self),
            status => Err(HttpFault::Status(status)),
        }
    }

    /// Reads the body. Fails if it has more than `largest` bytes.
    pub(crate) async fn body(self, largest: usize) -> Result<Vec<u8>, HttpFault> {
        let body = Limited::new(self.0.into_body(), largest).collect().await;
        let body = body.map_err(|error| match error.is::<LengthLimitError>() {
            true => HttpFault::TooLarge(largest),
            false => broken(error.as_ref()),
        })?;
        Ok(body.to_bytes().into())
    }
}

/// Requests a document by `http` or `https`. The caller limits the time. Certificates are checked against the
/// authorities of the system, or those that `SSL_CERT_FILE` and `SSL_CERT_DIR` name, as they are now.
pub(crate) async fn get(url: &Url) -> Result<Answer, HttpFault> {
    if url.scheme() == "https" {
        exchange(encrypting().await?, url).await
    } else {
        exchange(plain(), url).await
    }
}

fn plain() -> HttpConnector {
    let mut plain = HttpConnector::new();
    plain.set_connect_timeout(Some(CONNECT_LIMIT));
    plain
}

/// What makes the connection below TLS.
fn below_tls() -> HttpConnector {
    let mut plain = plain();
    // It gets URLs with https.
    plain.enforce_http(false);
    plain
}

/// The same by `https` alone, with certificates checked as this configuration does.
pub(crate) async fn get_trusting(url: &Url, tls: ClientConfig) -> Result<Answer, HttpFault> {
    let builder = HttpsConnectorBuilder::new().with_tls_config(tls);
    let connector = builder.https_only().enable_http1().wrap_connector(below_tls());
    exchange(connector, url).await
}

async fn encrypting() -> Result<HttpsConnector<HttpConnector>, HttpFault> {
    let provider = aws_lc_rs::default_provider();
    let builder = || HttpsConnectorBuilder::new().with_provider_and_native_roots(provider);
    // They are read from files.
    let builder = tokio::task::spawn_blocking(builder).await.map_err(io::Error::other);
    let builder = builder.flatten().map_err(HttpFault::NoAuthorities)?;
    Ok(builder.https_only().enable_http1().wrap_connector(below_tls()))
}

async fn exchange<C>(connector: C, url: &Url) -> Result<Answer, HttpFault>
where
    C: Connect + Clone + Send + Sync + 'static,
{
    let request = Request::get(url.as_str())
        .header(header::ACCEPT, "application/json")
        .header(header::USER_AGENT, concat!("record-lists/", env!("CARGO_PKG_VERSION")))
        .body(Empty::<&[u8]>::new())
        .map_err(|error| broken(&error))?;
    // One exchange in minutes: a connection is not kept for the next.
    let client = Client::builder(TokioExecutor::new())
        .pool_max_idle_per_host(0)
        .build(connector);
    let response = client.request(request).await.map_err(|error| broken(&error))?;
    Ok(Answer(response))
}

/// An error with its causes, which alone say what was wrong.
fn broken(error: &(dyn Error + 'static)) -> HttpFault {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    HttpFault::Connection(text)
}
