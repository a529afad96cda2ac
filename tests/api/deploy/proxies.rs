//! `deploy/proxies`, run with the programs from Debian: what clients see through them, and what they never do twice.

use std::{
    fs,
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use rstest::rstest;
use serde_json::Value;

use crate::support::{
    Claims,
    Database::{self, Sqlite},
    ServerProcess, apply, database_test, free_port, pass_over, repository_file, run_well,
};

/// The name that clients call.
const HOST: &str = "dialer.example.com";

#[derive(Clone, Copy, Debug)]
enum Kind {
    Nginx,
    Haproxy,
}
use Kind::{Haproxy, Nginx};

/// A proxy with its example, in a folder of its own. It ends when this is dropped.
struct Proxy<'f> {
    folder: &'f Path,
    address: SocketAddr,
    process: Child,
}

impl<'f> Proxy<'f> {
    /// Starts the proxy before a server; `None` where the test has to be passed over.
    fn start(kind: Kind, folder: &'f Path, server: SocketAddr) -> Option<Self> {
        let (program, question, example) = match kind {
            Nginx => ("nginx", "-v", "nginx.conf"),
            Haproxy => ("haproxy", "-v", "haproxy.cfg"),
        };
        if !Command::new(program)
            .arg(question)
            .output()
            .is_ok_and(|output| output.status.success())
        {
            pass_over(program);
            return None;
        }
        let address = SocketAddr::from(([127, 0, 0, 1], free_port()));
        certify(folder);
        let example = fs::read_to_string(repository_file("deploy/proxies").join(example)).expect("an example");
        let example = with(&example, "127.0.0.1:8080", &server.to_string());
        let path = |name: &str| folder.join(name).display().to_string();
        let file = path("proxy.conf");
        let mut command = Command::new(program);
        let text = match kind {
            Nginx => {
                let example = with(&example, "listen 443 ", &format!("listen {address} "));
                let example = with(&example, "/etc/ssl/dialer.example.com/chain.pem", &path("chain.pem"));
                let example = with(&example, "/etc/ssl/dialer.example.com/key.pem", &path("key.pem"));
                let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
                let temporary = temporary
                    .map(|kind| format!("{kind}_temp_path nginx-{kind};\n"))
                    .concat();
                command.args(["-p", &path(""), "-c", &file]);
                format!(
                    "daemon off; master_process off; pid nginx.pid; error_log nginx.log;\n\
                     events {{}}\nhttp {{ access_log off; {temporary}\n{example} }}\n"
                )
            }
            Haproxy => {
                let example = with(&example, "bind :443 ", &format!("bind {address} "));
                command.args(["-db", "-f", &file]);
                with(&example, "/etc/haproxy/dialer.example.com.pem", &path("both.pem"))
            }
        };
        fs::write(&file, text).expect("a file");
        let log = fs::File::create(folder.join("proxy.log")).expect("a file");
        let process = command
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("the proxy starts");
        let mut proxy = Self {
            folder,
            address,
            process,
        };
        let listens = (0..2_400).any(|_| {
            std::thread::sleep(Duration::from_millis(25));
            let has_ended = proxy.process.try_wait().expect("a state").is_some();
            has_ended || TcpStream::connect(address).is_ok()
        });
        let log = || fs::read_to_string(folder.join("proxy.log")).unwrap_or_default();
        assert!(
            listens && proxy.process.try_wait().expect("a state").is_none(),
            "{}",
            log()
        );
        Some(proxy)
    }

    /// Calls with curl, as a client that knows the name and the authority; the status and what the answer says.
    fn call(&self, path: &str, options: &[&str]) -> (u16, String) {
        let url = match path.strip_prefix("https://") {
            Some(_) => path.to_owned(),
            None => format!("https://{HOST}:{}{path}", self.address.port()),
        };
        let told = run_well(
            Command::new("curl")
                .args(["--silent", "--show-error", "--max-time", "60"])
                .args(["--write-out", "\n%{http_code}", "--cacert"])
                .arg(self.folder.join("chain.pem"))
                .args(["--resolve", &format!("{HOST}:{}:127.0.0.1", self.address.port())])
                .args(options)
                .arg(url),
        );
        let (answer, status) = told.rsplit_once('\n').expect("a status");
        (status.parse().expect("a status"), answer.to_owned())
    }

    /// Calls a path, or an absolute link, with a token; what a good answer says.
    #[track_caller]
    fn tells(&self, path: &str, options: &[&str]) -> Value {
        let token = format!("Authorization: Bearer {}", Claims::of("acme").token());
        let (status, answer) = self.call(path, &[&["--header", &token], options].concat());
        assert!((200..300).contains(&status), "{path}: {status} {answer}");
        serde_json::from_str(&answer).expect("an answer in JSON")
    }
}

impl Drop for Proxy<'_> {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The example with one value in the place of another.
#[track_caller]
fn with(example: &str, value: &str, other: &str) -> String {
    assert!(example.contains(value), "{value} is not in {example}");
    example.replace(value, other)
}

/// A certificate for the name, which is its own authority.
fn certify(folder: &Path) {
    let made = rcgen::generate_simple_self_signed([HOST.to_owned()]).expect("a certificate");
    let (chain, key) = (made.cert.pem(), made.signing_key.serialize_pem());
    for (name, text) in [
        ("chain.pem", &chain),
        ("key.pem", &key),
        ("both.pem", &format!("{chain}{key}")),
    ] {
        fs::write(folder.join(name), text).expect("a file");
    }
}

#[apply(database_test)]
async fn clients_work_through_a_proxy(#[values(Sqlite)] database: Database, #[values(Nginx, Haproxy)] kind: Kind) {
    let Some(database) = database.create().await else {
        return;
    };
    let arguments = ["--trusted-proxies", "127.0.0.1"];
    let server = ServerProcess::start(database.folder.path(), &database.url, &arguments);
    server.ready().await;
    let folder = tempfile::tempdir().expect("a folder");
    let Some(proxy) = Proxy::start(kind, folder.path(), server.address) else {
        return;
    };
    let base = format!("https://{HOST}:{}/lists", proxy.address.port());
    // What a client says of where it comes from is nobody's word.
    let lies = [
        "X-Forwarded-Host: evil.example",
        "X-Forwarded-Port: 1",
        "Forwarded: host=evil.example;proto=http",
    ];
    let lies: Vec<&str> = lies.iter().flat_map(|lie| ["--header", lie]).collect();
    let list = proxy.tells(
        "/lists/record-lists",
        &[&["--json", "{\"name\": \"a\"}"], &lies[..]].concat(),
    );
    let link = list["_links"]["self"]["href"].as_str().expect("a link");
    assert!(link.starts_with(&format!("{base}/record-lists/")), "{link}");
    // Larger than most limits of proxies, smaller than that of the service.
    let large = "x".repeat(16_000);
    let records: Vec<Value> = (0..100)
        .map(|n| {
            serde_json::json!({
                "first_name": "Ada", "last_name": "Lovelace", "extra_data": {"text": large},
                "phone_numbers": [{"phone_number": format!("+1415555{n:04}"), "phone_type": "HOME"}],
            })
        })
        .collect();
    fs::write(
        folder.path().join("records.json"),
        serde_json::json!({"records": records}).to_string(),
    )
    .expect("a file");
    let records = format!("@{}", folder.path().join("records.json").display());
    let bulks = format!("{link}/records/bulks");
    let created = proxy.tells(&bulks, &["--json", &records]);
    assert_eq!(created["total_created"], 100, "{created}");
    let next = proxy.tells(&format!("{link}/records?per_page=10"), &[]);
    let next = next["_links"]["next"]["href"].as_str().expect("a link").to_owned();
    proxy.tells(&next, &[]);
    // The body of a DELETE goes through.
    let deletion = [
        "--request",
        "DELETE",
        "--json",
        "[{\"phone_number\": \"+14155550001\"}]",
    ];
    let deleted = proxy.tells(&bulks, &deletion);
    assert_eq!(deleted["total_deleted"], 1, "{deleted}");
    // A long head, for a token with many claims, reaches the service, which refuses the token and not the head.
    let (status, _) = proxy.call(
        "/lists/record-lists",
        &["--header", &format!("Authorization: Bearer {}", "x".repeat(48_000))],
    );
    assert_eq!(status, 401);
    let (status, _) = proxy.call("/other", &[]);
    assert_eq!(status, 404);
}

/// A deletion may have been carried out although its connection broke: only the client knows whether to repeat it.
#[rstest]
fn nothing_is_sent_twice(#[values(Nginx, Haproxy)] kind: Kind) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let server = listener.local_addr().expect("an address");
    let requests = Arc::new(AtomicUsize::new(0));
    let of_thread = Arc::clone(&requests);
    // Reads a deletion and breaks off; it ends with the process.
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut start = [0; 4_096];
            let length = stream.read(&mut start).unwrap_or(0);
            if start[..length].starts_with(b"DELETE") {
                of_thread.fetch_add(1, Ordering::SeqCst);
            } else {
                // The proxy asks whether the server is there.
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            }
        }
    });
    let folder = tempfile::tempdir().expect("a folder");
    let Some(proxy) = Proxy::start(kind, folder.path(), server) else {
        return;
    };
    let deletion = [
        "--request",
        "DELETE",
        "--json",
        "[{\"phone_number\": \"+14155550001\"}]",
    ];
    let (status, _) = proxy.call("/lists/record-lists/x/records/bulks", &deletion);
    assert_eq!(status, 502);
    assert_eq!(requests.load(Ordering::SeqCst), 1);
}
