//! What is in `deploy`: the image is built and run, and what needs an engine or a cluster is held against its schemas.

mod alerts;
mod compose;
mod dashboard;
mod helm;
mod image;
mod proxies;

use std::{
    io::Write,
    path::Path,
    process::{Command, Stdio},
};

use serde_json::Value;

use crate::support::{program, python_tool, run_well};

/// The documents of a text in YAML; `None` where the test has to be passed over.
fn documents(yaml: &str) -> Option<Vec<Value>> {
    // Its packages are those of the tools.
    python_tool("check-jsonschema")?;
    let script = "import json, sys, ruamel.yaml\n\
                  documents = ruamel.yaml.YAML(typ='safe').load_all(sys.stdin)\n\
                  print(json.dumps([document for document in documents if document]))";
    let mut python = python_tool("python")?;
    let python = python.args(["-c", script]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = python.spawn().expect("python starts");
    let mut input = child.stdin.take().expect("a pipe");
    input.write_all(yaml.as_bytes()).expect("an input");
    drop(input);
    let output = child.wait_with_output().expect("an end");
    assert!(output.status.success(), "{yaml}");
    Some(serde_json::from_slice(&output.stdout).expect("documents"))
}

/// What the service would start with, given these variables and arguments; each variable must be one of its own.
#[track_caller]
fn configured(folder: &Path, variables: &[(String, String)], arguments: &[&str]) -> String {
    let mut command = program(folder);
    let command = command.arg("config").args(arguments).envs(variables.iter().cloned());
    let report = run_well(command);
    for (name, _) in variables {
        let is_secret = name == "RECORD_LISTS_JWT_SECRET";
        assert!(
            is_secret || report.contains(&format!("variable {name}")),
            "{name}: {report}"
        );
    }
    report
}

/// Whether a program is there that is asked for its version.
fn exists(name: &str) -> bool {
    let version = Command::new(name).arg("--version").output();
    version.is_ok_and(|output| output.status.success())
}
