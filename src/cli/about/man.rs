//! `record-lists man`

use std::{fs, io, path::PathBuf};

use clap::{Args, Command};
use clap_mangen::Man;
use thiserror::Error;

use crate::cli::{CommandResult, output};

#[derive(Args)]
pub(in crate::cli) struct ManArguments {
    /// Write the pages of the program and of all subcommands into this folder; it is created if it is missing
    #[arg(long, value_name = "FOLDER")]
    directory: Option<PathBuf>,
}

/// The pages cannot be written.
#[derive(Debug, Error)]
#[error("the pages cannot be written into {}: {source}", folder.display())]
struct NotWritten {
    folder: PathBuf,
    source: io::Error,
}

pub(in crate::cli) fn run(arguments: ManArguments, program: Command) -> CommandResult {
    // What it prints, the pages say.
    let program = program.disable_help_subcommand(true);
    match arguments.directory {
        None => {
            let mut page = Vec::new();
            Man::new(program).render(&mut page)?;
            output::print(&String::from_utf8(page)?)
        }
        Some(folder) => {
            let written = fs::create_dir_all(&folder).and_then(|()| clap_mangen::generate_to(program, &folder));
            Ok(written.map_err(|source| NotWritten { folder, source })?)
        }
    }
}
