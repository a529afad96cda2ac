//! https: the certificate of a provider must come from an authority that the system trusts, or `SSL_CERT_FILE` names.

use std::fs;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::{
    ServerConfig,
    crypto::aws_lc_rs,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};

use super::{
    super::reload::{status, wait_for_log},
    KEYS, by_ed25519, ed25519, set_of,
};
use crate::support::{Claims, Database::Sqlite, IdentityProvider, ServerProcess, TestDatabase, apply, database_test};

/// An authority that the test makes.
struct Authority {
    /// Its certificate as a PEM text.
    pem: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    fn new() -> Self {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = params.self_signed(&key).expect("a certificate");
        Self {
            pem: certificate.pem(),
            issuer: Issuer::new(params, key),
        }
    }

    /// A provider with a certificate for this name.
    fn provider(&self, name: &str) -> IdentityProvider {
        let key = KeyPair::generate().expect("a key");
        let params = CertificateParams::new([name.to_owned()]).expect("a name");
        let certificate = params.signed_by(&key, &self.issuer).expect("a certificate");
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let config = ServerConfig::builder_with_provider(aws_lc_rs::default_provider().into())
            .with_safe_default_protocol_versions()
            .expect("versions of TLS")
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .expect("a certificate");
        let provider = IdentityProvider::start_encrypted(config);
        provider.publish(KEYS, &set_of(&[ed25519("e1")]));
        provider
    }
}

/// A server that trusts this authority alone, or none, and has no keys of its own.
fn server(database: &TestDatabase, trusted: Option<&Authority>, url: &str) -> ServerProcess {
    let file = database.folder.path().join("authority.pem");
    if let Some(authority) = trusted {
        fs::write(&file, &authority.pem).expect("a file");
    }
    let first = format!(
        "unset RECORD_LISTS_JWT_SECRET SSL_CERT_DIR; export SSL_CERT_FILE={}",
        file.display()
    );
    ServerProcess::start_in_shell(database, &first, &["--jwks-url", url])
}

#[apply(database_test)]
async fn a_trusted_certificate_lets_keys_be_read(#[values(Sqlite)] database: TestDatabase) {
    let authority = Authority::new();
    let provider = authority.provider("localhost");
    let server = server(&database, Some(&authority), &provider.url(KEYS));
    server.ready().await;
    assert_eq!(status(&server, &by_ed25519("e1", Claims::of("acme"))).await, 200);
}

#[apply(database_test)]
async fn other_certificates_give_no_keys(#[values(Sqlite)] database: TestDatabase) {
    let (trusted, other) = (Authority::new(), Authority::new());
    for provider in [other.provider("localhost"), trusted.provider("id.example.com")] {
        let server = server(&database, Some(&trusted), &provider.url(KEYS));
        wait_for_log(&server, "invalid peer certificate", 1).await;
        let answer = server.as_anonymous().get("/health/ready").send().await;
        assert_eq!(answer.assert_status(503).json()["reason"], "KEYS_AWAY");
        assert_eq!(provider.requests(), 0);
    }
}

/// A provider's certificate can be checked as soon as there are authorities.
#[apply(database_test)]
async fn authorities_may_come_later(#[values(Sqlite)] database: TestDatabase) {
    let authority = Authority::new();
    let provider = authority.provider("localhost");
    let server = server(&database, None, &provider.url(KEYS));
    wait_for_log(&server, "no certificates of authorities can be read", 1).await;
    let file = database.folder.path().join("authority.pem");
    fs::write(file, &authority.pem).expect("a file");
    server.ready().await;
}
