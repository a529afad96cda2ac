//! `record-lists migrate up|status`

use clap::{Args, ValueEnum};
use migration::is_compatible;

use super::{CommandResult, output};
use crate::{
    config::{Settings, Written},
    store::{DatabaseUrl, OpenError, Store},
};

/// The settings that the subcommand uses.
pub(super) const SETTINGS: [&str; 7] = [
    "config",
    "database_url",
    "database_statement_cache",
    "allow_network_file_system",
    "lock_timeout",
    "statement_timeout",
    "check_timeout",
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
    /// List the migrations: applied, pending, or unknown to this version of the program, and then whether it is compatible
    Status,
}

pub(super) async fn run(arguments: MigrateArguments) -> CommandResult {
    let settings = arguments.settings.with_file()?;
    let is_named = settings.sources.get("database_url").is_some_and(Written::is_given);
    let settings = settings.store()?;
    let schema = match arguments.action {
        Action::Up => {
            // Without the settings of the server, a new database would be migrated, and all would look well.
            if let DatabaseUrl::Sqlite(file) = &settings.database_url
                && !is_named
                && !file.path.exists()
            {
                return Err(OpenError::Missing(file.path.clone()).into());
            }
            let store = Store::open(settings).await?;
            let prepared = store.prepare(true).await;
            prepared.map_err(|error| format!("the database cannot be migrated: {error}"))?;
            let schema = store.schema().await?;
            store.close().await;
            schema
        }
        Action::Status => Store::schema_beside(&settings).await?,
    };
    let known = schema.known().iter().map(|(name, is_applied)| {
        let state = if *is_applied { "applied" } else { "pending" };
        format!("{state} {name}\n")
    });
    let unknown = schema.unknown().iter().map(|name| {
        let hint = if is_compatible(name) { " (compatible)" } else { "" };
        format!("unknown {name}{hint}\n")
    });
    output::print(&known.chain(unknown).collect::<String>())
}
