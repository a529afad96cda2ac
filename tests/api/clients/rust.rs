//! Rust: a client by openapi-generator.

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::Mutex,
};

use super::Served;
use crate::support::{Database, apply, database_test, python_tool, repository_file, run_well};

#[apply(database_test)]
async fn a_rust_client_deletes_by_each_kind(database: Database) {
    let Some(generator) = python_tool("openapi-generator-cli") else {
        return;
    };
    let Some(served) = Served::start(database, &[]).await else {
        return;
    };
    let program = built(generator, &served.document());
    served.run(&mut Command::new(program));
}

/// Makes the client from the document, and the program that uses it, once for all tests. The folder stays: the next
/// run finds the dependencies built.
fn built(mut generator: Command, document: &str) -> PathBuf {
    static BUILT: Mutex<bool> = Mutex::new(false);
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("rust-client");
    let mut is_built = BUILT.lock().expect("no panic");
    if !*is_built {
        let client = folder.join("client");
        let _ = std::fs::remove_dir_all(&client);
        std::fs::create_dir_all(folder.join("src")).expect("a folder");
        run_well(
            generator
                .args(["generate", "--generator-name", "rust"])
                .args(["--input-spec", document])
                .args(["--additional-properties", "packageName=record-lists-client"])
                .args(["--global-property", "apiDocs=false,modelDocs=false"])
                .arg("--output")
                .arg(client),
        );
        for file in ["Cargo.toml", "Cargo.lock", "src/main.rs"] {
            let program = repository_file("tests/clients/rust").join(file);
            std::fs::copy(program, folder.join(file)).expect("a copy");
        }
        run_well(
            Command::new(env!("CARGO"))
                .args(["build", "--quiet", "--locked", "--target-dir", "target"])
                .current_dir(&folder),
        );
        *is_built = true;
    }
    folder.join("target/debug/scenario")
}
