//! SIGHUP: key files are read again while requests are served.

use std::{
    fs,
    process::{Command, Stdio},
    time::Duration,
};

use jsonwebtoken::{Algorithm, EncodingKey};
use tempfile::tempdir;

use super::keys::{NEW, OLD, fixture, key_set, named, write};
use crate::support::{
    Claims, Database::Sqlite, ServerProcess, TestDatabase, apply, database_test, free_port, pass_over, program,
};

pub const KEYS_LINE: &str = "verifying tokens with these keys";

/// Waits until the log has the text so many times.
pub async fn wait_for_log(server: &ServerProcess, text: &str, count: usize) {
    for _ in 0..1_200 {
        if server.log().matches(text).count() >= count {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{text:?} is not in the log {count} times: {}", server.log());
}

/// The status that a token gets.
pub async fn status(server: &ServerProcess, token: &str) -> u16 {
    let caller = server.as_anonymous().authorization(&format!("Bearer {token}"));
    caller.get("/record-lists").send().await.status.as_u16()
}

#[apply(database_test)]
async fn secrets_are_rotated_without_a_restart(database: TestDatabase) {
    let folder = database.folder.path();
    let files = [write(folder, "current", OLD), write(folder, "next", OLD)].join(",");
    let server = ServerProcess::start(folder, &database.url, &["--jwt-secret-file", &files]);
    server.ready().await;
    let (old, new) = (named(None, OLD), named(None, NEW));
    assert_eq!((status(&server, &old).await, status(&server, &new).await), (200, 401));
    write(folder, "current", NEW);
    server.signal("HUP");
    wait_for_log(&server, KEYS_LINE, 2).await;
    assert_eq!((status(&server, &old).await, status(&server, &new).await), (200, 200));
    // What the removed key verified before is forgotten.
    write(folder, "next", NEW);
    server.signal("HUP");
    wait_for_log(&server, KEYS_LINE, 3).await;
    assert_eq!((status(&server, &old).await, status(&server, &new).await), (401, 200));
}

#[apply(database_test)]
async fn files_that_cannot_be_used_leave_the_keys_as_they_were(#[values(Sqlite)] database: TestDatabase) {
    let folder = database.folder.path();
    let secret = write(folder, "secret", OLD);
    let public_key = write(
        folder,
        "key.pem",
        &fs::read_to_string(fixture("rsa.pub.pem")).expect("a key"),
    );
    let set = write(folder, "jwks.json", &key_set("e1"));
    let arguments = [
        "--jwt-secret-file",
        &secret,
        "--jwt-public-key",
        &public_key,
        "--jwks",
        &set,
    ];
    let server = ServerProcess::start(folder, &database.url, &arguments);
    server.ready().await;
    let ed25519 = EncodingKey::from_ed_pem(&fs::read(fixture("ed25519.pem")).expect("a key")).expect("a key");
    let by_set = Claims::of("acme").header(|header| {
        header.alg = Algorithm::EdDSA;
        header.kid = Some("e1".into());
    });
    let tokens = [named(None, OLD), by_set.signed(&ed25519)];
    let mut refused = 0;
    for (path, broken) in [
        (&secret, Some("short")),
        (&secret, Some("")),
        (&secret, None),
        (&public_key, Some("nothing")),
        (&public_key, None),
        (&set, Some("{")),
        (&set, Some(r#"{"keys":[{"kty":"oct","k":"AQAB"}]}"#)),
        (&set, None),
    ] {
        let kept = fs::read_to_string(path).expect("a file");
        // The other files have changed too, and are not used either.
        write(folder, "secret", NEW);
        match broken {
            Some(text) => fs::write(path, text).expect("a file"),
            None => fs::remove_file(path).expect("a file"),
        }
        server.signal("HUP");
        refused += 1;
        wait_for_log(&server, "all keys stay as they were", refused).await;
        let log = server.log();
        let mut lines = log.lines().rev();
        let line = lines.find(|line| line.contains("all keys stay as they were"));
        assert!(
            line.is_some_and(|line| line.contains(path) && line.contains("ERROR")),
            "{line:?}"
        );
        for token in &tokens {
            assert_eq!(status(&server, token).await, 200, "{path} {broken:?}");
        }
        assert_eq!(status(&server, &named(None, NEW)).await, 401);
        fs::write(path, kept).expect("a file");
        write(folder, "secret", OLD);
    }
    // A key set with another id for the key.
    write(folder, "jwks.json", &key_set("e2"));
    server.signal("HUP");
    wait_for_log(&server, KEYS_LINE, 2).await;
    assert_eq!(status(&server, &tokens[1]).await, 401);
}

#[apply(database_test)]
async fn requests_do_not_notice_that_keys_are_read_again(#[values(Sqlite)] database: TestDatabase) {
    let folder = database.folder.path();
    let secret = write(folder, "secret", OLD);
    let server = ServerProcess::start(folder, &database.url, &["--jwt-secret-file", &secret]);
    server.ready().await;
    let token = named(None, OLD);
    for _ in 0..20 {
        server.signal("HUP");
        for _ in 0..10 {
            assert_eq!(status(&server, &token).await, 200);
        }
    }
    wait_for_log(&server, KEYS_LINE, 2).await;
}

#[apply(database_test)]
async fn without_key_files_the_signal_does_nothing(#[values(Sqlite)] database: TestDatabase) {
    let mut server = ServerProcess::start(database.folder.path(), &database.url, &[]);
    server.ready().await;
    server.signal("HUP");
    wait_for_log(&server, "there are no key files to read again", 1).await;
    server.as_manager().get("/record-lists").send().await.assert_status(200);
    assert_eq!(server.terminate().code(), Some(0));
}

/// A server that waits for its database is not ended either, and reads the files when it runs.
#[apply(database_test)]
async fn a_signal_during_the_start_is_kept(#[values(Sqlite)] database: TestDatabase) {
    let folder = database.folder.path();
    let secret = write(folder, "secret", OLD);
    let nowhere = "postgres://nobody@127.0.0.1:1/nothing";
    let server = ServerProcess::start(folder, nowhere, &["--jwt-secret-file", &secret]);
    wait_for_log(&server, KEYS_LINE, 1).await;
    server.signal("HUP");
    wait_for_log(&server, KEYS_LINE, 2).await;
    server.alive().await;
}

/// Whoever closes the window of a server expects it to be gone.
#[tokio::test]
async fn a_server_stops_when_its_terminal_is_closed() {
    let folder = tempdir().expect("a folder");
    let server = program(folder.path());
    let address = format!("127.0.0.1:{}", free_port());
    // `script` runs the server in a terminal, and the terminal is gone when `script` is.
    let mut terminal = Command::new("script");
    for (name, value) in server.get_envs() {
        match value {
            Some(value) => terminal.env(name, value),
            None => terminal.env_remove(name),
        };
    }
    let line = format!("echo $$ >pid; exec {} --bind {address}", server.get_program().display());
    let terminal = terminal
        .args(["--quiet", "--command", &line, "/dev/null"])
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn();
    let Ok(mut terminal) = terminal else {
        return pass_over("script");
    };
    let url = format!("http://{address}/health/live");
    let mut is_alive = false;
    for _ in 0..1_200 {
        is_alive = reqwest::get(&url)
            .await
            .is_ok_and(|answer| answer.status().is_success());
        if is_alive {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let pid = fs::read_to_string(folder.path().join("pid")).expect("the id of the server");
    terminal.kill().expect("the terminal is there");
    terminal.wait().expect("an end");
    let process = format!("/proc/{}", pid.trim());
    let mut is_there = true;
    for _ in 0..1_200 {
        is_there = fs::exists(&process).expect("a list of processes");
        if !is_there {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    if is_there {
        let _ = Command::new("kill").args(["-s", "KILL", pid.trim()]).status();
    }
    assert!(
        is_alive && !is_there,
        "alive before: {is_alive}, there after: {is_there}"
    );
}
