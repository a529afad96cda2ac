//! What is served over TLS.

use std::net::SocketAddr;

use rustls::{ClientConfig, ProtocolVersion, RootCertStore, crypto::aws_lc_rs, pki_types::pem::PemObject, version};
use tempfile::tempdir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    time::timeout,
};

use super::{PATIENCE, ask, connect};
use crate::support::{
    AUTHORITY,
    Database::{self, Sqlite},
    ServerProcess, Spoken, TestApp, TestDatabase, TestList,
    Transport::Tls,
    apply, database_test, free_port, person, program,
};

#[apply(database_test)]
async fn records_are_deleted_and_links_are_https(database: TestDatabase) {
    let app = TestApp::over(Tls, database).await;
    let list = app.list().await;
    let ids = list.add(&[person("+14155550101"), person("+14155550102")]).await;
    list.delete_ids(&[&ids[0]]).await.assert_deleted(1, 0, 1);
    let answer = list.caller.get(&list.path("")).send().await.assert_status(200).json();
    let link = answer["_links"]["self"]["href"].as_str().expect("a link");
    assert_eq!(link, format!("https://{}{}", app.address, list.path("")));
}

/// A proxy says how its own clients reach it.
#[apply(database_test)]
async fn a_trusted_proxy_counts_for_links(#[values(Sqlite)] database: TestDatabase) {
    let app = TestApp::over_with(Tls, database, |settings| {
        settings.trusted_proxies = vec!["127.0.0.0/8".parse().expect("a network")];
    })
    .await;
    let list: TestList = app.list().await;
    let request = list.caller.get(&list.path("")).header("x-forwarded-proto", "http");
    let answer = request.send().await.assert_status(200).json();
    let link = answer["_links"]["self"]["href"].as_str().expect("a link");
    assert!(link.starts_with("http://"), "{link}");
}

/// HTTP/2 is never chosen, and whoever speaks nothing else is told so by TLS.
#[apply(database_test)]
async fn http_1_is_chosen_whatever_else_is_offered(#[values(Sqlite)] database: Database) {
    let Some(database) = database.create().await else {
        return;
    };
    let app = TestApp::over(Tls, database).await;
    for (offered, chosen) in [
        (&[&b"h2"[..], b"http/1.1"][..], Some(&b"http/1.1"[..])),
        (&[b"http/1.1"], Some(b"http/1.1")),
        (&[], None),
    ] {
        let mut config = AUTHORITY.client_config();
        config.alpn_protocols = offered.iter().map(|protocol| protocol.to_vec()).collect();
        let mut stream = connect(app.address, config).await.expect("TLS");
        assert_eq!(stream.get_ref().1.alpn_protocol(), chosen);
        ask(&mut stream).await;
    }
    let mut config = AUTHORITY.client_config();
    config.alpn_protocols = vec![b"h2".to_vec()];
    let refused = connect(app.address, config).await.expect_err("no HTTP/2").to_string();
    assert!(refused.contains("NoApplicationProtocol"), "{refused}");
}

#[apply(database_test)]
async fn tls_1_2_and_1_3_are_spoken(#[values(Sqlite)] database: TestDatabase) {
    let app = TestApp::over(Tls, database).await;
    for (version, expected) in [
        (&version::TLS12, ProtocolVersion::TLSv1_2),
        (&version::TLS13, ProtocolVersion::TLSv1_3),
    ] {
        let mut roots = RootCertStore::empty();
        let own = PemObject::from_pem_slice(AUTHORITY.pem.as_bytes()).expect("a certificate");
        roots.add(own).expect("a certificate");
        let config = ClientConfig::builder_with_provider(aws_lc_rs::default_provider().into())
            .with_protocol_versions(&[version])
            .expect("a version")
            .with_root_certificates(roots)
            .with_no_client_auth();
        let mut stream = connect(app.address, config).await.expect("TLS");
        assert_eq!(stream.get_ref().1.protocol_version(), Some(expected));
        ask(&mut stream).await;
    }
}

/// An end without this word may be an attacker's.
#[apply(database_test)]
async fn an_idle_connection_ends_with_a_word(#[values(Sqlite)] database: TestDatabase) {
    let app = TestApp::over_with(Tls, database, |settings| {
        settings.keep_alive = std::time::Duration::from_secs(1);
    })
    .await;
    let mut stream = connect(app.address, AUTHORITY.client_config()).await.expect("TLS");
    ask(&mut stream).await;
    let end = timeout(PATIENCE, stream.read(&mut [0])).await.expect("an end");
    assert_eq!(end.expect("a clean end"), 0);
}

/// What docs/operating.md says about memory, and some more for what is not counted there.
#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn an_idle_connection_costs_little_memory(#[values(Sqlite)] database: TestDatabase) {
    const CONNECTIONS: usize = 500;
    const EACH: u64 = 40;
    let server = ServerProcess::start_over(Tls, &database, &["--workers", "1"]);
    server.ready().await;
    let one = async || {
        let mut stream = connect(server.address, AUTHORITY.client_config()).await.expect("TLS");
        ask(&mut stream).await;
        stream
    };
    let mut idle = vec![one().await];
    let before = server.peak_memory();
    while idle.len() < CONNECTIONS {
        idle.push(one().await);
    }
    let each = (server.peak_memory() - before) / CONNECTIONS as u64;
    assert!(each < EACH, "{each} KiB a connection");
}

/// A start without keys: its pages are at https, and so is the only origin that gets a token.
#[tokio::test]
async fn a_development_start_is_at_https() {
    let folder = tempdir().expect("a folder");
    let address = SocketAddr::from(([127, 0, 0, 1], free_port()));
    let mut command = program(folder.path());
    command
        .args(["--bind", &address.to_string()])
        .args(AUTHORITY.certify().flags(folder.path()));
    let mut server = Spoken::start(command);
    let welcome = server.read_to("Start with --demo");
    for url in [
        format!("https://{address}/docs/"),
        format!("curl -X DELETE https://{address}/"),
    ] {
        assert!(welcome.contains(&url), "{welcome}");
    }
    assert!(!welcome.contains("http://"), "{welcome}");
    for (scheme, status) in [("https", "200"), ("http", "404")] {
        let request = format!(
            "POST /docs/token HTTP/1.1\r\nHost: {address}\r\nOrigin: {scheme}://{address}\r\n\
             Sec-Fetch-Site: same-origin\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        );
        let mut stream = connect(address, AUTHORITY.client_config()).await.expect("TLS");
        stream.write_all(request.as_bytes()).await.expect("bytes are taken");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("an answer");
        assert_eq!(&answer[9..12], status, "{scheme}: {answer}");
    }
}
