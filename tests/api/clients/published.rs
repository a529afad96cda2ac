//! A strict reader, C8 of docs/contract.md section A.8: a client that openapi-generator makes from the published schema
//! of the bulk delete, and that refuses every member beside.

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::Mutex,
};

use super::Served;
use crate::support::{
    Database::{self, Sqlite},
    PUBLISHED, TestList, apply, database_test, entries, external_person, python_tool, repository_file, run, run_well,
};

/// Makes the client, once for all tests; the folder that holds it.
fn generated(mut generator: Command) -> PathBuf {
    static GENERATED: Mutex<bool> = Mutex::new(false);
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("published-client");
    let mut is_generated = GENERATED.lock().expect("no panic");
    if !*is_generated {
        let _ = std::fs::remove_dir_all(&folder);
        let strict = "packageName=published_client,disallowAdditionalPropertiesIfNotPresent=true";
        run_well(
            generator
                .args(["generate", "--generator-name", "python"])
                .arg("--input-spec")
                .arg(repository_file(PUBLISHED))
                .args(["--additional-properties", strict])
                .arg("--output")
                .arg(&folder),
        );
        *is_generated = true;
    }
    folder
}

/// A strict client with a list of three records; `None` where the test has to be passed over.
async fn strict_client(database: Database, arguments: &[&str]) -> Option<(Served, TestList, Command)> {
    let generator = python_tool("openapi-generator-cli")?;
    let mut python = python_tool("python3")?;
    let served = Served::start(database, arguments).await?;
    let list = TestList::create(served.server.as_manager(), "NOTHING").await;
    let people =
        [1, 2, 3].map(|number| external_person(&format!("+1415555010{number}"), "crm", &format!("person-{number}")));
    let ids = list.add(&people).await;
    python
        .arg(repository_file("tests/clients/python/published.py"))
        .args([&list.id, &ids[0]])
        .env("PYTHONPATH", generated(generator));
    Some((served, list, python))
}

#[apply(database_test)]
async fn a_strict_client_of_the_published_schema_reads_the_published_form(
    database: Database,
    #[values("header", "setting")] asked_by: &str,
) {
    let (arguments, prefer): (&[&str], _) = match asked_by {
        "header" => (&[], "return=minimal"),
        _ => (&["--wire-format", "published"], ""),
    };
    let Some((served, list, mut program)) = strict_client(database, arguments).await else {
        return;
    };
    served.run(program.env("PREFER", prefer));
    // It has deleted all records of its list, and created one in another.
    assert_eq!(list.count().await, 0);
    let found = list.caller.page("/record-lists?name=Spring").await;
    assert_eq!(entries(&found)[0]["records_count"], 1);
}

/// Otherwise it would not be strict.
#[tokio::test]
async fn a_strict_client_of_the_published_schema_refuses_the_full_form() {
    let Some((served, _, mut program)) = strict_client(Sqlite, &[]).await else {
        return;
    };
    let output = run(served.told(&mut program));
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success());
    assert!(complaint.contains("additional fields"), "{complaint}");
}
