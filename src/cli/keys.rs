//! `record-lists keys` and `record-lists keys rotate`

use clap::{Args, Subcommand};

use super::{CommandResult, output};
use crate::{
    auth::{Authenticator, KeyDescription, SealingKey, new_signing_key, unopened},
    authorization_server::PrepareError,
    clock,
    config::Settings,
    store::{
        Visit,
        credentials::{ReadCredentials, RotateKeys, Rotated},
    },
};

/// The settings that the subcommand uses. The development key is stored beside the database.
pub(super) const SETTINGS: [&str; 9] = [
    "config",
    "bind",
    "database_url",
    "jwt_secret_file",
    "jwt_public_key",
    "jwks",
    "jwks_url",
    "oidc_issuer",
    "signing_key_file",
];

/// Those that the rotation uses, beside those of every visit to the database.
pub(super) const SETTINGS_OF_ROTATE: [&str; 2] = ["signing_key_file", "key_cool_down"];

#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct KeysArguments {
    #[command(subcommand)]
    action: Option<KeysAction>,

    #[command(flatten)]
    settings: Settings,
}

#[derive(Subcommand)]
enum KeysAction {
    /// Publish a new signing key of the token endpoint, which takes the place of the one before when others have had time to
    /// read it
    Rotate(Box<RotateArguments>),
}

#[derive(Args)]
struct RotateArguments {
    /// Delete the keys that were encrypted with another signing key file; their tokens are refused
    #[arg(long)]
    discard: bool,

    #[command(flatten)]
    settings: Settings,
}

impl KeysArguments {
    pub(super) fn settings(&mut self) -> &mut Settings {
        match &mut self.action {
            Some(KeysAction::Rotate(arguments)) => &mut arguments.settings,
            None => &mut self.settings,
        }
    }
}

pub(super) async fn run(arguments: KeysArguments) -> CommandResult {
    match arguments.action {
        Some(KeysAction::Rotate(arguments)) => rotate(*arguments).await,
        None => list(arguments.settings).await,
    }
}

async fn rotate(arguments: RotateArguments) -> CommandResult {
    let settings = arguments.settings.with_file()?;
    let visit = Visit::open(settings.store()?).await?;
    // Which keys go must not depend on what lies beside the database.
    let file = match arguments.discard {
        true => settings.signing_key_file.clone(),
        false => settings.signing_key_file_that_is_there()?,
    };
    let file =
        file.ok_or("--signing-key-file is missing: it encrypts the signing keys, and without it there are none")?;
    let sealing = SealingKey::read(&file)?;
    let keys = visit.read(ReadCredentials).await?.keys;
    let unopened = unopened(&keys, &sealing);
    if !unopened.is_empty() && !arguments.discard {
        return Err(PrepareError::WrongFile(unopened.join(", ")).into());
    }
    let key = new_signing_key(&sealing)?;
    let kid = key.kid.clone();
    let rotate = RotateKeys {
        key,
        cool_down: settings.key_cool_down,
        discarded: unopened,
    };
    let rotated = visit.write(rotate).await?;
    visit.end().await;
    match rotated {
        Rotated::Done(signs_from) => output::print(&format!(
            "{kid} is published, and signs from {}\n",
            clock::shown(signs_from)
        )),
        Rotated::TooMany(until) => Err(format!(
            "there are so many signing keys that none is added; the first of them expires at {}",
            clock::shown(until)
        )
        .into()),
    }
}

/// Lists what there is. Keys that cannot be read from a URL are named on standard error, and then the subcommand fails.
async fn list(settings: Settings) -> CommandResult {
    let config = settings.resolve()?;
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
