//! The commands that register and revoke clients, beside a running server and without one.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use serde_json::Value;

use super::{Client, MANAGE, app_on, assert_refused, command, issuing, post, signing_key_file, status};
use crate::support::{ServerProcess, TestApp, TestDatabase, apply, assert_says, database_test, program, refusal};

/// The clients as they are listed.
fn list(database: &TestDatabase) -> Vec<Value> {
    let lines = command(database, &["client", "list"]);
    lines
        .lines()
        .map(|line| serde_json::from_str(line).expect("a JSON object"))
        .collect()
}

/// The bytes of all files in the folder of the test, with the database among them if it is a file.
fn files_of(database: &TestDatabase) -> Vec<u8> {
    let files = std::fs::read_dir(database.folder.path()).expect("a folder");
    let read =
        |file: std::io::Result<std::fs::DirEntry>| std::fs::read(file.expect("a file").path()).unwrap_or_default();
    files.flat_map(read).collect()
}

#[apply(database_test)]
async fn clients_are_registered_before_the_first_start_and_beside_a_server(database: TestDatabase) {
    let before = Client::add(&database, "acme", MANAGE);
    let change = issuing(&database);
    let app = TestApp::on(database, change).await;
    let anonymous = app.as_anonymous();
    let beside = Client::add(&app.database, "other", "record-lists:manage a b");
    for client in [&before, &beside] {
        let token = client.token(&anonymous).await;
        assert_eq!(status(&anonymous, &token).await, 200);
    }
    let clients = list(&app.database);
    let ids: Vec<&Value> = clients.iter().map(|client| &client["client_id"]).collect();
    assert_eq!(ids, [before.id.as_str(), beside.id.as_str()]);
    assert_eq!(clients[1]["account"], "other");
    assert_eq!(clients[1]["scope"], "record-lists:manage a b");
    assert!(clients.iter().all(|client| client["revoked_at"].is_null()));
    // Nowhere is a secret that could be used.
    let stored = files_of(&app.database);
    for client in [&before, &beside] {
        assert!(!format!("{clients:?}").contains(&client.secret));
        let secret = client.secret.as_bytes();
        assert!(!stored.windows(secret.len()).any(|bytes| bytes == secret));
    }
}

#[apply(database_test)]
async fn a_revoked_client_is_refused_from_then_on(database: TestDatabase) {
    let app = app_on(database).await;
    let anonymous = app.as_anonymous();
    let (client, other) = (
        Client::add(&app.database, "acme", MANAGE),
        Client::add(&app.database, "acme", MANAGE),
    );
    let (token, others) = (client.token(&anonymous).await, other.token(&anonymous).await);
    assert_eq!(status(&anonymous, &token).await, 200);
    let said = command(&app.database, &["client", "revoke", &client.id]);
    assert!(said.contains("is revoked"), "{said}");
    assert_eq!(status(&anonymous, &token).await, 401);
    assert_refused(client.ask(&anonymous, "").await, 401, "invalid_client");
    assert_eq!(status(&anonymous, &others).await, 200);
    assert!(list(&app.database)[0]["revoked_at"].is_string());
    let again = command(&app.database, &["client", "revoke", &client.id]);
    assert!(again.contains("was revoked before"), "{again}");
}

/// However many requests are under way when the client is revoked, none that comes later is carried out.
#[apply(database_test)]
#[tokio::test(flavor = "multi_thread")]
async fn a_revocation_counts_under_load(database: TestDatabase) {
    let app = app_on(database).await;
    let anonymous = app.as_anonymous();
    let client = Client::add(&app.database, "acme", MANAGE);
    let token = client.token(&anonymous).await;
    let is_over = Arc::new(AtomicBool::new(false));
    let workers: Vec<_> = (0..16)
        .map(|_| {
            let (anonymous, token, is_over) = (anonymous.clone(), token.clone(), Arc::clone(&is_over));
            tokio::spawn(async move {
                let mut accepted = 0;
                loop {
                    let is_later = is_over.load(Ordering::Acquire);
                    match status(&anonymous, &token).await {
                        200 if !is_later => accepted += 1,
                        401 if is_later => return accepted,
                        // The revocation is under way.
                        401 => {}
                        status => panic!("{status}, {is_later}"),
                    }
                }
            })
        })
        .collect();
    let (url, folder, id) = (
        app.database.url.clone(),
        app.database.folder.path().to_owned(),
        client.id.clone(),
    );
    let revoked = tokio::task::spawn_blocking(move || {
        let mut command = program(&folder);
        crate::support::run_well(command.args(["client", "revoke", &id, "--database-url", &url]))
    });
    revoked.await.expect("a revocation");
    is_over.store(true, Ordering::Release);
    for worker in workers {
        worker.await.expect("no later request is carried out");
    }
}

/// Every process of the database refuses it, whichever issued the token.
#[apply(database_test)]
async fn every_server_refuses_a_revoked_client(#[values(crate::support::Database::Postgres)] database: TestDatabase) {
    let file = signing_key_file(database.folder.path());
    let servers = ServerProcess::start_all(&database, 3, &["--signing-key-file", &file]).await;
    let client = Client::add(&database, "acme", MANAGE);
    let token = client.token(&servers[0].as_anonymous()).await;
    for server in &servers {
        assert_eq!(status(&server.as_anonymous(), &token).await, 200);
    }
    command(&database, &["client", "revoke", &client.id]);
    for server in &servers {
        assert_eq!(status(&server.as_anonymous(), &token).await, 401);
        let form = format!(
            "grant_type=client_credentials&client_id={}&client_secret={}",
            client.id, client.secret
        );
        assert_refused(post(&server.as_anonymous(), &form).await, 401, "invalid_client");
    }
}

/// A revocation gets through beside a server that never stops writing.
#[apply(database_test)]
async fn commands_work_beside_a_busy_server(database: TestDatabase) {
    let app = app_on(database).await;
    let list = app.list().await;
    let records = [crate::support::person("+351210000001")];
    let writing = async {
        let writes = (0..200).map(|_| list.try_add(&records));
        futures_util::future::join_all(writes).await;
    };
    let (database, anonymous) = (&app.database, app.as_anonymous());
    let commanding = async {
        for _ in 0..3 {
            let (url, folder) = (database.url.clone(), database.folder.path().to_owned());
            let added = tokio::task::spawn_blocking(move || {
                let mut command = program(&folder);
                let arguments = [
                    "client",
                    "add",
                    "--account",
                    "acme",
                    "--scope",
                    MANAGE,
                    "--database-url",
                    &url,
                ];
                crate::support::run_well(command.args(arguments))
            });
            added.await.expect("a client");
        }
    };
    futures_util::future::join(writing, commanding).await;
    assert_eq!(self::list(database).len(), 3);
    anonymous.get("/health/ready").send().await.assert_status(200);
}

#[apply(database_test)]
async fn what_cannot_be_registered_is_refused(#[values(crate::support::Database::Sqlite)] database: TestDatabase) {
    let folder = database.folder.path();
    for (arguments, parts) in [
        (
            vec!["client", "add", "--account", "", "--scope", MANAGE],
            vec!["account"],
        ),
        (vec!["client", "add", "--account", "a", "--scope", ""], vec!["scope"]),
        (
            vec!["client", "add", "--account", "a", "--scope", "a  b"],
            vec!["scope"],
        ),
        (
            vec!["client", "add", "--account", "a", "--scope", "a\"b"],
            vec!["scope"],
        ),
        (
            vec!["client", "add", "--account", "a", "--scope", "a b a"],
            vec!["no scope twice"],
        ),
        (
            vec!["client", "add", "--account", "a", "--scope", "a", "--name", "a\nb"],
            vec!["name"],
        ),
        (
            vec!["client", "revoke", "marked"],
            vec!["there is no client with this id"],
        ),
        (
            vec!["keys", "rotate", "--jwt-secret-file", "none"],
            vec!["--signing-key-file is missing"],
        ),
    ] {
        let mut command = program(folder);
        let message = refusal(command.args(&arguments).args(["--database-url", &database.url]));
        assert_says(&message, &parts);
    }
}
