//! The certificate with which the server speaks TLS itself, from the files of `--tls-cert` and `--tls-key`.

mod files;
mod own_certificate;

use std::sync::{Arc, PoisonError, RwLock};

use chrono::{DateTime, SecondsFormat, Utc};
use rustls::{ServerConfig, crypto::aws_lc_rs};

use self::files::Pair;
pub use self::files::{HalfPair, TlsError, TlsFiles};
pub(crate) use self::own_certificate::client_config;

/// The one protocol that is offered inside TLS. docs/decisions.md says why HTTP/2 is not.
const PROTOCOL: &[u8] = b"http/1.1";

/// The server's side of TLS, whose files can be read again while connections are open.
pub struct Tls {
    files: TlsFiles,
    current: RwLock<Arc<Current>>,
}

/// What one pair of files became.
struct Current {
    config: Arc<ServerConfig>,
    not_after: DateTime<Utc>,
}

impl Tls {
    /// Reads the files. Fails if they are not a certificate that is valid now and its key. The log warns if others than
    /// its owner can read the key.
    pub fn read(files: TlsFiles) -> Result<Self, TlsError> {
        let current = RwLock::new(Arc::new(Current::read(&files)?));
        Ok(Self { files, current })
    }

    /// Reads the files again, for the connections that come from now on. If they cannot be used, nothing changes.
    pub fn read_again(&self) -> Result<(), TlsError> {
        let next = Arc::new(Current::read(&self.files)?);
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = next;
        Ok(())
    }

    /// Logs until when the certificate is valid.
    pub fn log_validity(&self) {
        let not_after = self.not_after().to_rfc3339_opts(SecondsFormat::Secs, true);
        tracing::info!(not_after, "speaking TLS with this certificate");
    }

    /// When the certificate expires.
    pub fn not_after(&self) -> DateTime<Utc> {
        self.current().not_after
    }

    /// What a new connection uses.
    pub(crate) fn config(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.current().config)
    }

    fn current(&self) -> Arc<Current> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Current {
    fn read(files: &TlsFiles) -> Result<Self, TlsError> {
        let Pair { chain, key, not_after } = Pair::read(files, Utc::now())?;
        let mut config = ServerConfig::builder_with_provider(aws_lc_rs::default_provider().into())
            .with_safe_default_protocol_versions()
            .map_err(|source| files.unusable(source))?
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .map_err(|source| files.unusable(source))?;
        config.alpn_protocols = vec![PROTOCOL.to_vec()];
        Ok(Self {
            config: config.into(),
            not_after,
        })
    }
}
