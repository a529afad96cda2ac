//! The command line: one file per subcommand.

mod about;
mod backup;
mod client;
mod config;
mod health;
mod keys;
mod migrate;
mod output;
mod progress;
mod refusal;
mod restore;
mod serve;
mod token;

use clap::{ArgMatches, Args, Command, CommandFactory, FromArgMatches, Parser, Subcommand};

use self::about::{completions, man, openapi};
pub use self::output::complain;
use crate::{
    clock,
    config::{Settings, environment},
    open_files,
    systemd::Sockets,
};

/// The settings of every subcommand that visits the database, beside a server or without one.
const SETTINGS_OF_VISIT: [&str; 8] = [
    "config",
    "database_url",
    "database_statement_cache",
    "allow_network_file_system",
    "lock_timeout",
    "statement_timeout",
    "commit_timeout",
    "check_timeout",
];

/// The name of the program.
const PROGRAM: &str = "record-lists";

/// How a subcommand ends if it fails: with a sentence for standard error.
type CommandResult = Result<(), Box<dyn std::error::Error>>;

/// A self-hosted record-list service for outbound dialers
#[derive(Parser)]
#[command(version, args_conflicts_with_subcommands = true)]
pub struct Cli {
    #[command(subcommand)]
    action: Option<Action>,

    #[command(flatten)]
    serve: Settings,

    /// Those that the supervisor opened for the server.
    #[arg(skip)]
    sockets: Sockets,
}

#[derive(Subcommand)]
enum Action {
    /// Run the server (the default)
    Serve(Box<Settings>),
    /// Print an access token, and nothing else
    Token(Box<token::TokenArguments>),
    /// Register programs that get tokens at the token endpoint, list them, or revoke them
    Client(Box<client::ClientArguments>),
    /// List the keys that verify tokens: id, algorithm and source; or rotate those that sign
    Keys(Box<keys::KeysArguments>),
    /// Print the settings that a server would start with, and where each comes from, as a configuration file
    Config(Box<Settings>),
    /// Ask the server whether it is ready; exit status 0 if it is
    Health(Box<health::HealthArguments>),
    /// Bring the database schema up to date, or show its state
    Migrate(Box<migrate::MigrateArguments>),
    /// Copy a SQLite database into a new file; the server may be running
    Backup(Box<backup::BackupArguments>),
    /// Put a backup in place of a SQLite database; the server must be stopped
    Restore(Box<restore::RestoreArguments>),
    /// Print the OpenAPI document
    Openapi,
    /// Print a script for a shell, which then completes the arguments of this program
    Completions(completions::CompletionsArguments),
    /// Print the manual page
    Man(man::ManArguments),
}

impl Action {
    /// Whether no setting matters.
    fn needs_no_setting(&self) -> bool {
        match self {
            Self::Health(arguments) => arguments.has_url(),
            action => action.is_about_program(),
        }
    }

    /// Whether the subcommand prints what the program itself knows, without any setting.
    fn is_about_program(&self) -> bool {
        matches!(self, Self::Openapi | Self::Completions(_) | Self::Man(_))
    }
}

impl Cli {
    /// Reads the command line of the process; ends the process if it is not valid, or asks for help.
    pub fn from_command_line() -> Self {
        let mut command = Self::shown_command();
        let given: Vec<_> = std::env::args_os().skip(1).collect();
        if given.first().is_some_and(|first| first == "health") {
            // It gets a server's environment, whose faults are the server's to tell.
            let has_url = given
                .iter()
                .any(|argument| argument.as_encoded_bytes().starts_with(b"--url"));
            let kept = if has_url { &[][..] } else { &health::SETTINGS };
            command =
                without_variables(command, &[]).mut_subcommand("health", |health| without_variables(health, kept));
        }
        let matches = command.try_get_matches();
        let matches = matches.unwrap_or_else(|error| refusal::exit(&error));
        let mut cli = Self::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
        let (settings, matches) = cli.settings(&matches);
        refusal::refuse_empty_values(matches);
        settings.note_sources(matches);
        cli
    }

    /// The command line as help, completions and manual show it: each subcommand with the settings that it uses.
    fn shown_command() -> Command {
        Self::command()
            .mut_subcommand("token", |token| showing(token, &token::SETTINGS))
            .mut_subcommand("client", |client| {
                ["add", "list", "revoke"].into_iter().fold(client, |client, action| {
                    client.mut_subcommand(action, |action| visiting(action, &client::SETTINGS))
                })
            })
            .mut_subcommand("keys", |keys| {
                let keys = keys.mut_subcommand("rotate", |rotate| visiting(rotate, &keys::SETTINGS_OF_ROTATE));
                showing(keys, &keys::SETTINGS)
            })
            .mut_subcommand("migrate", |migrate| showing(migrate, &migrate::SETTINGS))
            .mut_subcommand("backup", |backup| showing(backup, &backup::SETTINGS))
            .mut_subcommand("restore", |restore| showing(restore, &restore::SETTINGS))
            .mut_subcommand("health", |health| showing(health, &health::SETTINGS))
    }

    /// The settings, and where they come from.
    fn settings<'m>(&mut self, matches: &'m ArgMatches) -> (&mut Settings, &'m ArgMatches) {
        let mut of_subcommand = matches;
        while let Some((_, matches)) = of_subcommand.subcommand() {
            of_subcommand = matches;
        }
        let settings = match &mut self.action {
            None | Some(Action::Openapi | Action::Completions(_) | Action::Man(_)) => &mut self.serve,
            Some(Action::Serve(settings) | Action::Config(settings)) => settings,
            Some(Action::Health(arguments)) => &mut arguments.settings,
            Some(Action::Token(arguments)) => &mut arguments.settings,
            Some(Action::Client(arguments)) => arguments.settings(),
            Some(Action::Keys(arguments)) => arguments.settings(),
            Some(Action::Migrate(arguments)) => &mut arguments.settings,
            Some(Action::Backup(arguments)) => &mut arguments.settings,
            Some(Action::Restore(arguments)) => &mut arguments.settings,
        };
        (settings, of_subcommand)
    }

    /// Fails if the machine cannot run the subcommand. To be called before there is a runtime, which needs files.
    pub fn check_machine(&self) -> CommandResult {
        open_files::check()?;
        let needs_no_clock = |action: &Action| action.is_about_program() || matches!(action, Action::Health(_));
        if !self.action.as_ref().is_some_and(needs_no_clock) {
            clock::check()?;
        }
        Ok(())
    }

    /// Takes the sockets that the supervisor opened, if the subcommand is the server. To be called while the process has
    /// one thread.
    pub fn take_sockets(&mut self) -> CommandResult {
        if matches!(self.action, None | Some(Action::Serve(_))) {
            self.sockets = Sockets::take()?;
        }
        Ok(())
    }

    /// Runs the subcommand. Must be called within an actix system.
    pub async fn run(self) -> CommandResult {
        let unknown_variables = match &self.action {
            Some(action) if action.needs_no_setting() => Vec::new(),
            _ => environment::unknown_variables()?,
        };
        match &self.action {
            None | Some(Action::Serve(_)) => {}
            // It comes again and again, and the server has said it.
            Some(Action::Health(_)) => {}
            // Their log is not started.
            Some(_) if unknown_variables.is_empty() => {}
            Some(_) => {
                let names = unknown_variables.join(", ");
                complain(format_args!("warning: there are no settings for the variables {names}"));
            }
        }
        match self.action {
            None => serve::run(self.serve, self.sockets, &unknown_variables).await,
            Some(Action::Serve(settings)) => serve::run(*settings, self.sockets, &unknown_variables).await,
            Some(Action::Token(arguments)) => token::run(*arguments),
            Some(Action::Client(arguments)) => client::run(*arguments).await,
            Some(Action::Keys(arguments)) => keys::run(*arguments).await,
            Some(Action::Migrate(arguments)) => migrate::run(*arguments).await,
            Some(Action::Backup(arguments)) => backup::run(*arguments).await,
            Some(Action::Restore(arguments)) => restore::run(*arguments).await,
            Some(Action::Config(settings)) => config::run(*settings),
            Some(Action::Health(arguments)) => health::run(*arguments).await,
            Some(Action::Openapi) => openapi::run(),
            Some(Action::Completions(arguments)) => completions::run(&arguments, &Self::shown_command()),
            Some(Action::Man(arguments)) => man::run(arguments, Self::shown_command()),
        }
    }
}

/// The same as [`showing`], for a subcommand that visits the database.
fn visiting(subcommand: Command, used: &[&str]) -> Command {
    showing(subcommand, &[&SETTINGS_OF_VISIT[..], used].concat())
}

/// The command with settings that come from no variable, except for these.
fn without_variables(command: Command, kept: &[&str]) -> Command {
    command.mut_args(|argument| match kept.contains(&argument.get_id().as_str()) {
        true => argument,
        false => argument.env(None::<&'static str>),
    })
}

/// The subcommand with a help that shows only the settings that it uses. It takes the others too, so that all subcommands
/// of a deployment can have the same flags.
fn showing(subcommand: Command, used: &[&str]) -> Command {
    let all = Settings::augment_args(Command::new("settings"));
    let is_unused =
        |id: &clap::Id| all.get_arguments().any(|setting| setting.get_id() == id) && !used.contains(&id.as_str());
    subcommand.mut_args(|argument| {
        let hide = is_unused(argument.get_id());
        argument.hide(hide)
    })
}
