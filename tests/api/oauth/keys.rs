//! The keys that are published, and the file that encrypts them.

use serde_json::{Value, json};

use super::{Client, MANAGE, app_on, command, signing_key_file, status};
use crate::support::{
    Caller, Database::Sqlite, Relay, ServerProcess, Spoken, TestDatabase, apply, assert_says, database_test, end_of,
    free_port, program, redirect, refusal,
};

/// The ids of the published keys.
pub async fn published(caller: &Caller) -> Vec<String> {
    let answer = caller.get("/oauth/certs").send().await.assert_status(200).json();
    let keys = answer["keys"].as_array().expect("keys").iter();
    keys.map(|key| key["kid"].as_str().expect("an id").to_owned()).collect()
}

#[apply(database_test)]
async fn the_public_key_is_published(database: TestDatabase) {
    let app = app_on(database).await;
    let anonymous = app.as_anonymous();
    let answer = anonymous.get("/oauth/certs").send().await.assert_status(200);
    assert_eq!(answer.header("cache-control"), "public, max-age=60");
    let body = answer.json();
    let key = &body["keys"][0];
    let (kid, x) = (key["kid"].as_str().expect("an id"), key["x"].as_str().expect("a key"));
    let expected = json!({"keys": [
        {"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": kid, "x": x},
    ]});
    assert_eq!(body, expected);
    anonymous
        .request(reqwest::Method::HEAD, "/oauth/certs")
        .send()
        .await
        .assert_status(200);
    // Anyone can verify a token with it.
    let client = Client::add(&app.database, "acme", MANAGE);
    let token = client.token(&anonymous).await;
    let decoding = jsonwebtoken::DecodingKey::from_ed_components(x).expect("a key");
    let validation = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::EdDSA);
    let decoded = jsonwebtoken::decode::<Value>(&token, &decoding, &validation).expect("a token");
    assert_eq!(decoded.header.kid.as_deref(), Some(kid));
}

#[apply(database_test)]
async fn a_wrong_file_ends_the_start(database: TestDatabase) {
    let folder = database.folder.path();
    let right = signing_key_file(folder);
    let mut server = ServerProcess::start(folder, &database.url, &["--signing-key-file", &right]);
    server.ready().await;
    let client = Client::add(&database, "acme", MANAGE);
    let token = client.token(&server.as_anonymous()).await;
    server.terminate();
    let wrong = folder.join("other-key");
    std::fs::write(&wrong, [8; 32]).expect("a file");
    let wrong = wrong.display().to_string();
    let start = |file: &str| {
        let mut command = program(folder);
        command.env("RECORD_LISTS_JWT_SECRET", crate::support::SECRET);
        command.args(["--bind", &format!("127.0.0.1:{}", free_port())]);
        command.args(["--database-url", &database.url, "--signing-key-file", file]);
        command.env("RECORD_LISTS_LOG", "off");
        command
    };
    let message = refusal(&mut start(&wrong));
    assert_says(
        &message,
        &["the signing key file is not the one", "keys rotate --discard"],
    );
    for length in [31, 33, 0] {
        let path = folder.join("short-key");
        std::fs::write(&path, vec![7; length]).expect("a file");
        let message = refusal(&mut start(&path.display().to_string()));
        assert_says(&message, &["is not a file of 32 bytes", "openssl rand"]);
    }
    // What would never end.
    assert_says(&refusal(&mut start("/dev/zero")), &["is not a file of 32 bytes"]);
    let missing = folder.join("none").display().to_string();
    assert_says(&refusal(&mut start(&missing)), &["cannot be read"]);
    // The right one still works: nothing was changed.
    server.start_again();
    server.ready().await;
    assert_eq!(status(&server.as_anonymous(), &token).await, 200);
    server.terminate();
    // Whoever has lost the file can begin anew.
    let rotate = ["keys", "rotate", "--signing-key-file", &wrong];
    let mut command = program(folder);
    let message = refusal(command.args(rotate).args(["--database-url", &database.url]));
    assert_says(&message, &["--discard"]);
    super::command(&database, &[&rotate[..], &["--discard"]].concat());
    let server = ServerProcess::start(folder, &database.url, &["--signing-key-file", &wrong]);
    server.ready().await;
    let anonymous = server.as_anonymous();
    assert_eq!(status(&anonymous, &token).await, 401);
    let token = client.token(&anonymous).await;
    assert_eq!(status(&anonymous, &token).await, 200);
    assert_eq!(published(&anonymous).await.len(), 1);
}

/// A server that finds out late, since its database was away, ends as well.
#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_file_ends_a_server_whose_database_comes_later(
    #[values(crate::support::Database::Postgres)] database: TestDatabase,
) {
    let mut database = database;
    let folder = database.folder.path();
    let right = signing_key_file(folder);
    ServerProcess::start(folder, &database.url, &["--signing-key-file", &right])
        .ready()
        .await;
    let wrong = folder.join("other-key");
    std::fs::write(&wrong, [8; 32]).expect("a file");
    let wrong = wrong.display().to_string();
    let (port, to) = redirect(&mut database);
    let mut server = ServerProcess::start(database.folder.path(), &database.url, &["--signing-key-file", &wrong]);
    server.alive().await;
    let _relay = Relay::start(port, to).await;
    assert_eq!(server.wait().code(), Some(1));
    assert!(server.log().contains("the signing key file is not the one"));
}

#[tokio::test]
async fn a_start_without_keys_makes_a_file_of_its_own() {
    let folder = tempfile::tempdir().expect("a folder");
    let address = format!("127.0.0.1:{}", free_port());
    let mut command = program(folder.path());
    command.args(["--bind", &address]);
    let mut server = Spoken::start(command);
    server.read_to("Start with --demo");
    let file = folder.path().join("data/development-signing-key");
    assert_eq!(std::fs::metadata(&file).expect("a file").len(), 32);
    let keys = reqwest::get(format!("http://{address}/oauth/certs"))
        .await
        .expect("an answer");
    let keys: Value = serde_json::from_slice(&keys.bytes().await.expect("a body")).expect("JSON");
    assert_eq!(keys["keys"].as_array().map(Vec::len), Some(1));
    let mut add = program(folder.path());
    let added = end_of(
        add.args(["client", "add", "--account", "demo", "--scope", MANAGE])
            .stdout(std::process::Stdio::piped()),
    );
    assert!(added.status.success());
    let added: Value = serde_json::from_slice(&added.stdout).expect("JSON");
    let client = reqwest::Client::new();
    let request = client
        .post(format!("http://{address}/oauth/token"))
        .header("content-type", super::FORM)
        .body(format!(
            "grant_type=client_credentials&client_id={}&client_secret={}",
            added["client_id"].as_str().expect("an id"),
            added["client_secret"].as_str().expect("a secret"),
        ));
    let answer = request.send().await.expect("an answer");
    assert_eq!(answer.status(), 200);
}

/// Only the public part is of use to whoever can read the database.
#[apply(database_test)]
async fn a_command_beside_a_server_rotates(#[values(Sqlite)] database: TestDatabase) {
    let file = signing_key_file(database.folder.path());
    let app = app_on(database).await;
    let anonymous = app.as_anonymous();
    let before = published(&anonymous).await;
    for count in 2..=8 {
        let said = command(&app.database, &["keys", "rotate", "--signing-key-file", &file]);
        let kid = said.split(' ').next().expect("an id").to_owned();
        let now = published(&anonymous).await;
        assert!(
            now.len() == count && now.contains(&kid) && now.starts_with(&before),
            "{now:?}"
        );
    }
    let mut command = program(app.database.folder.path());
    let arguments = [
        "keys",
        "rotate",
        "--signing-key-file",
        &file,
        "--database-url",
        &app.database.url,
    ];
    assert_says(&refusal(command.args(arguments)), &["there are 8 signing keys"]);
}
