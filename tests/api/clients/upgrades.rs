//! Clients and proxies that offer, with every request, to upgrade the connection: none of their calls fails.

use std::{
    net::{SocketAddr, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use super::Served;
use crate::support::{
    Claims, Database, Database::Sqlite, TestList, apply, database_test, free_port, pass_over, repository_file, run_well,
};

/// Calls of each client; every second one has a body.
const CALLS: usize = 2_000;

async fn list(served: &Served) -> TestList {
    TestList::create(served.server.as_manager(), "PHONE_NUMBER").await
}

/// Makes the calls with curl, on one connection, to a server or a proxy before it.
fn call_by_curl(address: SocketAddr, list: &TestList, options: &[&str]) {
    let call = |path: &str, more: &[&str]| {
        let token = Claims::of("acme").token();
        let said = run_well(
            Command::new("curl")
                .args(["--silent", "--show-error", "--max-time", "300", "--output", "/dev/null"])
                .args(["--write-out", "%{http_code} %{num_connects}\n"])
                .args(["--header", &format!("Authorization: Bearer {token}")])
                .args(options)
                .args(more)
                .arg(format!("http://{address}{path}#[1-{}]", CALLS / 2)),
        );
        let mut lines = said.lines();
        assert_eq!(lines.next(), Some("200 1"), "{options:?} {path}");
        let others: Vec<&str> = lines.filter(|line| *line != "200 0").collect();
        assert!(others.is_empty(), "{options:?} {path}: {others:?}");
        assert_eq!(said.lines().count(), CALLS / 2);
    };
    call(&list.path(""), &[]);
    let body = "[{\"phone_number\":\"+14155550101\"}]";
    let deletion = ["--request", "DELETE", "--json", body];
    call(&list.path("/records/bulks"), &deletion);
}

fn has(program: &str, question: &str) -> bool {
    let output = Command::new(program).arg(question).output();
    let is_there = output.is_ok_and(|output| output.status.success());
    if !is_there {
        pass_over(program);
    }
    is_there
}

#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn java(#[values(Sqlite)] database: Database) {
    // A file of Java is run by the compiler.
    if !has("javac", "-version") {
        return;
    }
    let Some(served) = Served::start(database, &[]).await else {
        return;
    };
    let list = list(&served).await;
    served.run(
        Command::new("java")
            .arg(repository_file("tests/clients/java/Calls.java"))
            .arg(&list.id),
    );
}

#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn curl(#[values(Sqlite)] database: Database) {
    if !has("curl", "--version") {
        return;
    }
    let Some(served) = Served::start(database, &[]).await else {
        return;
    };
    call_by_curl(served.server.address, &list(&served).await, &["--http2"]);
}

#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn nginx(#[values(Sqlite)] database: Database) {
    if !has("curl", "--version") || !has("nginx", "-v") {
        return;
    }
    let Some(served) = Served::start(database, &[]).await else {
        return;
    };
    let list = list(&served).await;
    let web_sockets = "proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection \"upgrade\";";
    let always = "proxy_set_header Upgrade websocket; proxy_set_header Connection \"upgrade\";";
    let kept_open = "proxy_set_header Connection \"\";";
    for settings in [web_sockets, always, kept_open] {
        let proxy = Proxy::start(served.database.folder.path(), served.server.address, settings);
        call_by_curl(proxy.address, &list, &[]);
    }
}

/// nginx before a server. It ends when this is dropped.
struct Proxy {
    address: SocketAddr,
    process: Child,
}

impl Proxy {
    fn start(folder: &Path, server: SocketAddr, settings: &str) -> Self {
        let address = SocketAddr::from(([127, 0, 0, 1], free_port()));
        let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|kind| format!("{kind}_temp_path nginx-{kind};\n"))
            .concat();
        let text = format!(
            "daemon off; master_process off; pid nginx.pid; error_log nginx.log;
            events {{}}
            http {{
                access_log off; keepalive_requests 100000; {temporary}
                upstream records {{ server {server}; keepalive 4; }}
                server {{
                    listen {address};
                    location / {{ proxy_pass http://records; proxy_http_version 1.1; {settings} }}
                }}
            }}"
        );
        let file = folder.join("nginx.conf");
        std::fs::write(&file, text).expect("a file");
        let process = Command::new("nginx")
            .arg("-p")
            .arg(folder)
            .arg("-c")
            .arg(file)
            .stderr(Stdio::null())
            .spawn()
            .expect("nginx starts");
        let listens = (0..2_400).any(|_| {
            std::thread::sleep(Duration::from_millis(25));
            TcpStream::connect(address).is_ok()
        });
        assert!(listens, "nginx does not listen");
        Self { address, process }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
