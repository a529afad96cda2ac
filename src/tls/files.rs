//! The files with the certificate and the key.

use std::{
    fs::File,
    io::{self, Read},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use chrono::{DateTime, Utc};
use rustls::{
    Error, InconsistentKeys,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use thiserror::Error;
use x509_parser::parse_x509_certificate;

use crate::auth::KeyRemark;

/// The maximum size of a file, in bytes.
const LARGEST: u64 = 1 << 20;

/// What every PEM text of an encrypted key has in its first lines.
const ENCRYPTED: &[u8] = b"ENCRYPTED";

/// Where the certificate and the key are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// PEM file with the certificate, and those of the authorities in between.
    pub certificate: PathBuf,
    /// PEM file with the private key.
    pub key: PathBuf,
}

/// One of the two files is not set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("{set} is set, but not {missing}: set both to speak TLS, or neither")]
pub struct HalfPair {
    set: &'static str,
    missing: &'static str,
}

/// Why the files cannot be used. The messages name the flag and the file and show nothing of what is in it.
#[derive(Debug, Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error("the file {} of {flag} cannot be read: {source}", path.display())]
    Unreadable {
        /// The setting.
        flag: &'static str,
        /// The file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// It is something else than a file, or a large one.
    #[error("the file {} of {flag} is not a regular file of at most {LARGEST} bytes", path.display())]
    NotAFile {
        /// The setting.
        flag: &'static str,
        /// The file.
        path: PathBuf,
    },
    /// There is no certificate.
    #[error("the file {} of --tls-cert contains no certificate in PEM form", .0.display())]
    NoCertificate(PathBuf),
    /// Something that shall be a certificate is none.
    #[error("the file {} of --tls-cert contains something that is not an X.509 certificate in PEM form", .0.display())]
    FaultyCertificate(PathBuf),
    /// The certificate does not count at this time.
    #[error("the certificate in the file {} of --tls-cert has expired: it was valid until {not_after}", path.display())]
    Expired {
        /// The file.
        path: PathBuf,
        /// When it expired.
        not_after: DateTime<Utc>,
    },
    /// The certificate does not count yet.
    #[error("the certificate in the file {} of --tls-cert is not valid before {not_before}", path.display())]
    NotYetValid {
        /// The file.
        path: PathBuf,
        /// When it begins to count.
        not_before: DateTime<Utc>,
    },
    /// There is no key.
    #[error("the file {} of --tls-key contains no private key in PEM form", .0.display())]
    NoKey(PathBuf),
    /// The key needs a passphrase.
    #[error(
        "the key in the file {} of --tls-key is encrypted; write it without a passphrase, for example with \
         `openssl pkey -in FILE -out NEW`",
        .0.display()
    )]
    EncryptedKey(PathBuf),
    /// The key belongs to another certificate.
    #[error(
        "the key in the file {} of --tls-key does not belong to the first certificate in the file {} of --tls-cert",
        .0.key.display(), .0.certificate.display()
    )]
    OtherKey(TlsFiles),
    /// The library does not take them.
    #[error(
        "the certificate in the file {} of --tls-cert and the key in the file {} of --tls-key cannot be used: {source}",
        files.certificate.display(), files.key.display()
    )]
    Unusable {
        /// The files.
        files: TlsFiles,
        /// The cause.
        source: Error,
    },
}

impl TlsFiles {
    /// The files of both settings; `None` without either. Fails if there is only one.
    pub fn of(certificate: Option<&Path>, key: Option<&Path>) -> Result<Option<Self>, HalfPair> {
        let half = |set, missing| Err(HalfPair { set, missing });
        match (certificate, key) {
            (Some(certificate), Some(key)) => Ok(Some(Self {
                certificate: certificate.to_owned(),
                key: key.to_owned(),
            })),
            (None, None) => Ok(None),
            (Some(_), None) => half("--tls-cert", "--tls-key"),
            (None, Some(_)) => half("--tls-key", "--tls-cert"),
        }
    }

    /// What the error of the library means.
    pub(super) fn unusable(&self, source: Error) -> TlsError {
        let files = self.clone();
        match source {
            Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => TlsError::OtherKey(files),
            source => TlsError::Unusable { files, source },
        }
    }
}

/// The content of the files.
pub(super) struct Pair {
    /// The certificate of the server first.
    pub(super) chain: Vec<CertificateDer<'static>>,
    pub(super) key: PrivateKeyDer<'static>,
    /// When the certificate of the server expires.
    pub(super) not_after: DateTime<Utc>,
}

impl Pair {
    /// Reads both files. Fails if the certificate is not valid `now`. Whether the key belongs to it is not looked at.
    pub(super) fn read(files: &TlsFiles, now: DateTime<Utc>) -> Result<Self, TlsError> {
        let chain = chain(&files.certificate)?;
        let not_after = valid_until(&chain, &files.certificate, now)?;
        let key = key(&files.key)?;
        Ok(Self { chain, key, not_after })
    }
}

/// The certificates in a file: that of the server first, and at least that one.
pub(super) fn chain(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let (text, _) = read("--tls-cert", path)?;
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
    let chain = chain.map_err(|_| TlsError::FaultyCertificate(path.to_owned()))?;
    if chain.is_empty() {
        return Err(TlsError::NoCertificate(path.to_owned()));
    }
    Ok(chain)
}

/// When the first certificate expires. Fails unless it is valid now.
fn valid_until(chain: &[CertificateDer<'_>], path: &Path, now: DateTime<Utc>) -> Result<DateTime<Utc>, TlsError> {
    let faulty = || TlsError::FaultyCertificate(path.to_owned());
    let first = chain.first().ok_or_else(faulty)?;
    let (_, parsed) = parse_x509_certificate(first).map_err(|_| faulty())?;
    let at = |seconds| DateTime::from_timestamp(seconds, 0).ok_or_else(faulty);
    let validity = parsed.validity();
    let (not_before, not_after) = (
        at(validity.not_before.timestamp())?,
        at(validity.not_after.timestamp())?,
    );
    let path = path.to_owned();
    if now > not_after {
        Err(TlsError::Expired { path, not_after })
    } else if now < not_before {
        Err(TlsError::NotYetValid { path, not_before })
    } else {
        Ok(not_after)
    }
}

/// The first key in a file. The log warns if others than its owner can read it.
fn key(path: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
    let (text, mode) = read("--tls-key", path)?;
    if let Some(remark) = KeyRemark::of_mode(path, mode) {
        tracing::warn!("{remark}");
    }
    PrivateKeyDer::from_pem_slice(&text).map_err(|_| {
        let is_encrypted = text.windows(ENCRYPTED.len()).any(|part| part == ENCRYPTED);
        let error = if is_encrypted {
            TlsError::EncryptedKey
        } else {
            TlsError::NoKey
        };
        error(path.to_owned())
    })
}

/// The text of a file and its mode, both of the file that was opened: a path may lead elsewhere a moment later.
fn read(flag: &'static str, path: &Path) -> Result<(Vec<u8>, u32), TlsError> {
    let unreadable = |source| TlsError::Unreadable {
        flag,
        path: path.to_owned(),
        source,
    };
    let not_a_file = || TlsError::NotAFile {
        flag,
        path: path.to_owned(),
    };
    // Opening something else could wait for ever.
    if !path.metadata().map_err(unreadable)?.is_file() {
        return Err(not_a_file());
    }
    let file = File::open(path).map_err(unreadable)?;
    let mode = file.metadata().map_err(unreadable)?.permissions().mode();
    let mut text = Vec::new();
    file.take(LARGEST + 1).read_to_end(&mut text).map_err(unreadable)?;
    if text.len() as u64 > LARGEST {
        return Err(not_a_file());
    }
    Ok((text, mode))
}
