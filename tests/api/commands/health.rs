//! `record-lists health`: exit status 0 if the server is ready, otherwise 1 and one sentence.

use std::{
    fs,
    io::{Read, Write},
    net::TcpListener,
    path::Path,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use tempfile::tempdir;

use crate::support::{
    Authority, Database::Sqlite, IdentityProvider, ServerProcess, TestDatabase, apply, assert_says, database_test,
    end_of, free_port, pass_over, program, refusal, run_well,
};

const READY: &str = "/health/ready";

fn arguments(given: &[&str]) -> Vec<String> {
    let subcommand = ["health"].iter();
    subcommand.chain(given).map(ToString::to_string).collect()
}

#[track_caller]
fn assert_ready(folder: &Path, given: &[&str]) {
    let output = program(folder)
        .args(arguments(given))
        .output()
        .expect("the program runs");
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && told.is_empty(), "{given:?}: {told}");
    assert_eq!(output.stdout, b"ready\n");
}

/// The sentence of a probe that fails.
#[track_caller]
fn complaint(folder: &Path, given: &[&str]) -> String {
    let mut command = program(folder);
    command.args(arguments(given));
    assert_eq!(end_of(&mut command).status.code(), Some(1), "{given:?}");
    refusal(&mut command)
}

#[apply(database_test)]
async fn a_server_that_is_ready_is_found_by_its_address(#[values(Sqlite)] database: TestDatabase) {
    let folder = database.folder.path();
    let server = ServerProcess::start(folder, &database.url, &[]);
    server.ready().await;
    let (address, port) = (server.address.to_string(), server.address.port());
    let probe = tempdir().expect("a folder");
    let file = probe.path().join("settings.toml");
    fs::write(&file, format!("bind = \"{address}\"\nlanes = 1\n")).expect("a file");
    let path_of_file = file.display().to_string();
    for given in [
        &["--bind", &address][..],
        // The flags of a deployment are those of all subcommands.
        &[
            "--bind",
            &address,
            "--database-url",
            "postgres://h/db",
            "--jwks",
            "missing",
        ],
        &["--bind", &format!("0.0.0.0:{port}")],
        &["--bind", &format!("localhost:{port}")],
        &["--config", &path_of_file],
        &["--url", &format!("http://{address}")],
        &["--url", &format!("http://{address}/")],
        &["--url", &format!("http://{address}{READY}")],
        &["--url", &format!("http://{address}/health/live")],
        &["--url", &format!("http://localhost:{port}"), "--config", "missing.toml"],
    ] {
        assert_ready(probe.path(), given);
    }
    let by_variable = program(probe.path())
        .arg("health")
        .env("RECORD_LISTS_BIND", &address)
        .env("RECORD_LISTS_COLOUR", "red")
        .output()
        .expect("the program runs");
    assert!(
        by_variable.status.success() && by_variable.stderr.is_empty(),
        "{by_variable:?}"
    );
    // Faults of the server's environment are the server's to tell.
    let among_faults = program(probe.path())
        .args(["health", "--url", &format!("http://{address}")])
        .envs([
            ("RECORD_LISTS_BIND", "nowhere"),
            ("RECORD_LISTS_WORKERS", "none"),
            ("RECORD_LISTS_BNID", &*address),
        ])
        .output()
        .expect("the program runs");
    assert!(among_faults.status.success(), "{among_faults:?}");
    let unused_fault = program(probe.path())
        .arg("health")
        .envs([("RECORD_LISTS_BIND", &*address), ("RECORD_LISTS_WORKERS", "none")])
        .output()
        .expect("the program runs");
    assert!(unused_fault.status.success(), "{unused_fault:?}");
    // Nothing is created.
    assert_eq!(fs::read_dir(probe.path()).expect("a folder").count(), 1);
    assert_says(
        &complaint(probe.path(), &["--url", &format!("http://{address}/nothing")]),
        &["/nothing cannot be read: ", "404"],
    );
}

#[apply(database_test)]
async fn a_server_that_is_not_ready_says_why(#[values(Sqlite)] database: TestDatabase) {
    let folder = database.folder.path();
    let away = format!("http://127.0.0.1:{}/keys", free_port());
    let server = ServerProcess::start_in_shell(&database, "unset RECORD_LISTS_JWT_SECRET", &["--jwks-url", &away]);
    server.alive().await;
    let message = complaint(folder, &["--bind", &server.address.to_string()]);
    assert_says(
        &message,
        &["the server is not ready: KEYS_AWAY: The keys that verify access tokens could not be read"],
    );
}

#[test]
fn all_addresses_of_ipv6_are_asked_by_that_of_the_machine() {
    let Ok(listener) = TcpListener::bind("[::1]:0") else {
        return pass_over("IPv6");
    };
    let port = listener.local_addr().expect("an address").port();
    let server = thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a connection");
        let mut head = [0; 64];
        let count = stream.read(&mut head).expect("a request");
        stream
            .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 18\r\n\r\n{\"status\":\"ready\"}")
            .expect("an answer");
        String::from_utf8_lossy(&head[..count]).into_owned()
    });
    assert_ready(
        tempdir().expect("a folder").path(),
        &["--bind", &format!("[::]:{port}")],
    );
    let head = server.join().expect("an answer");
    assert!(head.starts_with("GET /health/ready HTTP/1.1\r\n"), "{head}");
}

#[test]
fn every_other_answer_is_told_in_one_sentence() {
    let folder = tempdir().expect("a folder");
    let provider = IdentityProvider::start();
    let reason = |reason: &str, message: &str| {
        serde_json::json!({"status": "not_ready", "reason": reason, "message": message}).to_string()
    };
    let long = "x".repeat(64 * 1024 + 1);
    for (status, body, told) in [
        (
            "503 Service Unavailable",
            reason("DATABASE_FULL", "The disk is full."),
            "not ready: DATABASE_FULL: The disk is full.",
        ),
        (
            "503 Service Unavailable",
            reason("A", "b\nc\u{1b}[31m"),
            "not ready: A: b\u{fffd}c\u{fffd}[31m",
        ),
        (
            "503 Service Unavailable",
            "<html>".to_owned(),
            "cannot be read: the status of the response is 503",
        ),
        (
            "503 Service Unavailable",
            reason("A", &long),
            "cannot be read: the status of the response is 503",
        ),
        ("204 No Content", String::new(), "the status of the response is 204"),
        (
            "404 Not Found",
            reason("marked", "marked"),
            "the status of the response is 404",
        ),
        (
            "302 Found\r\nLocation: /other",
            String::new(),
            "302 Found; only 200 counts, and redirects are not followed",
        ),
    ] {
        provider.answer(READY, status, &body);
        provider.publish("/other", "{}");
        let message = complaint(folder.path(), &["--url", &provider.url("")]);
        assert_says(&message, &[told]);
        assert!(message.chars().count() < 1_200);
    }
    assert_eq!(provider.requests_for("/other"), 0);
    provider.answer_with(READY, "nonsense");
    assert_says(
        &complaint(folder.path(), &["--url", &provider.url("")]),
        &["cannot be read: "],
    );
    // Something else listens there.
    for body in ["<html>", "{}", "", r#"{"status": "ok"}"#, r#"{"status": "not_ready"}"#] {
        provider.answer(READY, "200 OK", body);
        let message = complaint(folder.path(), &["--url", &provider.url("")]);
        assert_says(
            &message,
            &["/health/ready has an answer, but not that of a record-lists server"],
        );
    }
    provider.answer(READY, "200 OK", &long);
    let message = complaint(folder.path(), &["--url", &provider.url("")]);
    assert_says(&message, &["cannot be read: "]);
    provider.publish("/lists/health/ready?a=b", r#"{"status": "ready"}"#);
    assert_ready(folder.path(), &["--url", &provider.url("/lists/health/ready?a=b")]);
    let message = complaint(folder.path(), &["--url", &provider.url("/other/path?code=marked")]);
    assert_says(&message, &["/other/path?*** cannot be read"]);
}

#[test]
fn a_server_that_is_away_is_refused_or_too_slow() {
    let folder = tempdir().expect("a folder");
    let port = free_port();
    let message = complaint(folder.path(), &["--bind", &format!("127.0.0.1:{port}")]);
    assert_says(
        &message,
        &[&format!("http://127.0.0.1:{port}{READY} cannot be read: "), "refused"],
    );
    for (address, asked) in [("0.0.0.0", "127.0.0.1"), ("[::]", "[::1]")] {
        let message = complaint(folder.path(), &["--bind", &format!("{address}:{port}")]);
        assert_says(&message, &[&format!("http://{asked}:{port}{READY} cannot be read: ")]);
    }
    let provider = IdentityProvider::start();
    provider.hold();
    let start = Instant::now();
    let message = complaint(folder.path(), &["--url", &provider.url("")]);
    assert_says(&message, &["the server did not answer within 5 s"]);
    // It is asked twice, by a machine that may be busy.
    let elapsed = start.elapsed();
    assert!(
        (Duration::from_secs(10)..Duration::from_secs(40)).contains(&elapsed),
        "{elapsed:?}"
    );
    let message = complaint(folder.path(), &["--bind", "127.0.0.1:0"]);
    assert_says(
        &message,
        &["--bind 127.0.0.1:0 does not say the port of the server", "--url"],
    );
    let message = complaint(folder.path(), &["--bind", "no-such-host.invalid:80"]);
    assert_says(
        &message,
        &["the host of --bind no-such-host.invalid:80 cannot be looked up"],
    );
}

/// A file on a disk that does not answer.
#[test]
fn a_file_that_cannot_be_read_in_time_is_too_slow() {
    let folder = tempdir().expect("a folder");
    let pipe = folder.path().join("silent");
    run_well(Command::new("mkfifo").arg(&pipe));
    let message = complaint(folder.path(), &["--config", &pipe.display().to_string()]);
    assert_says(&message, &["did not answer within 5 s"]);
}

#[test]
fn a_url_that_cannot_be_asked_is_refused() {
    let folder = tempdir().expect("a folder");
    for url in [
        "",
        "marked:8080",
        "ftp://marked/",
        "http://u:marked@h/",
        "http://h/#marked",
        "/health/ready",
    ] {
        let mut command = program(folder.path());
        command.args(["health", "--url", url]);
        assert_eq!(end_of(&mut command).status.code(), Some(2), "{url}");
        assert_says(
            &refusal(&mut command),
            &["--url must be a URL with http:// or https://"],
        );
    }
}

#[test]
fn https_needs_a_certificate_of_an_authority_that_is_trusted() {
    let folder = tempdir().expect("a folder");
    let (trusted, other) = (Authority::new(), Authority::new());
    let file = folder.path().join("authority.pem");
    fs::write(&file, &trusted.pem).expect("a file");
    for (authority, is_trusted) in [(&trusted, true), (&other, false)] {
        let provider = IdentityProvider::start_encrypted(authority.server_config("localhost"));
        provider.publish(READY, r#"{"status": "ready"}"#);
        let mut command = program(folder.path());
        command
            .args(["health", "--url", &provider.url("")])
            .env("SSL_CERT_FILE", &file)
            .env_remove("SSL_CERT_DIR");
        if is_trusted {
            assert_eq!(end_of(command.stdout(Stdio::piped())).stdout, b"ready\n");
        } else {
            assert_says(&refusal(&mut command), &["cannot be read: ", "certificate"]);
        }
    }
}
