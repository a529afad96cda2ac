//! `record-lists backup FILE`

use std::path::PathBuf;

use clap::Args;

use super::{CommandResult, progress, serve::Signals};
use crate::{config::Settings, store::back_up};

/// The settings that the subcommand uses.
pub(super) const SETTINGS: [&str; 3] = ["config", "database_url", "lock_timeout"];

#[derive(Args)]
pub(super) struct BackupArguments {
    /// The new file
    file: PathBuf,

    #[command(flatten)]
    pub(super) settings: Settings,
}

pub(super) async fn run(arguments: BackupArguments) -> CommandResult {
    let settings = arguments.settings.with_file()?.store()?;
    let mut signals = Signals::listen()?;
    tokio::select! {
        made = back_up(&settings, &arguments.file, progress::show) => {
            progress::end();
            Ok(made?)
        }
        // What was written so far is removed.
        status = signals.next() => {
            progress::end();
            Err(format!("stopped by a signal ({}): there is no backup", status - 128).into())
        }
    }
}
