//! The subcommands that tell of the program and its settings: one file for each.

mod completions;
mod config;
mod config_sources;
mod health;
mod man;

use std::path::Path;

use clap::{Command, CommandFactory};
use record_lists::cli::Cli;

use crate::support::{program, run_well};

/// What a subcommand prints.
#[track_caller]
fn printed(folder: &Path, arguments: &[&str]) -> String {
    run_well(program(folder).args(arguments))
}

/// All subcommands, those of subcommands too, as one writes them after the name of the program.
fn subcommands() -> Vec<String> {
    fn add(command: &Command, before: &str, to: &mut Vec<String>) {
        for subcommand in command.get_subcommands() {
            let path = format!("{before}{}", subcommand.get_name());
            to.push(path.clone());
            add(subcommand, &format!("{path} "), to);
        }
    }
    let mut all = Vec::new();
    add(&Cli::command(), "", &mut all);
    assert!(
        ["client add", "keys rotate", "man"]
            .iter()
            .all(|name| all.iter().any(|path| path == name))
    );
    all
}
