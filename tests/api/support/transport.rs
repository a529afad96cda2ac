//! What carries HTTP: a connection, or TLS over one. Tests of connections run over both.

use std::{
    net::SocketAddr,
    path::Path,
    sync::{Arc, LazyLock},
};

use record_lists::config::Settings;
use rustls::ClientConfig;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};
use tokio_rustls::TlsConnector;

use super::Authority;

/// The authority of the certificates of all servers that tests start.
pub static AUTHORITY: LazyLock<Authority> = LazyLock::new(Authority::new);

static TRUSTING: LazyLock<Arc<ClientConfig>> = LazyLock::new(|| AUTHORITY.client_config().into());

/// The bytes of a client in both directions.
pub trait Duplex: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Duplex for T {}

pub type Wire = Box<dyn Duplex>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    Plain,
    Tls,
}

impl Transport {
    /// That of a server, by whether it has a certificate.
    pub fn of(has_certificate: bool) -> Self {
        if has_certificate { Self::Tls } else { Self::Plain }
    }

    pub fn scheme(self) -> &'static str {
        match self {
            Self::Plain => "http",
            Self::Tls => "https",
        }
    }

    /// The flags with which a server speaks it. What they name is in this folder.
    pub fn flags(self, folder: &Path) -> Vec<String> {
        match self {
            Self::Plain => Vec::new(),
            Self::Tls => AUTHORITY.certify().flags(folder),
        }
    }

    /// The same for an application in this process.
    pub fn set(self, settings: &mut Settings, folder: &Path) {
        if self == Self::Tls {
            let (certificate, key) = AUTHORITY.certify().write(folder);
            (settings.tls_cert, settings.tls_key) = (Some(certificate), Some(key));
        }
    }

    /// A connection to a server, on which requests can be sent.
    pub async fn connect(self, address: SocketAddr) -> Wire {
        self.over(TcpStream::connect(address).await.expect("a connection"))
            .await
    }

    /// The same over this connection.
    pub async fn over(self, stream: TcpStream) -> Wire {
        match self {
            Self::Plain => Box::new(stream),
            Self::Tls => {
                let connector = TlsConnector::from(Arc::clone(&TRUSTING));
                let name = "localhost".try_into().expect("a name");
                Box::new(connector.connect(name, stream).await.expect("TLS"))
            }
        }
    }
}
