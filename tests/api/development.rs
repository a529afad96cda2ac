//! What the page of Swagger UI gets from a development start, and that nobody else gets it.

use std::net::SocketAddr;

use reqwest::{Client, Method, RequestBuilder};
use serde_json::Value;
use tempfile::TempDir;

use crate::support::{Database::Sqlite, Spoken, TestApp, apply, database_test, free_port, program};

/// A server that was started without keys, as a newcomer does.
pub struct Development {
    pub address: SocketAddr,
    _server: Spoken,
    _folder: TempDir,
}

impl Development {
    pub fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let address = SocketAddr::from(([127, 0, 0, 1], free_port()));
        let mut command = program(folder.path());
        command.args(["--bind", &address.to_string()]);
        let mut server = Spoken::start(command);
        server.read_to("Start with --demo");
        Self {
            address,
            _server: server,
            _folder: folder,
        }
    }

    /// Brings the demo list and its records back.
    pub async fn restore(&self) {
        assert_eq!(status(self.post("demo-records")).await, 204);
    }

    /// A request of the page itself.
    fn post(&self, path: &str) -> RequestBuilder {
        self.post_as(path, &self.address.to_string())
    }

    /// The same of a page at this host.
    fn post_as(&self, path: &str, host: &str) -> RequestBuilder {
        let url = format!("http://{}/docs/{path}", self.address);
        let request = Client::new().post(url).header("sec-fetch-site", "same-origin");
        request.header("origin", format!("http://{host}"))
    }
}

async fn status(request: RequestBuilder) -> u16 {
    request.send().await.expect("an answer").status().as_u16()
}

#[tokio::test]
async fn the_page_gets_a_token_for_the_demo_account() {
    let server = Development::start();
    let port = server.address.port();
    for host in [
        format!("127.0.0.1:{port}"),
        format!("localhost:{port}"),
        format!("LOCALHOST:{port}"),
        format!("[::1]:{port}"),
    ] {
        let answer = server
            .post_as("token", &host)
            .header("host", &host)
            .send()
            .await
            .expect("an answer");
        assert_eq!(answer.status(), 200, "{host}");
        assert_eq!(answer.headers()["cache-control"], "no-store");
        let body: Value = serde_json::from_slice(&answer.bytes().await.expect("a body")).expect("JSON");
        let token = body["access_token"].as_str().expect("a token");
        let lists = Client::new()
            .get(format!("http://{}/record-lists", server.address))
            .bearer_auth(token);
        let lists = lists.send().await.expect("an answer");
        assert_eq!(lists.status(), 200);
        let lists: Value = serde_json::from_slice(&lists.bytes().await.expect("a body")).expect("JSON");
        assert_eq!(lists["total"], 1);
    }
}

#[tokio::test]
async fn the_demo_records_come_back() {
    let server = Development::start();
    let list = format!("http://{}/record-lists/{}", server.address, record_lists::demo::LIST.0);
    let answer = server.post("token").send().await.expect("an answer");
    let body: Value = serde_json::from_slice(&answer.bytes().await.expect("a body")).expect("JSON");
    let token = body["access_token"].as_str().expect("a token");
    let count = async || {
        let answer = Client::new()
            .get(&list)
            .bearer_auth(token)
            .send()
            .await
            .expect("an answer");
        let list: Value = serde_json::from_slice(&answer.bytes().await.expect("a body")).expect("JSON");
        list["records_count"].as_u64().expect("a count")
    };
    let before = count().await;
    let deleted = Client::new()
        .delete(format!("{list}/records?phone_number=%2B441632960001"))
        .bearer_auth(token);
    assert_eq!(status(deleted).await, 204);
    assert_eq!(count().await, before - 1);
    assert_eq!(status(server.post("demo-records")).await, 204);
    assert_eq!(count().await, before);
}

/// Other pages in the same browser, names that were made to lead here, and what comes through a proxy.
#[tokio::test]
async fn nobody_else_gets_anything() {
    let server = Development::start();
    let address = server.address.to_string();
    let port = server.address.port();
    for path in ["token", "demo-records"] {
        let url = format!("http://{address}/docs/{path}");
        let origin = format!("http://{address}");
        let plain = || Client::new().post(&url).header("origin", &origin);
        assert_eq!(status(plain()).await, 404, "without fetch metadata");
        for site in [
            "cross-site",
            "same-site",
            "none",
            "SAME-ORIGIN",
            "same-origin, same-origin",
            "",
        ] {
            assert_eq!(status(plain().header("sec-fetch-site", site)).await, 404, "{site}");
        }
        let twice = server.post(path).header("sec-fetch-site", "cross-site");
        assert_eq!(status(twice).await, 404);
        for host in [
            "evil.example".to_owned(),
            format!("evil.example:{port}"),
            format!("localhost.evil.example:{port}"),
            format!("127.0.0.1.evil.example:{port}"),
            format!("evil.localhost:{port}"),
            format!("192.0.2.1:{port}"),
            format!("[::2]:{port}"),
            format!("0.0.0.0:{port}"),
        ] {
            assert_eq!(
                status(server.post_as(path, &host).header("host", &host)).await,
                404,
                "{host}"
            );
        }
        // A proxy may change the host, but not what the browser says of the page.
        for origin in ["http://lists.example.com", "https://127.0.0.1", "null", ""] {
            let request = Client::new().post(&url).header("sec-fetch-site", "same-origin");
            assert_eq!(status(request.header("origin", origin)).await, 404, "{origin}");
        }
        let without = Client::new().post(&url).header("sec-fetch-site", "same-origin");
        assert_eq!(status(without).await, 404);
        for (name, value) in [
            ("x-forwarded-for", "192.0.2.1"),
            ("x-forwarded-host", "localhost"),
            ("forwarded", "for=192.0.2.1"),
            ("via", "1.1 proxy"),
        ] {
            assert_eq!(status(server.post(path).header(name, value)).await, 404, "{name}");
        }
        // It is no file, and can only be asked for by a script.
        let get = Client::new().get(&url).header("sec-fetch-site", "same-origin");
        assert_eq!(status(get).await, 405);
    }
}

/// A server with keys of its own gives nothing away, and its page does not ask.
#[apply(database_test)]
async fn a_server_with_keys_has_no_such_paths(#[values(Sqlite)] app: TestApp) {
    for path in ["/docs/token", "/docs/demo-records"] {
        let request = app.as_anonymous().request(Method::POST, path);
        let answer = request.header("sec-fetch-site", "same-origin").send().await;
        assert!(matches!(answer.status.as_u16(), 404 | 405), "{answer:?}");
    }
    let page = app.as_anonymous().get("/docs/").send().await;
    assert!(!String::from_utf8_lossy(&page.body).contains("data-development"));
}
