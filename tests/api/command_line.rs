//! The program as a newcomer meets it.

use std::process::Command;

use serde_json::Value;
use tempfile::tempdir;

use crate::support::{Caller, Spoken, TestApp, apply, database_test, free_port, has_additions, program};

const DEMO_BULKS: &str = "/record-lists/b9a5c3a4-7f5e-4d86-9a4e-0a1f3f6f2c11/records/bulks";

/// Starts the program in a folder without any configuration but a port; its welcome.
fn start(folder: &std::path::Path, port: u16, arguments: &[&str]) -> (Spoken, String) {
    let mut command = program(folder);
    command.args(["--bind", &format!("127.0.0.1:{port}")]).args(arguments);
    let mut server = Spoken::start(command);
    let welcome = server.read_to("Start with --demo");
    (server, welcome)
}

fn caller(port: u16, welcome: &str) -> Caller {
    let token = welcome.lines().find(|line| line.starts_with("eyJ")).expect("a token");
    let address = ([127, 0, 0, 1], port).into();
    Caller::new(&reqwest::Client::new(), address, Some(format!("Bearer {token}")))
}

async fn delete_example(caller: &Caller, name: &str) -> (u64, u64) {
    let path = format!("{}/openapi/examples/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let body: Value = serde_json::from_str(&std::fs::read_to_string(path).expect("an example")).expect("JSON");
    let answer = caller
        .delete(DEMO_BULKS)
        .json(&body)
        .send()
        .await
        .assert_status(200)
        .json();
    let total = |name: &str| answer[name].as_u64().expect("a total");
    let deleted = total("total_deleted");
    if has_additions() {
        assert_eq!(total("total_records_deleted"), deleted);
    }
    (deleted, total("total_errors"))
}

const EXAMPLES: [(&str, u64); 3] = [
    ("bulk_delete_by_id", 3),
    ("bulk_delete_by_phone_number", 3),
    ("bulk_delete_by_external_id", 2),
];

#[tokio::test]
async fn a_start_without_configuration_serves_the_documented_examples() {
    let folder = tempdir().expect("a folder");
    let port = free_port();
    {
        let (_server, welcome) = start(folder.path(), port, &[]);
        assert!(welcome.contains(&format!("http://127.0.0.1:{port}/docs/")), "{welcome}");
        let caller = caller(port, &welcome);
        for (example, count) in EXAMPLES {
            assert_eq!(delete_example(&caller, example).await, (count, 0), "{example}");
            assert_eq!(delete_example(&caller, example).await, (0, count), "{example}");
        }
    }
    {
        // What was deleted stays deleted, and the key of the first start still counts.
        let (_server, welcome) = start(folder.path(), port, &[]);
        let caller = caller(port, &welcome);
        assert_eq!(delete_example(&caller, EXAMPLES[0].0).await, (0, 3));
    }
    let (_server, _) = start(folder.path(), port, &["--demo"]);
    // The token command finds the same key.
    let output = program(folder.path())
        .args(["token", "--account", "demo", "--ttl", "1h"])
        .output()
        .expect("the program runs");
    let token = String::from_utf8(output.stdout).expect("a text");
    let caller = caller(port, &token);
    for (example, count) in EXAMPLES {
        assert_eq!(delete_example(&caller, example).await, (count, 0), "{example}");
    }
}

#[test]
fn the_printed_curl_command_works_when_pasted() {
    if Command::new("curl").arg("--version").output().is_err() {
        return crate::support::pass_over("curl");
    }
    let folder = tempdir().expect("a folder");
    let (_server, welcome) = start(folder.path(), free_port(), &[]);
    let from = welcome.find("curl -X DELETE").expect("a command");
    let command = welcome[from..].split("\n\n").next().expect("a command");
    let output = Command::new("sh").args(["-c", command]).output().expect("a shell");
    let answer: Value = serde_json::from_slice(&output.stdout).expect("a JSON answer");
    assert_eq!(answer["total_deleted"], 3, "{answer}");
}

#[apply(database_test)]
async fn a_token_is_printed_and_nothing_else(app: TestApp) {
    let token = |scope: &str| {
        let output = program(app.database.folder.path())
            .env("RECORD_LISTS_JWT_SECRET", crate::support::SECRET)
            .args(["token", "--account", "acme", "--scope", scope, "--ttl", "1m"])
            .output()
            .expect("the program runs");
        assert!(output.status.success() && output.stderr.is_empty());
        let text = String::from_utf8(output.stdout).expect("a text");
        assert_eq!(text.lines().count(), 1);
        text.trim().to_owned()
    };
    let list = app.list().await;
    let answer = app
        .with_token(&token("record-lists:manage"))
        .get(&list.path(""))
        .send()
        .await;
    answer.assert_status(200);
    let answer = app.with_token(&token("other")).get(&list.path("")).send().await;
    answer.assert_error(403, "INSUFFICIENT_SCOPE");
}

#[test]
fn an_open_address_without_a_key_is_refused_with_what_to_set() {
    let folder = tempdir().expect("a folder");
    let output = program(folder.path())
        .args(["--bind", "0.0.0.0:0"])
        .output()
        .expect("the program runs");
    assert!(!output.status.success());
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(
        message.contains("--jwt-secret-file") && message.contains("RECORD_LISTS_JWT_SECRET"),
        "{message}"
    );
    assert!(!folder.path().join("data").exists());
}

/// What the program says when it is started with this file, variable and flag: with `no_migrate` it does not start on a
/// database without a schema.
fn starts(file: &str, variable: Option<&str>, flag: Option<&str>) -> bool {
    let folder = tempdir().expect("a folder");
    let port = free_port();
    std::fs::write(folder.path().join("settings.toml"), file).expect("a file");
    let mut command = program(folder.path());
    command
        .args(["--config", "settings.toml", "--bind", &format!("127.0.0.1:{port}")])
        .args(flag);
    if let Some(value) = variable {
        command.env("RECORD_LISTS_NO_MIGRATE", value);
    }
    let mut server = Spoken::start(command);
    server.read_to("Start with --demo").contains("/docs/")
}

#[test]
fn a_flag_wins_over_a_variable_and_a_variable_over_the_file() {
    for (file, variable, flag, expected) in [
        ("", None, None, true),
        ("no_migrate = true", None, None, false),
        ("no_migrate = true", Some("false"), None, true),
        ("no_migrate = true", Some(""), None, true),
        ("no_migrate = true", None, Some("--no-migrate=false"), true),
        ("no_migrate = false", Some("true"), None, false),
        ("no_migrate = false", Some("true"), Some("--no-migrate=false"), true),
        ("no_migrate = false", None, Some("--no-migrate"), false),
    ] {
        assert_eq!(starts(file, variable, flag), expected, "{file:?} {variable:?} {flag:?}");
    }
}

#[test]
fn a_subcommand_shows_the_settings_that_it_uses() {
    let folder = tempdir().expect("a folder");
    let help = |arguments: &[&str]| {
        let output = program(folder.path())
            .args(arguments)
            .output()
            .expect("the program runs");
        String::from_utf8(output.stdout).expect("a text")
    };
    for (arguments, shown, hidden) in [
        (vec!["token", "--help"], "--jwt-secret-file", "--lanes"),
        (vec!["token", "--help"], "--jwt-issuer", "--queue-bytes"),
        (vec!["keys", "--help"], "--jwks", "--jwt-issuer"),
        (vec!["migrate", "--help"], "--database-url", "--jwt-secret-file"),
        (vec!["serve", "--help"], "--queue-bytes", "--account <"),
        (vec!["health", "--help"], "--bind", "--database-url"),
        (vec!["config", "--help"], "--queue-bytes", "--url"),
        (vec!["openapi", "--help"], "--help", "--config"),
    ] {
        let help = help(&arguments);
        assert!(help.contains(shown) && !help.contains(hidden), "{arguments:?}: {help}");
    }
}

#[test]
fn the_document_is_printed() {
    let folder = tempdir().expect("a folder");
    let output = program(folder.path())
        .arg("openapi")
        .output()
        .expect("the program runs");
    assert_eq!(output.stdout, record_lists::http::openapi::document_text().into_bytes());
}

#[tokio::test]
async fn the_log_says_which_issuer_a_refused_token_had_and_no_token() {
    let folder = tempdir().expect("a folder");
    let address = format!("127.0.0.1:{}", free_port());
    let log = std::fs::File::create(folder.path().join("log")).expect("a file");
    let mut server = program(folder.path())
        .env("RECORD_LISTS_JWT_SECRET", crate::support::SECRET)
        .args([
            "--bind",
            &address,
            "--jwt-issuer",
            "https://id.example.com/",
            "--log",
            "trace",
        ])
        .stdout(std::process::Stdio::null())
        .stderr(log)
        .spawn()
        .expect("the program starts");
    let token = crate::support::Claims::of("acme")
        .with("iss", "https://id.example.com")
        .token();
    let url = format!("http://{address}/record-lists/x/records?phone_number=%2B14155550132");
    let client = reqwest::Client::new();
    let mut status = None;
    for _ in 0..1_200 {
        let request = client.get(&url).header("authorization", format!("Bearer {token}"));
        if let Ok(answer) = request.send().await {
            status = Some(answer.status().as_u16());
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    server.kill().expect("the server is there");
    server.wait().expect("an end");
    assert_eq!(status, Some(401));
    let log = std::fs::read_to_string(folder.path().join("log")).expect("a log");
    assert!(
        log.contains("https://id.example.com/") && log.contains("https://id.example.com\""),
        "{log}"
    );
    assert!(!log.contains(&token) && !log.contains("4155550132"), "{log}");
}
