//! Programs of others that tests run: those of `tests/tools`, installed by `.ci/run`.

use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
};

use super::pass_over;

/// A file of this repository.
pub fn repository_file(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// A program from PyPI, from the virtual environment that `RECORD_LISTS_TEST_PYTHON_TOOLS` names or on `PATH`; `None`
/// where the test has to be passed over.
pub fn python_tool(name: &str) -> Option<Command> {
    if name == "openapi-generator-cli" && Command::new("java").arg("-version").output().is_err() {
        pass_over("java");
        return None;
    }
    let configured = std::env::var_os("RECORD_LISTS_TEST_PYTHON_TOOLS");
    let configured = configured.map(|folder| PathBuf::from(folder).join("bin"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders = configured.into_iter().chain(std::env::split_paths(&path));
    let Some(program) = folders.find_map(|folder| existing(folder.join(name))) else {
        pass_over(&format!("{name} (PyPI)"));
        return None;
    };
    let mut command = Command::new(&program);
    // Generators call formatters that lie beside them.
    if let Some(folder) = program.parent() {
        let folders = std::iter::once(folder.to_owned()).chain(std::env::split_paths(&path));
        command.env("PATH", std::env::join_paths(folders).expect("a path"));
    }
    command.env("PYTHONDONTWRITEBYTECODE", "1");
    Some(command)
}

/// The folder with the packages from npm, in `RECORD_LISTS_TEST_NODE_TOOLS` or `tests/tools`; `None` where the test has
/// to be passed over.
pub fn node_modules() -> Option<PathBuf> {
    let configured = std::env::var_os("RECORD_LISTS_TEST_NODE_TOOLS").map(PathBuf::from);
    let folder = configured.unwrap_or_else(|| repository_file("tests/tools"));
    let modules = folder.join("node_modules");
    if Command::new("node").arg("--version").output().is_err() {
        pass_over("node");
        return None;
    }
    if !modules.is_dir() {
        pass_over("node_modules (npm)");
        return None;
    }
    Some(modules)
}

/// A program from npm; `None` where the test has to be passed over.
pub fn node_tool(name: &str) -> Option<Command> {
    let program = existing(node_modules()?.join(".bin").join(name));
    if program.is_none() {
        pass_over(&format!("{name} (npm)"));
    }
    program.map(Command::new)
}

fn existing(program: PathBuf) -> Option<PathBuf> {
    program.is_file().then_some(program)
}

/// Runs a program to its end.
pub fn run(command: &mut Command) -> Output {
    let output = command.output();
    output.unwrap_or_else(|error| panic!("{command:?} does not start: {error}"))
}

/// Runs a program that must succeed; its standard output.
#[track_caller]
pub fn run_well(command: &mut Command) -> String {
    let output = run(command);
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}\n{told}\n{complaint}");
    told
}
