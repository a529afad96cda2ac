//! The last stage of `deploy/Containerfile`, built from the package that `RECORD_LISTS_TEST_PACKAGE` names, and run as an
//! engine would: by what the image says of itself, with a file system that cannot be written but for its volume, as the
//! first process of its own.

mod engine;
mod name_server;

use std::{path::PathBuf, time::Duration};

use reqwest::Method;
use serde_json::json;

use self::{engine::Image, name_server::NameServer};
use crate::support::{Cluster, TestDatabase, free_port, pass_over, person};

/// The package; `None` where the test has to be passed over.
fn package() -> Option<PathBuf> {
    let package = std::env::var_os("RECORD_LISTS_TEST_PACKAGE").map(PathBuf::from);
    if package.is_none() {
        pass_over("a package (just package)");
    }
    package
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_is_deleted_with_nothing_but_the_image() {
    let Some(image) = package().and_then(|package| Image::build(&package)) else {
        return;
    };
    let config = image.config();
    assert_eq!(config["User"], "65532:65532");
    assert_eq!(config["StopSignal"], "SIGTERM");
    assert_eq!(config["Entrypoint"], json!(["/usr/bin/record-lists"]));
    assert_eq!(config["Volumes"], json!({"/data": {}}));
    assert_eq!(config["ExposedPorts"], json!({"8080/tcp": {}}));
    assert_eq!(config["Labels"]["org.opencontainers.image.licenses"], "MIT");
    assert_eq!(
        config["Labels"]["org.opencontainers.image.version"],
        env!("CARGO_PKG_VERSION")
    );
    let bind = format!("0.0.0.0:{}", free_port());
    let variables = [
        ("RECORD_LISTS_BIND", bind.as_str()),
        ("RECORD_LISTS_JWT_SECRET", &"s".repeat(32)),
    ];
    let mut container = image.start(&variables, None);
    container.healthy().await;
    let token = container.run(&["token", "--account", "acme", "--ttl", "1h"]);
    let caller = container.caller().authorization(&format!("Bearer {}", token.trim()));
    let list = caller
        .post("/record-lists")
        .json(&json!({"name": "a"}))
        .send()
        .await
        .assert_status(201);
    let bulks = format!(
        "/record-lists/{}/records/bulks",
        list.json()["id"].as_str().expect("an id")
    );
    let records = json!({"records": [person("+442079460958")]});
    caller.post(&bulks).json(&records).send().await.assert_status(201);
    let identifiers = json!([{"phone_number": "+442079460958"}]);
    let deleted = caller
        .request(Method::DELETE, &bulks)
        .json(&identifiers)
        .send()
        .await
        .assert_status(200);
    assert_eq!(deleted.json()["total_records_deleted"], 1);
    assert!(image.volume().join("record-lists.db").is_file());
    assert!(container.stop(Duration::from_secs(30)), "{}", container.log());
}

/// A program that is linked statically brings its own way to look up names.
#[tokio::test(flavor = "multi_thread")]
async fn names_of_databases_are_looked_up() {
    let Some(image) = package().and_then(|package| Image::build(&package)) else {
        return;
    };
    let Some(cluster) = Cluster::with_connections(40) else {
        return pass_over("PostgreSQL");
    };
    let database = TestDatabase::in_cluster(&cluster);
    let Some(database) = database else { return };
    let Some(server) = NameServer::start() else {
        return pass_over("the right to serve names (root)");
    };
    for (host, hosts) in [("in-hosts.test", "127.0.0.1 in-hosts.test\n"), ("in-dns.test", "")] {
        let url = database.direct_url.replace("127.0.0.1", host);
        assert!(url.contains(host), "{url}");
        let bind = format!("0.0.0.0:{}", free_port());
        let secret = "s".repeat(32);
        let variables = [
            ("RECORD_LISTS_BIND", bind.as_str()),
            ("RECORD_LISTS_JWT_SECRET", &secret),
            ("RECORD_LISTS_DATABASE_URL", &url),
        ];
        let mut container = image.start(&variables, Some((hosts, server.address())));
        container.healthy().await;
        assert!(container.stop(Duration::from_secs(30)), "{}", container.log());
    }
    assert!(server.was_asked());
}
