//! Settings of tokens with which the program does not start, or says that something is not as it should be.

use std::{
    fs::{self, File},
    os::unix::fs::PermissionsExt,
    time::Duration,
};

use rstest::rstest;
use tempfile::tempdir;

use super::keys::{NEW, write};
use crate::support::{Database::Sqlite, ServerProcess, TestDatabase, apply, database_test, program};

/// What the program says before it ends with a failure.
fn refused(variables: &[(&str, &str)], arguments: &[&str]) -> String {
    let folder = tempdir().expect("a folder");
    write(folder.path(), "secret", NEW);
    let file = |name: &str| File::create(folder.path().join(name)).expect("a file");
    let mut command = program(folder.path());
    command.args(arguments).args(["--bind", "127.0.0.1:0"]);
    command.stdout(file("output")).stderr(file("errors"));
    for (name, value) in variables {
        command.env(name, value);
    }
    let mut child = command.spawn().expect("the program runs");
    // A server that starts all the same would not end.
    let mut ended = None;
    for _ in 0..600 {
        ended = child.try_wait().expect("an end");
        if ended.is_some() {
            break;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    let _ = child.kill();
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).expect("a text");
    let (output, errors) = (read("output"), read("errors"));
    assert!(
        ended.is_some_and(|status| !status.success()) && output.is_empty(),
        "{output}{errors}"
    );
    assert!(!folder.path().join("data").exists(), "a development key was made");
    errors
}

#[test]
fn an_empty_variable_for_the_secret_is_an_error() {
    let empty = [("RECORD_LISTS_JWT_SECRET", "")];
    for arguments in [
        vec!["serve"],
        vec!["serve", "--jwt-secret-file", "secret"],
        vec!["keys"],
        vec!["token", "--account", "acme"],
    ] {
        let message = refused(&empty, &arguments);
        assert!(
            message.contains("the variable RECORD_LISTS_JWT_SECRET is empty"),
            "{message}"
        );
    }
    let message = refused(&[("RECORD_LISTS_JWT_SECRET", "\n")], &["serve"]);
    let expected = "the secret from the variable RECORD_LISTS_JWT_SECRET has fewer than 32 bytes";
    assert!(message.contains(expected), "{message}");
}

#[rstest]
#[case::issuer("RECORD_LISTS_JWT_ISSUER")]
#[case::audience("RECORD_LISTS_JWT_AUDIENCE")]
#[case::account("RECORD_LISTS_JWT_ACCOUNT_CLAIM")]
#[case::client("RECORD_LISTS_JWT_CLIENT_CLAIMS")]
#[case::scopes("RECORD_LISTS_JWT_SCOPE_CLAIMS")]
#[case::required("RECORD_LISTS_JWT_REQUIRED_SCOPE")]
fn an_empty_name_is_an_error(#[case] variable: &str) {
    let message = refused(&[(variable, "")], &["serve"]);
    assert!(message.contains(&format!("{variable} is empty")), "{message}");
}

/// The log of a start with a secret file of this mode, reached through a link as containers mount it.
async fn log_with_mode(database: &TestDatabase, mode: u32) -> String {
    let folder = database.folder.path();
    let file = write(folder, "real-secret", NEW);
    fs::set_permissions(&file, fs::Permissions::from_mode(mode)).expect("a mode");
    let link = folder.join("secret");
    let _ = fs::remove_file(&link);
    std::os::unix::fs::symlink(&file, &link).expect("a link");
    let link = link.display().to_string();
    let mut server = ServerProcess::start(folder, &database.url, &["--jwt-secret-file", &link]);
    server.ready().await;
    server.terminate();
    server.log()
}

#[apply(database_test)]
async fn a_secret_that_others_can_read_is_warned_of_by_name(#[values(Sqlite)] database: TestDatabase) {
    let name = database.folder.path().join("secret").display().to_string();
    for (mode, is_told) in [
        (0o644, true),
        (0o440, true),
        (0o604, true),
        (0o600, false),
        (0o400, false),
    ] {
        let log = log_with_mode(&database, mode).await;
        let told = format!("the secret file {name} can be read by others than its owner (mode {mode:04o})");
        assert_eq!(log.contains(&told), is_told, "{mode:o}: {log}");
    }
}

/// The first line about keys names them all, whatever their kind.
#[apply(database_test)]
async fn a_start_logs_the_ids_of_the_keys(#[values(Sqlite)] database: TestDatabase) {
    let folder = database.folder.path();
    let file = format!("n1={}", write(folder, "new", NEW));
    let mut server = ServerProcess::start(folder, &database.url, &["--jwt-secret-file", &file]);
    server.ready().await;
    server.terminate();
    let log = server.log();
    let line = log
        .lines()
        .find(|line| line.contains("verifying tokens with these keys"));
    let line = line.expect("a line about the keys");
    assert!(
        line.contains("n1 (HS256)") && line.matches("(HS256)").count() == 2,
        "{line}"
    );
}
