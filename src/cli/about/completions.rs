//! `record-lists completions SHELL`

use clap::{Args, Command};
use clap_complete::{Generator, Shell};

use crate::cli::{CommandResult, PROGRAM, output};

#[derive(Args)]
pub(in crate::cli) struct CompletionsArguments {
    /// The shell that reads the script
    #[arg(value_enum)]
    shell: Shell,
}

pub(in crate::cli) fn run(arguments: &CompletionsArguments, program: &Command) -> CommandResult {
    let mut program = without_hidden(program);
    program.set_bin_name(PROGRAM);
    program.build();
    let mut script = Vec::new();
    arguments.shell.try_generate(&program, &mut script)?;
    let script = String::from_utf8(script)?;
    output::print(&match arguments.shell {
        Shell::Bash => with_one_name(&script),
        _ => script,
    })
}

/// The library names the states of bash by the program in two ways if its name has a hyphen, so that no subcommand has
/// a flag (clap-rs/clap#6421).
fn with_one_name(script: &str) -> String {
    script.replace(&PROGRAM.replace('-', "__subcmd__"), &PROGRAM.replace('-', "__"))
}

/// The command without the arguments that its help does not show: the library would offer them.
fn without_hidden(command: &Command) -> Command {
    let about = command.get_about().cloned().unwrap_or_default();
    Command::new(command.get_name().to_owned())
        .about(about)
        .args(command.get_arguments().filter(|argument| !argument.is_hide_set()))
        .subcommands(command.get_subcommands().map(without_hidden))
}
