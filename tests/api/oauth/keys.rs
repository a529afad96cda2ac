//! The keys that are published, and the file that encrypts them.

use serde_json::{Value, json};

use super::{Client, MANAGE, app_on, command, signing_key_file, status};
use crate::support::{
    Blocker, Caller, Relay, ServerProcess, Spoken, TestDatabase, apply, assert_says, database_test, end_of, free_port,
    program, redirect, refusal,
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
    // Which keys go does not depend on a file that lies there.
    let mut without_file = program(folder);
    let without_file = without_file.args(["keys", "rotate", "--discard", "--database-url", &database.url]);
    assert_says(&refusal(without_file), &["--signing-key-file is missing"]);
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

/// Keys sign one after the other, and each is published with those before it.
#[apply(database_test)]
async fn a_command_beside_a_server_rotates(database: TestDatabase) {
    let file = signing_key_file(database.folder.path());
    let app = app_on(database).await;
    let anonymous = app.as_anonymous();
    let before = published(&anonymous).await;
    let rotate = ["keys", "rotate", "--signing-key-file", &file];
    let at_once = [&rotate[..], &["--key-cool-down", "1ms"]].concat();
    for count in 2..=8 {
        let said = command(&app.database, &at_once);
        let kid = said.split(' ').next().expect("an id").to_owned();
        let now = published(&anonymous).await;
        assert!(
            now.len() == count && now.last() == Some(&kid) && now.starts_with(&before),
            "{now:?}"
        );
    }
    let mut command = program(app.database.folder.path());
    let message = refusal(command.args(&at_once).args(["--database-url", &app.database.url]));
    assert_says(&message, &["so many signing keys", "expires at"]);
}

/// There is one successor at a time.
#[apply(database_test)]
async fn a_key_that_does_not_sign_yet_is_replaced(database: TestDatabase) {
    let file = signing_key_file(database.folder.path());
    let app = app_on(database).await;
    let anonymous = app.as_anonymous();
    let before = published(&anonymous).await;
    let mut kids = before.clone();
    for _ in 0..10 {
        let said = command(
            &app.database,
            &["keys", "rotate", "--signing-key-file", &file, "--key-cool-down", "24h"],
        );
        let kid = said.split(' ').next().expect("an id").to_owned();
        assert!(!kids.contains(&kid));
        assert_eq!(published(&anonymous).await, [before[0].clone(), kid.clone()]);
        kids.push(kid);
    }
}

/// What a command would create in a wrong folder, nobody would find.
#[tokio::test]
async fn commands_create_no_database() {
    let folder = tempfile::tempdir().expect("a folder");
    let key = tempfile::tempdir().expect("a folder");
    let file = signing_key_file(key.path());
    for arguments in [
        vec!["client", "list"],
        vec!["client", "add", "--account", "acme", "--scope", MANAGE],
        vec!["client", "revoke", "nobody"],
        vec!["keys", "rotate"],
        vec!["keys", "rotate", "--signing-key-file", &file],
    ] {
        let message = refusal(program(folder.path()).args(&arguments));
        assert_says(&message, &["there is no database data/record-lists.db"]);
        assert_eq!(
            std::fs::read_dir(folder.path()).expect("a folder").count(),
            0,
            "{arguments:?}"
        );
    }
}

/// A server that cannot read its signing keys gets no requests, and goes on when it can.
#[apply(database_test)]
async fn a_server_is_ready_when_its_signing_keys_are(
    #[values(crate::support::Database::Postgres)] database: TestDatabase,
) {
    let mut session = Blocker::connect(&database).await;
    session.execute("ALTER TABLE signing_key RENAME TO elsewhere").await;
    let file = signing_key_file(database.folder.path());
    let server = ServerProcess::start(database.folder.path(), &database.url, &["--signing-key-file", &file]);
    server.alive().await;
    let anonymous = server.as_anonymous();
    // Until the database was reached, that is the reason.
    let mut reason = Value::Null;
    for _ in 0..600 {
        let answer = anonymous.get("/health/ready").send().await.assert_status(503);
        reason = answer.json()["reason"].clone();
        if reason == "KEYS_AWAY" {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(reason, "KEYS_AWAY");
    let form = "grant_type=client_credentials&client_id=a&client_secret=b";
    super::assert_refused(super::post(&anonymous, form).await, 503, "temporarily_unavailable");
    session.execute("ALTER TABLE elsewhere RENAME TO signing_key").await;
    server.ready().await;
    super::assert_refused(super::post(&anonymous, form).await, 401, "invalid_client");
}
