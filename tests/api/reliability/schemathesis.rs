//! Row 9: schemathesis makes requests from the OpenAPI document, good and bad, and holds every answer against it.
//! `tests/tools/schemathesis_hooks.py` says what is let pass, and why.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use rstest::rstest;

use crate::support::{
    Claims,
    Database::{self, Postgres, Sqlite},
    ServerProcess, now, pass_over,
};

/// How many requests schemathesis makes up for each operation in each phase; `RECORD_LISTS_TEST_SCHEMATHESIS_EXAMPLES`
/// sets another number.
const EXAMPLES: &str = "60";

/// What its choices start from; `RECORD_LISTS_TEST_SCHEMATHESIS_SEED` sets another number.
const SEED: &str = "1";

/// The program, if it is installed.
fn schemathesis() -> Option<PathBuf> {
    let configured = std::env::var_os("RECORD_LISTS_TEST_SCHEMATHESIS").map(PathBuf::from);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path)
        .map(|folder| folder.join("schemathesis"))
        .find(|program| program.is_file());
    configured.filter(|program| program.is_file()).or(found)
}

#[rstest]
#[tokio::test]
async fn every_answer_to_made_up_requests_is_as_documented(
    #[values(Sqlite, Postgres)] database: Database,
) {
    let Some(program) = schemathesis() else {
        return pass_over("schemathesis (PyPI)");
    };
    let Some(database) = database.create().await else {
        return;
    };
    // The documented examples name the demo list and its records.
    let arguments = ["--demo", "--max-lists-per-account", "1000000"];
    let server = ServerProcess::start(database.folder.path(), &database.url, &arguments);
    server.ready().await;
    let token = Claims::of("demo").with("exp", now() + 3_600).token();
    let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tools");
    let number = |name: &str, default: &str| {
        std::env::var(format!("RECORD_LISTS_TEST_SCHEMATHESIS_{name}"))
            .unwrap_or_else(|_| default.to_owned())
    };
    let run = Command::new(program)
        .arg("--config-file")
        .arg(tools.join("schemathesis.toml"))
        .arg("run")
        .arg(format!("http://{}/openapi.json", server.address))
        .arg("--header")
        .arg(format!("Authorization: Bearer {token}"))
        .args(["--max-examples", &number("EXAMPLES", EXAMPLES)])
        .args(["--seed", &number("SEED", SEED)])
        .env("SCHEMATHESIS_HOOKS", tools.join("schemathesis_hooks.py"))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .current_dir(database.folder.path())
        .output()
        .expect("schemathesis starts");
    let told = String::from_utf8_lossy(&run.stdout);
    let complaint = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success(), "{told}\n{complaint}");
    server.alive().await;
}
