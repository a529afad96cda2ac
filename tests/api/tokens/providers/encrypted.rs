//! https: the certificate of a provider must come from an authority that the system trusts, or `SSL_CERT_FILE` names.

use std::fs;

use super::{
    super::reload::{status, wait_for_log},
    KEYS, by_ed25519, ed25519, set_of,
};
use crate::support::{
    Authority, Claims, Database::Sqlite, IdentityProvider, ServerProcess, TestDatabase, apply, database_test,
};

/// A provider with a certificate of this authority for this name.
fn provider(authority: &Authority, name: &str) -> IdentityProvider {
    let provider = IdentityProvider::start_encrypted(authority.server_config(name));
    provider.publish(KEYS, &set_of(&[ed25519("e1")]));
    provider
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
    let provider = provider(&authority, "localhost");
    let server = server(&database, Some(&authority), &provider.url(KEYS));
    server.ready().await;
    assert_eq!(status(&server, &by_ed25519("e1", Claims::of("acme"))).await, 200);
}

#[apply(database_test)]
async fn other_certificates_give_no_keys(#[values(Sqlite)] database: TestDatabase) {
    let (trusted, other) = (Authority::new(), Authority::new());
    for provider in [provider(&other, "localhost"), provider(&trusted, "id.example.com")] {
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
    let provider = provider(&authority, "localhost");
    let server = server(&database, None, &provider.url(KEYS));
    wait_for_log(&server, "no certificates of authorities can be read", 1).await;
    let file = database.folder.path().join("authority.pem");
    fs::write(file, &authority.pem).expect("a file");
    server.ready().await;
}
