//! `record-lists health` asks a server that speaks TLS, and trusts its certificate alone.

use std::{fs, path::Path, process::Stdio};

use tempfile::tempdir;

use crate::support::{
    AUTHORITY, Authority, Database::Sqlite, ServerProcess, TestDatabase, apply, assert_says, database_test, end_of,
    free_port, program, refusal,
};

/// The probe of the server at this address, whose certificate is in this file.
fn probe(folder: &Path, address: &str, certificate: &Path) -> std::process::Command {
    let mut command = program(folder);
    command
        .args(["health", "--bind", address, "--tls-cert"])
        .arg(certificate)
        .stdout(Stdio::piped());
    command
}

#[apply(database_test)]
async fn a_server_is_known_by_its_certificate(#[values(Sqlite)] database: TestDatabase) {
    let folder = database.folder.path();
    // Neither the authority nor the name is one that this machine trusts.
    let pair = Authority::new().certify_with(&["dialer.example.com"], |_| {});
    let flags = pair.flags(folder);
    let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
    let server = ServerProcess::start(folder, &database.url, &flags);
    let (address, certificate) = (server.address.to_string(), folder.join("certificate.pem"));
    let port = server.address.port();
    for _ in 0..1_200 {
        if server.log().contains("listening") {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    for address in [&address, &format!("0.0.0.0:{port}"), &format!("localhost:{port}")] {
        let output = end_of(&mut probe(folder, address, &certificate));
        assert_eq!(output.stdout, b"ready\n", "{address}: {output:?}");
    }
    let probed = tempdir().expect("a folder");
    let (other, _) = AUTHORITY.certify().write(probed.path());
    let message = refusal(&mut probe(probed.path(), &address, &other));
    let url = format!("https://{address}/health/ready cannot be read: ");
    assert_says(
        &message,
        &[&url, "another certificate than the file of --tls-cert", "SIGHUP"],
    );
    // Without it, the server is asked in plain text, and does not answer that.
    let mut plain = program(folder);
    let message = refusal(plain.args(["health", "--bind", &address]).stdout(Stdio::piped()));
    assert_says(&message, &[&format!("http://{address}/health/ready cannot be read: ")]);
}

#[test]
fn a_file_without_a_certificate_is_refused() {
    let folder = tempdir().expect("a folder");
    let address = format!("127.0.0.1:{}", free_port());
    let file = folder.path().join("certificate.pem");
    let message = refusal(&mut probe(folder.path(), &address, &file));
    assert_says(&message, &["certificate.pem of --tls-cert cannot be read"]);
    fs::write(&file, "marked").expect("a file");
    let message = refusal(&mut probe(folder.path(), &address, &file));
    assert_says(&message, &["certificate.pem of --tls-cert contains no certificate"]);
}
