//! TypeScript: types by openapi-typescript, calls by openapi-fetch.

use std::process::Command;

use super::Served;
use crate::support::{Database, apply, database_test, node_modules, node_tool, repository_file, run_well};

#[apply(database_test)]
async fn a_typescript_client_deletes_by_each_kind(database: Database) {
    let (Some(mut generator), Some(mut compiler), Some(modules)) =
        (node_tool("openapi-typescript"), node_tool("tsc"), node_modules())
    else {
        return;
    };
    let Some(served) = Served::start(database, &[]).await else {
        return;
    };
    let folder = served.database.folder.path();
    run_well(
        generator
            .arg(served.document())
            .args(["--output", "schema.d.ts"])
            .current_dir(folder),
    );
    for file in ["scenario.mts", "tsconfig.json"] {
        let program = repository_file("tests/clients/typescript").join(file);
        std::fs::copy(program, folder.join(file)).expect("a copy");
    }
    std::os::unix::fs::symlink(modules, folder.join("node_modules")).expect("a link");
    run_well(compiler.current_dir(folder));
    served.run(Command::new("node").arg("scenario.mjs").current_dir(folder));
}
