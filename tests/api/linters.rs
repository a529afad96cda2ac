//! The kept document, read by the linters and validators that others use, with the rules that these recommend.

use std::{path::Path, process::Command};

use rstest::rstest;
use serde_json::Value;

use crate::support::{document, node_tool, python_tool, repository_file, run, run_well};

#[derive(Clone, Copy, Debug)]
enum Linter {
    Spectral,
    Redocly,
    OpenapiSpecValidator,
}
use Linter::{OpenapiSpecValidator, Redocly, Spectral};

impl Linter {
    /// The command that ends with another status than 0 when it finds anything; `None` where it is not installed.
    fn reads(self, document: &Path) -> Option<Command> {
        let mut command = match self {
            Spectral => {
                let mut command = node_tool("spectral")?;
                command
                    .args(["lint", "--fail-severity", "hint", "--ruleset"])
                    .arg(repository_file("tests/tools/spectral.yaml"));
                command
            }
            Redocly => {
                let mut command = node_tool("redocly")?;
                // The recommended rules; what they only warn of counts too.
                command
                    .args(["lint", "--extends", "recommended-strict"])
                    .env("REDOCLY_TELEMETRY", "off")
                    .env("REDOCLY_SUPPRESS_UPDATE_NOTICE", "true");
                command
            }
            OpenapiSpecValidator => python_tool("openapi-spec-validator")?,
        };
        command.arg(document);
        Some(command)
    }
}

#[rstest]
fn linters_find_nothing(#[values(Spectral, Redocly, OpenapiSpecValidator)] linter: Linter) {
    if let Some(mut command) = linter.reads(&repository_file("openapi/openapi.json")) {
        run_well(&mut command);
    }
}

/// Otherwise it is no news that they find nothing.
#[rstest]
fn linters_find_a_planted_fault(
    #[values(Spectral, Redocly, OpenapiSpecValidator)] linter: Linter,
    #[values(with_one_operation_id_twice, without_a_path_parameter)] plant: fn(&mut Value),
) {
    let mut faulty = document().clone();
    plant(&mut faulty);
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("openapi.json");
    std::fs::write(&file, faulty.to_string()).expect("a file");
    if let Some(mut command) = linter.reads(&file) {
        let output = run(&mut command);
        assert_eq!(output.status.code(), Some(1), "{output:?}");
    }
}

fn with_one_operation_id_twice(document: &mut Value) {
    let other = document["paths"]["/record-lists"]["post"]["operationId"].clone();
    document["paths"]["/deletions"]["get"]["operationId"] = other;
}

fn without_a_path_parameter(document: &mut Value) {
    let operation = &mut document["paths"]["/record-lists/{record_list_id}"]["get"];
    operation.as_object_mut().expect("an operation").remove("parameters");
}
