//! Three servers that accept each other's tokens while the key changes under load.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use jsonwebtoken::decode_header;

use super::{Client, MANAGE, command, keys::published, signing_key_file, status};
use crate::support::{Database::Postgres, ServerProcess, TestDatabase, apply, database_test};

fn kid_of(token: &str) -> String {
    decode_header(token).expect("a header").kid.expect("an id")
}

#[apply(database_test)]
async fn three_servers_accept_each_others_tokens_through_a_rotation(#[values(Postgres)] database: TestDatabase) {
    let file = signing_key_file(database.folder.path());
    let arguments = [
        "--signing-key-file",
        &file,
        "--key-cool-down",
        "2s",
        "--database-pool-size",
        "4",
    ];
    let servers = ServerProcess::start_all(&database, 3, &arguments).await;
    let client = Arc::new(Client::add(&database, "acme", MANAGE));
    let callers: Vec<_> = servers.iter().map(ServerProcess::as_anonymous).collect();
    let first = client.token(&callers[0]).await;
    let done = Arc::new(AtomicBool::new(false));
    let accepted = Arc::new(AtomicUsize::new(0));
    // Each worker gets tokens from one server and uses them at all.
    let workers: Vec<_> = (0..6)
        .map(|worker| {
            let (client, callers) = (Arc::clone(&client), callers.clone());
            let (done, accepted) = (Arc::clone(&done), Arc::clone(&accepted));
            tokio::spawn(async move {
                while !done.load(Ordering::Acquire) {
                    let token = client.token(&callers[worker % 3]).await;
                    for caller in &callers {
                        assert_eq!(status(caller, &token).await, 200);
                        accepted.fetch_add(1, Ordering::Relaxed);
                    }
                }
            })
        })
        .collect();
    let rotated = {
        let (url, folder) = (database.url.clone(), database.folder.path().to_owned());
        let file = file.clone();
        tokio::task::spawn_blocking(move || {
            let mut command = crate::support::program(&folder);
            let arguments = ["keys", "rotate", "--signing-key-file", &file, "--key-cool-down", "2s"];
            crate::support::run_well(command.args(arguments).args(["--database-url", &url]))
        })
        .await
        .expect("a rotation")
    };
    let new = rotated.split(' ').next().expect("an id").to_owned();
    // Published everywhere at once, before it signs.
    for caller in &callers {
        assert!(published(caller).await.contains(&new));
    }
    for caller in &callers {
        for _ in 0..600 {
            if kid_of(&client.token(caller).await) == new {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert_eq!(kid_of(&client.token(caller).await), new);
    }
    let before = accepted.load(Ordering::Relaxed);
    while accepted.load(Ordering::Relaxed) < before + 30 {
        assert!(
            workers.iter().all(|worker| !worker.is_finished()),
            "a token was refused"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    done.store(true, Ordering::Release);
    for worker in workers {
        worker.await.expect("no token is refused");
    }
    // A token of the old key counts as long as it is valid.
    assert_ne!(kid_of(&first), new);
    for caller in &callers {
        assert_eq!(status(caller, &first).await, 200);
        assert_eq!(published(caller).await.len(), 2);
    }
    // Another process that starts now knows both.
    let late = ServerProcess::start(database.folder.path(), &database.url, &arguments);
    late.ready().await;
    assert_eq!(status(&late.as_anonymous(), &first).await, 200);
    drop(late);
    command(&database, &["client", "revoke", &client.id]);
    for caller in &callers {
        assert_eq!(status(caller, &first).await, 401);
    }
}
