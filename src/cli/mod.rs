//! The command line: one file per subcommand.

mod migrate;
mod openapi;
mod serve;
mod token;

use clap::{Parser, Subcommand};

use crate::config::Settings;

/// What a subcommand ends with when it fails: a sentence for standard error.
type CommandResult = Result<(), Box<dyn std::error::Error>>;

/// A self-hosted record-list service for outbound dialers
#[derive(Parser)]
#[command(version, args_conflicts_with_subcommands = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,

    #[command(flatten)]
    serve: Settings,
}

#[derive(Subcommand)]
enum Command {
    /// Run the service (what happens without a subcommand)
    Serve(Box<Settings>),
    /// Print an access token, and nothing else
    Token(Box<token::TokenArguments>),
    /// Bring the database schema up to date, or show how it stands
    Migrate(Box<migrate::MigrateArguments>),
    /// Print the OpenAPI document
    Openapi,
}

impl Cli {
    /// Runs the subcommand. Must be called within an actix system.
    pub async fn run(self) -> CommandResult {
        match self.command {
            None => serve::run(self.serve).await,
            Some(Command::Serve(settings)) => serve::run(*settings).await,
            Some(Command::Token(arguments)) => token::run(*arguments),
            Some(Command::Migrate(arguments)) => migrate::run(*arguments).await,
            Some(Command::Openapi) => openapi::run(),
        }
    }
}
