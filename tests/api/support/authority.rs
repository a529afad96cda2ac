//! An authority for certificates, which a test makes.

use std::{
    fs,
    path::{Path, PathBuf},
};

use rcgen::{BasicConstraints, Certificate, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::{
    ClientConfig, RootCertStore, ServerConfig,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, pem::PemObject},
};

/// An authority that nobody trusts until its certificate is in `SSL_CERT_FILE`.
pub struct Authority {
    /// Its certificate as a PEM text.
    pub pem: String,
    issuer: Issuer<'static, KeyPair>,
}

/// The certificate of a server on this machine, with its key.
pub struct ServerPair {
    pub certificate: Certificate,
    pub key: KeyPair,
}

impl ServerPair {
    /// Writes both into files of this folder, or replaces these: the certificate, the key.
    pub fn write(&self, folder: &Path) -> (PathBuf, PathBuf) {
        let (certificate, key) = (folder.join("certificate.pem"), folder.join("key.pem"));
        fs::write(&certificate, self.certificate.pem()).expect("a file");
        fs::write(&key, self.key.serialize_pem()).expect("a file");
        (certificate, key)
    }

    /// The flags of a server that has them, in files of this folder.
    pub fn flags(&self, folder: &Path) -> Vec<String> {
        let (certificate, key) = self.write(folder);
        let file = |path: PathBuf| path.display().to_string();
        vec![
            "--tls-cert".to_owned(),
            file(certificate),
            "--tls-key".to_owned(),
            file(key),
        ]
    }
}

impl Authority {
    pub fn new() -> Self {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = params.self_signed(&key).expect("a certificate");
        Self {
            pem: certificate.pem(),
            issuer: Issuer::new(params, key),
        }
    }

    /// A new certificate for servers on this machine.
    pub fn certify(&self) -> ServerPair {
        self.certify_with(&["localhost", "127.0.0.1"], |_| {})
    }

    /// A new certificate for these names, which is in other respects as `change` makes it.
    pub fn certify_with(&self, names: &[&str], change: impl FnOnce(&mut CertificateParams)) -> ServerPair {
        let key = KeyPair::generate().expect("a key");
        let names: Vec<String> = names.iter().map(ToString::to_string).collect();
        let mut params = CertificateParams::new(names).expect("names");
        change(&mut params);
        let certificate = params.signed_by(&key, &self.issuer).expect("a certificate");
        ServerPair { certificate, key }
    }

    /// What a server of this name needs for https.
    pub fn server_config(&self, name: &str) -> ServerConfig {
        let ServerPair { certificate, key } = self.certify_with(&[name], |_| {});
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        ServerConfig::builder_with_provider(aws_lc_rs::default_provider().into())
            .with_safe_default_protocol_versions()
            .expect("versions of TLS")
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .expect("a certificate")
    }

    /// What a client needs that trusts this authority alone.
    pub fn client_config(&self) -> ClientConfig {
        let mut roots = RootCertStore::empty();
        let own = CertificateDer::from_pem_slice(self.pem.as_bytes()).expect("a certificate");
        roots.add(own).expect("a certificate");
        ClientConfig::builder_with_provider(aws_lc_rs::default_provider().into())
            .with_safe_default_protocol_versions()
            .expect("versions of TLS")
            .with_root_certificates(roots)
            .with_no_client_auth()
    }
}
