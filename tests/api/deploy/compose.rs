//! `deploy/compose.yaml`.

use std::fs;

use super::{configured, documents};
use crate::support::{SECRET, python_tool, repository_file, run_well};

#[test]
fn the_file_is_of_the_specification() {
    let Some(mut checker) = python_tool("check-jsonschema") else {
        return;
    };
    let file = repository_file("deploy/compose.yaml");
    run_well(checker.args(["--builtin-schema", "vendor.compose-spec"]).arg(file));
}

#[test]
fn the_service_understands_its_variables() {
    let file = fs::read_to_string(repository_file("deploy/compose.yaml")).expect("a file");
    let Some(documents) = documents(&file) else { return };
    let service = &documents[0]["services"]["record-lists"];
    let variables = service["environment"].as_object().expect("variables").iter();
    let variables = variables.map(|(name, value)| {
        let value = value.as_str().expect("a text");
        // The two that the operator writes into the file `.env`.
        let value = value.replace("${POSTGRES_PASSWORD:?}", "2b1c");
        (name.clone(), value.replace("${RECORD_LISTS_JWT_SECRET:?}", SECRET))
    });
    let variables: Vec<_> = variables.collect();
    assert!(variables.iter().all(|(_, value)| !value.contains('$')), "{variables:?}");
    let folder = tempfile::tempdir().expect("a folder");
    configured(folder.path(), &variables, &[]);
    // What is published is what it listens on: the image says 8080.
    let ports = service["ports"].as_array().expect("ports");
    let ports: Vec<_> = ports.iter().filter_map(|port| port.as_str()).collect();
    assert_eq!(ports, ["127.0.0.1:8080:8080", "127.0.0.1:9464:9464"]);
    assert!(variables.contains(&("RECORD_LISTS_METRICS_BIND".to_owned(), "0.0.0.0:9464".to_owned())));
}
