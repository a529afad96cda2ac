//! `record-lists client add|list|revoke`

use clap::{Args, Subcommand};
use serde_json::json;

use super::{CommandResult, output};
use crate::{
    auth::{ClientSecret, check_registered, new_client_id},
    clock,
    config::Settings,
    domain::{AccountId, Client, ClientId, text::Line},
    store::{
        Visit,
        credentials::{AddClient, ReadClients, RevokeClient, Revoked},
    },
};

/// The settings that the subcommands use, beside those of every visit to the database.
pub(super) const SETTINGS: [&str; 1] = ["jwt_required_scope"];

#[derive(Args)]
pub(super) struct ClientArguments {
    #[command(subcommand)]
    pub(super) action: ClientAction,
}

#[derive(Subcommand)]
pub(super) enum ClientAction {
    /// Register a client, and print its id and its secret, which is shown only once
    Add(Box<AddArguments>),
    /// Print all clients, one JSON object per line
    List(Box<ListArguments>),
    /// End a client: it gets no tokens any more, and those that it has are refused from then on
    Revoke(Box<RevokeArguments>),
}

#[derive(Args)]
pub(super) struct AddArguments {
    /// The account whose lists the client works with
    #[arg(long)]
    account: String,

    /// What its tokens may allow: one scope, or several separated by spaces
    #[arg(long)]
    scope: String,

    /// What you call it
    #[arg(long, default_value = "")]
    name: String,

    #[command(flatten)]
    pub(super) settings: Settings,
}

#[derive(Args)]
pub(super) struct ListArguments {
    #[command(flatten)]
    pub(super) settings: Settings,
}

#[derive(Args)]
pub(super) struct RevokeArguments {
    /// The id of the client
    id: String,

    #[command(flatten)]
    pub(super) settings: Settings,
}

impl ClientArguments {
    pub(super) fn settings(&mut self) -> &mut Settings {
        match &mut self.action {
            ClientAction::Add(arguments) => &mut arguments.settings,
            ClientAction::List(arguments) => &mut arguments.settings,
            ClientAction::Revoke(arguments) => &mut arguments.settings,
        }
    }
}

pub(super) async fn run(arguments: ClientArguments) -> CommandResult {
    match arguments.action {
        ClientAction::Add(arguments) => add(*arguments).await,
        ClientAction::List(arguments) => list(arguments.settings).await,
        ClientAction::Revoke(arguments) => revoke(*arguments).await,
    }
}

async fn add(arguments: AddArguments) -> CommandResult {
    let account = AccountId::new(arguments.account).map_err(|fault| format!("the account {fault}"))?;
    if !arguments.name.is_empty() {
        Line::<120>::new(arguments.name.as_str()).map_err(|fault| format!("the name {fault}"))?;
    }
    check_registered(&arguments.scope)?;
    let settings = arguments.settings.with_file()?;
    let required = &settings.jwt_required_scope;
    if !arguments
        .scope
        .split(' ')
        .any(|scope| required.iter().any(|known| known == scope))
    {
        let required = required.join(", ");
        output::complain(format_args!(
            "warning: operations need one of the scopes {required}; the client has none"
        ));
    }
    let visit = visit(settings).await?;
    let secret = ClientSecret::random()?;
    let client = Client {
        id: new_client_id()?,
        account,
        name: arguments.name,
        scope: arguments.scope,
        secret_hash: secret.hash(),
        created_at: clock::now(),
        revoked_at: None,
    };
    visit.write(AddClient(client.clone())).await?;
    visit.end().await;
    let printed = json!({
        "client_id": client.id.0,
        "client_secret": secret.as_str(),
        "account": client.account.as_str(),
        "scope": client.scope,
        "name": client.name,
    });
    output::print(&format!("{printed}\n")).map_err(|error| {
        let id = client.id;
        format!("{error}; revoke the client {id}, whose secret nobody has seen").into()
    })
}

async fn list(settings: Settings) -> CommandResult {
    let visit = visit(settings).await?;
    let mut clients = visit.read(ReadClients).await?;
    visit.end().await;
    clients.sort_by(|a, b| (a.created_at, &a.id).cmp(&(b.created_at, &b.id)));
    let lines = clients.iter().map(|client| {
        let shown = json!({
            "client_id": client.id.0,
            "account": client.account.as_str(),
            "scope": client.scope,
            "name": client.name,
            "created_at": clock::shown(client.created_at),
            "revoked_at": client.revoked_at.map(clock::shown),
        });
        format!("{shown}\n")
    });
    output::print(&lines.collect::<String>())
}

async fn revoke(arguments: RevokeArguments) -> CommandResult {
    let id = ClientId(arguments.id);
    let visit = visit(arguments.settings).await?;
    let revoke = RevokeClient {
        id: id.clone(),
        at: clock::now(),
    };
    let revoked = visit.write(revoke).await?;
    visit.end().await;
    match revoked {
        Revoked::Now => output::print(&format!("{id} is revoked\n")),
        Revoked::Before => output::print(&format!("{id} was revoked before\n")),
        Revoked::Unknown => Err("there is no client with this id; `record-lists client list` shows all".into()),
    }
}

async fn visit(settings: Settings) -> Result<Visit, Box<dyn std::error::Error>> {
    Ok(Visit::open(settings.with_file()?.store()?).await?)
}
