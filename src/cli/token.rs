//! `record-lists token`

use std::time::Duration;

use clap::Args;

use super::CommandResult;
use crate::{auth::TokenIssuer, config::Settings, domain::AccountId};

#[derive(Args)]
pub(super) struct TokenArguments {
    /// The account whose lists the token opens
    #[arg(long)]
    account: String,

    /// What the token allows: one scope, or several with blanks between
    #[arg(long, default_value = crate::auth::MANAGE)]
    scope: String,

    /// How long the token counts, such as 10m or 24h
    #[arg(long, default_value = "10m", value_parser = humantime::parse_duration)]
    ttl: Duration,

    /// The program that will use the token; the audit trail names it
    #[arg(long, default_value = "command-line")]
    client: String,

    #[command(flatten)]
    settings: Settings,
}

pub(super) fn run(arguments: TokenArguments) -> CommandResult {
    let account = AccountId::new(arguments.account).map_err(|fault| format!("the account {fault}"))?;
    let config = arguments.settings.resolve()?;
    let issuer = TokenIssuer::new(&config.auth)?;
    let token = issuer.issue(&account, &arguments.client, &arguments.scope, arguments.ttl)?;
    println!("{token}");
    Ok(())
}
