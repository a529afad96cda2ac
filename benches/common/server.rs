//! The program in its own process, and the tokens for it.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use jsonwebtoken::{EncodingKey, Header};
use serde_json::json;

use crate::{
    cluster::free_port,
    connection::{Connection, Request},
    database::Database,
    process::Process,
};

const SECRET: &str = "the secret of the benchmark's server";

/// A running server. Its process is killed when this is dropped.
pub(crate) struct Server {
    child: Child,
    address: SocketAddr,
}

impl Server {
    /// Starts the program and waits until it is ready. It has its default settings, except for these options.
    pub(crate) async fn start(program: &Path, database: &Database, options: &[&str]) -> Self {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()));
        let child = Command::new(program)
            .args(["--bind", &address.to_string()])
            .args(["--database-url", &database.url()])
            .args(options)
            .env("RECORD_LISTS_JWT_SECRET", SECRET)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program starts");
        let server = Self { child, address };
        let ready = Request::get("/health/ready", None);
        let mut connection = Connection::to(address);
        for _ in 0..400 {
            // Nobody listens at first.
            if connection.send(&ready).await.is_ok_and(|status| status == 200) {
                return server;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("the server does not become ready");
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn process(&self) -> Process {
        Process(self.child.id())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A token for the account. It is valid for longer than the longest run.
pub(crate) fn token(account: &str) -> String {
    let claims = json!({
        "account_id": account,
        "scope": "record-lists:manage",
        "exp": chrono::Utc::now().timestamp() + 24 * 3_600,
    });
    let key = EncodingKey::from_secret(SECRET.as_bytes()).expect("a key");
    jsonwebtoken::encode(&Header::default(), &claims, &key).expect("a token")
}
