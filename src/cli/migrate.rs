//! `record-lists migrate up|status|distribute`

use clap::{Args, ValueEnum};
use migration::{PLACEMENTS, is_compatible};

use super::{CommandResult, output};
use crate::{
    config::{Settings, Written},
    store::{DatabaseUrl, DistributeError, OpenError, SchemaState, Store},
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

    /// With `distribute`: print the statements, but do not run them
    #[arg(long)]
    dry_run: bool,

    #[command(flatten)]
    pub(super) settings: Settings,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Action {
    /// Apply all pending migrations
    Up,
    /// List the migrations: applied, pending, or unknown to this version of the program, and then whether it is compatible
    Status,
    /// Distribute the tables over several PostgreSQL servers, by the extension Citus
    Distribute,
}

pub(super) async fn run(arguments: MigrateArguments) -> CommandResult {
    let settings = arguments.settings.with_file()?;
    let is_named = settings.sources.get("database_url").is_some_and(Written::is_given);
    let settings = settings.store()?;
    if arguments.dry_run && arguments.action != Action::Distribute {
        return Err("--dry-run is for `migrate distribute`; see also `migrate status`".into());
    }
    match arguments.action {
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
            output::print(&described(&schema))
        }
        Action::Status => output::print(&described(&Store::schema_beside(&settings).await?)),
        Action::Distribute => {
            if let DatabaseUrl::Sqlite(_) = settings.database_url {
                return Err(DistributeError::Sqlite.into());
            }
            let store = Store::open(settings).await?;
            let statements = store.distribute(arguments.dry_run).await?;
            let schema = store.schema().await?;
            store.close().await;
            let statements = statements.into_iter().map(|statement| statement + ";\n");
            output::print(&statements.chain(distribution_of(&schema)).collect::<String>())
        }
    }
}

/// The migrations, one a line, and then how far the tables are distributed.
fn described(schema: &SchemaState) -> String {
    let known = schema.known().iter().map(|(name, is_applied)| {
        let state = if *is_applied { "applied" } else { "pending" };
        format!("{state} {name}\n")
    });
    let unknown = schema.unknown().iter().map(|name| {
        let hint = if is_compatible(name) { " (compatible)" } else { "" };
        format!("unknown {name}{hint}\n")
    });
    known.chain(unknown).chain(distribution_of(schema)).collect()
}

/// A line about the distribution, if the database has the extension for it.
fn distribution_of(schema: &SchemaState) -> Option<String> {
    let found = schema.distribution()?;
    let (tables, all, servers) = (found.tables(), PLACEMENTS.len(), found.servers());
    let plural = if servers == 1 { "" } else { "s" };
    Some(format!(
        "distributed: {tables} of {all} tables, {servers} server{plural}\n"
    ))
}
