//! `record-lists migrate up|status`

use clap::{Args, ValueEnum};

use super::CommandResult;
use crate::{config::Settings, store::Store};

/// The settings that the subcommand uses.
pub(super) const SETTINGS: [&str; 6] = [
    "config",
    "database_url",
    "database_statement_cache",
    "allow_network_file_system",
    "lock_timeout",
    "statement_timeout",
];

#[derive(Args)]
pub(super) struct MigrateArguments {
    /// What to do
    #[arg(value_enum)]
    action: Action,

    #[command(flatten)]
    pub(super) settings: Settings,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Action {
    /// Apply all pending migrations
    Up,
    /// List the migrations and whether each is applied
    Status,
}

pub(super) async fn run(arguments: MigrateArguments) -> CommandResult {
    let settings = arguments.settings.with_file()?;
    let store = Store::open(settings.store()?).await?;
    if matches!(arguments.action, Action::Up) {
        store.migrate().await?;
    }
    for (name, applied) in store.migration_status().await? {
        println!("{} {name}", if applied { "applied" } else { "pending" });
    }
    store.close().await;
    Ok(())
}
