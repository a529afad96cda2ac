//! Sockets that systemd opened for the service.

use std::{net::TcpStream, path::Path, process::Command};

use serde_json::json;
use tempfile::tempdir;

use crate::support::{
    Database::Sqlite, ServerProcess, TestDatabase, apply, assert_says, database_test, exchange, free_port, pass_over,
    program, refusal, run_well,
};

/// Opens sockets of these kinds and becomes the program: KIND[:PORT]... -- PROGRAM ARGUMENTS.
const STARTER: &str = r#"
import os, socket, sys
kinds = sys.argv[1:sys.argv.index("--")]
command = sys.argv[sys.argv.index("--") + 1:]
opened = []
for kind in kinds:
    name, _, port = kind.partition(":")
    if name == "unix":
        one = socket.socket(socket.AF_UNIX)
        one.bind("socket")
        one.listen()
    elif name == "udp":
        one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        one.bind(("127.0.0.1", 0))
    else:
        one = socket.socket()
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        one.bind(("0.0.0.0" if name == "open" else "127.0.0.1", int(port or 0)))
        if name != "silent":
            one.listen()
    opened.append(os.dup2(one.fileno(), 100 + len(opened)))
for index, one in enumerate(opened):
    os.dup2(one, 3 + index, inheritable=True)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS=str(len(opened)))
os.execvp(command[0], command)
"#;

/// The program with sockets of these kinds; `None` where the test has to be passed over.
fn with_sockets(folder: &Path, kinds: &[String], names: &str) -> Option<Command> {
    if Command::new("python3").arg("--version").output().is_err() {
        pass_over("python3");
        return None;
    }
    let program = program(folder);
    let mut command = Command::new("python3");
    command
        .args(["-c", STARTER])
        .args(kinds)
        .arg("--")
        .arg(program.get_program())
        .current_dir(folder)
        .env("LISTEN_FDNAMES", names);
    for (name, value) in program.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    Some(command)
}

/// Requests come in at the socket, links name its address, and the address of `--bind` stays free.
#[apply(database_test)]
async fn a_socket_takes_the_place_of_the_address(#[values(Sqlite)] database: TestDatabase) {
    let folder = database.folder.path();
    let port = free_port();
    let Some(command) = with_sockets(folder, &[format!("tcp:{port}")], "record-lists.socket") else {
        return;
    };
    let mut server = ServerProcess::launch(command, folder, &database.url, &[]);
    let unused = server.address;
    server.address.set_port(port);
    server.ready().await;
    assert!(TcpStream::connect(unused).is_err(), "the service listens on --bind");
    let created = server.as_manager().post("/record-lists").json(&json!({ "name": "a" }));
    let created = created.send().await.assert_status(201);
    let location = created.header("location");
    assert!(location.starts_with(&format!("http://127.0.0.1:{port}/")), "{location}");
    let told = run_well(program(folder).args(["health", "--bind", &format!("127.0.0.1:{port}")]));
    assert_eq!(told, "ready\n");
    assert_says(&server.log(), &["the socket from systemd counts, not --bind"]);
}

/// They are told apart by their names, whatever their order.
#[apply(database_test)]
async fn a_second_socket_serves_metrics(#[values(Sqlite)] database: TestDatabase) {
    let folder = database.folder.path();
    let (metrics, http) = (free_port(), free_port());
    let kinds = [format!("tcp:{metrics}"), format!("tcp:{http}")];
    let Some(command) = with_sockets(folder, &kinds, "metrics:http") else {
        return;
    };
    let mut server = ServerProcess::launch(command, folder, &database.url, &[]);
    server.address.set_port(http);
    server.ready().await;
    server.address.set_port(metrics);
    let request = "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n";
    let text = exchange(server.address, request).await.0;
    assert!(text.contains("record_lists_build_info"), "{text}");
}

#[test]
fn other_sockets_are_refused_with_a_sentence() {
    let folder = tempdir().expect("a folder");
    for (kinds, names, expected) in [
        (&["unix"][..], "http", "socket 1 from systemd is no TCP socket"),
        (
            &["tcp", "udp"],
            "http:metrics",
            "socket 2 from systemd is no TCP socket",
        ),
        (&["silent"], "http", "socket 1 from systemd does not listen"),
        (&["tcp", "tcp", "tcp"], "a:b:c", "systemd passes 3 sockets"),
        (&["tcp", "tcp"], "http:http", "two sockets with FileDescriptorName=http"),
    ] {
        let kinds: Vec<String> = kinds.iter().map(ToString::to_string).collect();
        let Some(mut command) = with_sockets(folder.path(), &kinds, names) else {
            return;
        };
        assert_says(&refusal(&mut command), &[expected]);
        let _ = std::fs::remove_file(folder.path().join("socket"));
        assert!(
            !folder.path().join("data").exists(),
            "{kinds:?}: a database was created"
        );
    }
}

/// A development start is for this machine alone, whatever `--bind` says.
#[test]
fn a_socket_that_others_reach_needs_a_key() {
    let folder = tempdir().expect("a folder");
    let Some(mut command) = with_sockets(folder.path(), &["open".to_owned()], "http") else {
        return;
    };
    assert_says(&refusal(&mut command), &["no key is configured", "0.0.0.0:"]);
}
