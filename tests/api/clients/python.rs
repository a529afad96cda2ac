//! Python: a client by openapi-python-client.

use super::Served;
use crate::support::{Database, apply, database_test, python_tool, repository_file, run_well};

#[apply(database_test)]
async fn a_python_client_deletes_by_each_kind(database: Database) {
    let (Some(mut generator), Some(mut python)) = (python_tool("openapi-python-client"), python_tool("python3")) else {
        return;
    };
    let Some(served) = Served::start(database, &[]).await else {
        return;
    };
    let folder = served.database.folder.path();
    run_well(
        generator
            .args(["generate", "--meta", "none", "--fail-on-warning"])
            .args(["--url", &served.document()])
            .args(["--output-path", "record_lists_client"])
            .current_dir(folder),
    );
    let program = repository_file("tests/clients/python/scenario.py");
    served.run(python.arg(program).env("PYTHONPATH", folder));
}
