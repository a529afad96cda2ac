//! `record-lists keys`

use clap::Args;

use super::{CommandResult, output};
use crate::{
    auth::{Authenticator, KeyDescription},
    config::Settings,
};

/// The settings that the subcommand uses. The development key is stored beside the database.
pub(super) const SETTINGS: [&str; 8] = [
    "config",
    "bind",
    "database_url",
    "jwt_secret_file",
    "jwt_public_key",
    "jwks",
    "jwks_url",
    "oidc_issuer",
];

#[derive(Args)]
pub(super) struct KeysArguments {
    #[command(flatten)]
    pub(super) settings: Settings,
}

/// Lists what there is. Keys that cannot be read from a URL are named on standard error, and then the subcommand fails.
pub(super) async fn run(arguments: KeysArguments) -> CommandResult {
    let config = arguments.settings.resolve()?;
    let authenticator = Authenticator::new(&config.auth)?;
    let mut errors = authenticator.read_published_keys().await;
    for remark in authenticator.remarks() {
        output::complain(remark);
    }
    let keys = authenticator.keys();
    let width = keys.iter().map(|key| id(key).chars().count()).max().unwrap_or_default();
    let lines = keys.iter().map(|key| {
        let (id, algorithm) = (id(key), &key.algorithm);
        format!("{id:<width$}  {algorithm:<5}  {}\n", origin(key))
    });
    output::print(&lines.collect::<String>())?;
    let last = errors.pop();
    for error in errors {
        output::complain(error);
    }
    last.map_or(Ok(()), |error| Err(error.into()))
}

/// The id as one visible word: a key set may contain anything.
fn id(key: &KeyDescription) -> String {
    key.kid
        .as_deref()
        .map_or_else(|| "none".to_owned(), |id| id.escape_debug().to_string())
}

/// What the key is and where it comes from. Only secrets sign tokens here, and those without an id by a derived one.
fn origin(key: &KeyDescription) -> String {
    let origin = format!("{} from {}", key.kind, key.source);
    match key.kid {
        None if key.kind == KeyDescription::SECRET => {
            format!("{origin}; in tokens issued here: {}", key.derived_kid)
        }
        _ => origin,
    }
}
