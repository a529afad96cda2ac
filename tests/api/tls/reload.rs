//! SIGHUP: the certificate and the key are read again while connections are open.

use std::{fs, net::SocketAddr, time::Duration};

use rcgen::date_time_ymd;

use super::{ask, connect};
use crate::support::{
    AUTHORITY, Database::Sqlite, ServerPair, ServerProcess, TestDatabase, Transport::Tls, apply, database_test,
    free_port,
};

const READ: &str = "speaking TLS with this certificate";

/// Waits until the log has the text so many times.
async fn wait_for_log(server: &ServerProcess, text: &str, count: usize) {
    for _ in 0..1_200 {
        if server.log().matches(text).count() >= count {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{text:?} is not in the log {count} times: {}", server.log());
}

/// Whether a new connection gets this certificate.
async fn shows(server: &ServerProcess, pair: &ServerPair) -> bool {
    let mut stream = connect(server.address, AUTHORITY.client_config()).await.expect("TLS");
    ask(&mut stream).await;
    let shown = stream.get_ref().1.peer_certificates().expect("a certificate");
    shown[0] == *pair.certificate.der()
}

/// When the metrics say that the certificate expires.
async fn not_after(metrics: SocketAddr) -> i64 {
    let url = format!("http://{metrics}/metrics");
    let text = reqwest::get(url)
        .await
        .expect("an answer")
        .text()
        .await
        .expect("a text");
    let name = "record_lists_tls_certificate_not_after_seconds ";
    let value = text.lines().find_map(|line| line.strip_prefix(name));
    value.expect("a value").parse().expect("a number")
}

fn valid_until(year: i32) -> ServerPair {
    AUTHORITY.certify_with(&["localhost", "127.0.0.1"], |params| {
        params.not_after = date_time_ymd(year, 1, 2);
    })
}

#[apply(database_test)]
async fn new_connections_get_the_new_certificate_and_old_ones_go_on(#[values(Sqlite)] database: TestDatabase) {
    let folder = database.folder.path();
    let metrics = SocketAddr::from(([127, 0, 0, 1], free_port()));
    let server = ServerProcess::start_over(Tls, &database, &["--metrics-bind", &metrics.to_string()]);
    server.ready().await;
    let mut old = connect(server.address, AUTHORITY.client_config()).await.expect("TLS");
    let next = valid_until(2150);
    next.write(folder);
    assert!(!shows(&server, &next).await, "the files are not watched");
    server.signal("HUP");
    wait_for_log(&server, READ, 2).await;
    assert!(shows(&server, &next).await);
    ask(&mut old).await;
    assert!(
        server.log().contains("not_after=\"2150-01-02T00:00:00Z\""),
        "{}",
        server.log()
    );
    assert_eq!(not_after(metrics).await, next_second_of_2150());
    assert!(!server.log().contains("ERROR"), "{}", server.log());
}

/// 2150-01-02T00:00:00Z.
fn next_second_of_2150() -> i64 {
    date_time_ymd(2150, 1, 2).unix_timestamp()
}

#[apply(database_test)]
async fn a_faulty_pair_leaves_the_old_one_in_use(#[values(Sqlite)] database: TestDatabase) {
    let folder = database.folder.path();
    let server = ServerProcess::start_over(Tls, &database, &[]);
    server.ready().await;
    let first = valid_until(2151);
    let (certificate, key) = first.write(folder);
    server.signal("HUP");
    wait_for_log(&server, READ, 2).await;
    let mut faults = 0;
    let mut keeps = async |told: &str| {
        faults += 1;
        server.signal("HUP");
        wait_for_log(&server, "the certificate stays as it was", faults).await;
        assert!(server.log().contains(told), "{told}: {}", server.log());
        assert!(shows(&server, &first).await, "{told}");
    };
    fs::write(&key, AUTHORITY.certify().key.serialize_pem()).expect("a file");
    keeps("does not belong to the first certificate").await;
    fs::remove_file(&certificate).expect("a file");
    keeps("of --tls-cert cannot be read").await;
    valid_until(2020).write(folder);
    keeps("of --tls-cert has expired").await;
    let last = valid_until(2152);
    last.write(folder);
    server.signal("HUP");
    wait_for_log(&server, READ, 3).await;
    assert!(shows(&server, &last).await);
}
