//! `record-lists token`

use std::time::Duration;

use clap::Args;

use super::{CommandResult, output};
use crate::{auth::TokenIssuer, config::Settings, domain::AccountId};

/// The settings that the subcommand uses. The development key is stored beside the database.
pub(super) const SETTINGS: [&str; 9] = [
    "config",
    "database_url",
    "jwt_secret_file",
    "jwt_issuer",
    "jwt_audience",
    "jwt_account_claim",
    "jwt_client_claims",
    "jwt_scope_claims",
    "jwt_required_scope",
];

#[derive(Args)]
pub(super) struct TokenArguments {
    /// The account whose lists the token gives access to
    #[arg(long)]
    account: String,

    /// What the token allows: one scope, or several separated by spaces [default: the first of --jwt-required-scope]
    #[arg(long)]
    scope: Option<String>,

    /// How long the token is valid, such as 10m or 24h
    #[arg(long, default_value = "10m", value_parser = humantime::parse_duration)]
    ttl: Duration,

    /// The program that will use the token, as it appears in the audit trail
    #[arg(long, default_value = "command-line")]
    client: String,

    #[command(flatten)]
    pub(super) settings: Settings,
}

pub(super) fn run(arguments: TokenArguments) -> CommandResult {
    let account = AccountId::new(arguments.account).map_err(|fault| format!("the account {fault}"))?;
    let config = arguments.settings.resolve()?;
    let issuer = TokenIssuer::new(&config.auth)?;
    let scope = arguments
        .scope
        .as_deref()
        .unwrap_or(config.auth.required_scopes.first());
    let token = issuer.issue(&account, &arguments.client, scope, arguments.ttl)?;
    output::print(&format!("{token}\n"))
}
