//! The services: the real program or the hand-written one in its own process, called over HTTP with real tokens.

use std::{
    net::{SocketAddr, TcpListener},
    process::{Child, Command, Stdio},
    time::Duration,
};

use jsonwebtoken::{EncodingKey, Header};
use serde_json::json;

use crate::{
    database::{ACCOUNT, Database},
    load::{Connection, Load},
    measure::{Measured, Watch},
    process::Process,
    scenario::Scenario,
    work::Request,
};

pub(crate) const SECRET: &str = "the secret of the benchmark's server";

/// The scope that allows a caller to delete and create.
pub(crate) const SCOPE: &str = "record-lists:manage";

/// A running server. Its process is killed when this is dropped.
pub(crate) struct Server {
    child: Child,
    address: SocketAddr,
    token: String,
}

impl Server {
    /// Starts the program with its default settings and waits until it is ready.
    pub(crate) async fn start(database: &Database) -> Self {
        Self::start_with(database, &[]).await
    }

    /// Starts the program with these options and waits until it is ready.
    pub(crate) async fn start_with(database: &Database, options: &[&str]) -> Self {
        let address = free_address();
        let child = Command::new(env!("CARGO_BIN_EXE_record-lists"))
            .args(["--bind", &address.to_string()])
            .args(["--database-url", &database.url()])
            .args(options)
            .env("RECORD_LISTS_JWT_SECRET", SECRET)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program starts");
        let server = Self::of(child, address);
        let mut connection = Connection::wait_for(address).await;
        let ready = b"GET /health/ready HTTP/1.1\r\nHost: bench\r\n\r\n";
        for _ in 0..400 {
            let answer = connection.ask(ready).await.expect("an answer");
            if answer.has_status(200) {
                return server;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("the server does not become ready");
    }

    /// Starts the hand-written service, which is another process of this program, and waits until it is listening.
    pub(crate) async fn start_hand(database: &Database, keeps_books: bool) -> Self {
        let address = free_address();
        let child = Command::new(std::env::current_exe().expect("this program"))
            .args(["--hand", &address.to_string(), &database.hand_url()])
            .args(keeps_books.then_some("--books"))
            .spawn()
            .expect("the program starts");
        let server = Self::of(child, address);
        Connection::wait_for(address).await;
        server
    }

    fn of(child: Child, address: SocketAddr) -> Self {
        Self {
            child,
            address,
            token: token(SCOPE),
        }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn process(&self) -> Process {
        Process(self.child.id())
    }

    /// Sends the requests over as many connections as the scenario has clients.
    pub(crate) async fn send(&self, scenario: &Scenario, requests: &[Request]) -> Measured {
        let load = self.load(scenario, requests);
        let watch = Watch::over(self.process());
        let latencies = load.send(self.address, scenario.clients).await;
        let records = requests.iter().map(|request| request.records.len());
        watch.stop(latencies, records.sum())
    }

    /// The requests as they go over the wire.
    pub(crate) fn load(&self, scenario: &Scenario, requests: &[Request]) -> Load {
        let exchange = |request: &Request| request.exchange(scenario.kind, &self.token);
        Load {
            exchanges: requests.iter().map(exchange).collect(),
            count: requests.len(),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An address with a free port.
pub(crate) fn free_address() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("an address")
}

/// A token for the account that is valid for one hour.
pub(crate) fn token(scope: &str) -> String {
    let claims = json!({
        "account_id": ACCOUNT,
        "scope": scope,
        "exp": chrono::Utc::now().timestamp() + 3_600,
    });
    let key = EncodingKey::from_secret(SECRET.as_bytes()).expect("a key");
    jsonwebtoken::encode(&Header::default(), &claims, &key).expect("a token")
}
