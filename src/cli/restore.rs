//! `record-lists restore FILE`

use std::path::PathBuf;

use clap::Args;

use super::{CommandResult, output, progress};
use crate::{config::Settings, store::restore};

/// The settings that the subcommand uses.
pub(super) const SETTINGS: [&str; 3] = ["config", "database_url", "allow_network_file_system"];

#[derive(Args)]
pub(super) struct RestoreArguments {
    /// The backup
    file: PathBuf,

    #[command(flatten)]
    pub(super) settings: Settings,
}

pub(super) async fn run(arguments: RestoreArguments) -> CommandResult {
    let settings = arguments.settings.with_file()?;
    let restored = restore(&settings.store()?, &arguments.file, progress::show).await;
    progress::end();
    let restored = restored?;
    let place = restored.database.display();
    let kept: Vec<String> = restored.kept.iter().map(|file| file.display().to_string()).collect();
    output::print(&match kept.as_slice() {
        [] => format!("restored {place}\n"),
        kept => format!("restored {place}; the old database is kept as {}\n", kept.join(" and ")),
    })
}
