//! Row 9: schemathesis makes requests from the OpenAPI document, good and bad, and holds every answer against it.
//! `tests/tools/schemathesis_hooks.py` says what is let pass, and why.

use crate::support::{Claims, Database, ServerProcess, apply, database_test, now, python_tool, repository_file};

/// How many requests schemathesis makes up for each operation in each phase; `RECORD_LISTS_TEST_SCHEMATHESIS_EXAMPLES`
/// sets another number.
const EXAMPLES: &str = "60";

/// What its choices start from; `RECORD_LISTS_TEST_SCHEMATHESIS_SEED` sets another number.
const SEED: &str = "1";

#[apply(database_test)]
async fn every_answer_to_made_up_requests_is_as_documented(database: Database) {
    let Some(mut schemathesis) = python_tool("schemathesis") else {
        return;
    };
    let Some(database) = database.create().await else {
        return;
    };
    // The documented examples name the demo list and its records.
    let arguments = ["--demo", "--max-lists-per-account", "1000000"];
    let server = ServerProcess::start(database.folder.path(), &database.url, &arguments);
    server.ready().await;
    let token = Claims::of("demo").with("exp", now() + 3_600).token();
    let tools = repository_file("tests/tools");
    let number = |name: &str, default: &str| {
        std::env::var(format!("RECORD_LISTS_TEST_SCHEMATHESIS_{name}")).unwrap_or_else(|_| default.to_owned())
    };
    let run = schemathesis
        .arg("--config-file")
        .arg(tools.join("schemathesis.toml"))
        .arg("run")
        .arg(format!("http://{}/openapi.json", server.address))
        .arg("--header")
        .arg(format!("Authorization: Bearer {token}"))
        .args(["--max-examples", &number("EXAMPLES", EXAMPLES)])
        .args(["--seed", &number("SEED", SEED)])
        .args(["--request-timeout", "60"])
        // Sets, which it goes through, are in the same order each time.
        .env("PYTHONHASHSEED", "0")
        .env("SCHEMATHESIS_HOOKS", tools.join("schemathesis_hooks.py"))
        .current_dir(database.folder.path())
        .output()
        .expect("schemathesis starts");
    let told = String::from_utf8_lossy(&run.stdout);
    let complaint = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success(), "{told}\n{complaint}");
    server.alive().await;
}
