//! The settings: flags, environment variables and keys of the file.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use clap::{
    ArgAction, ArgMatches, Args, CommandFactory, FromArgMatches, Parser, builder::FalseyValueParser,
    parser::ValueSource,
};
use figment::{
    Figment,
    error::Kind,
    providers::{Format, Serialized, Toml},
    value::Dict,
};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use url::Url;

use super::ConfigError;
use crate::{
    domain::Limits,
    http::response::{format::WireFormat, origin::Origin},
};

/// What can be configured. Every name is a flag, an environment variable with `RECORD_LISTS_` in front, and a key of the
/// file. Bounds, defaults and meanings stand here alone: `--help` and docs/operating.md are made from them.
#[derive(Args, Clone, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields, rename_all = "snake_case")]
pub struct Settings {
    /// TOML file with settings; its keys are the names of the flags with _ for - [default: none]
    #[arg(long, env = "RECORD_LISTS_CONFIG", value_name = "FILE")]
    #[serde(skip)]
    pub config: Option<PathBuf>,

    /// IP address and port to listen on
    #[arg(
        long,
        env = "RECORD_LISTS_BIND",
        help_heading = "Server",
        value_name = "ADDRESS",
        default_value = "127.0.0.1:8080"
    )]
    pub bind: SocketAddr,

    /// Base URL of all links: scheme, host and path as clients see them [default: from the request]
    #[arg(long, env = "RECORD_LISTS_PUBLIC_URL", help_heading = "Server", value_name = "URL")]
    pub public_url: Option<Url>,

    /// Networks of proxies whose forwarding headers count, such as 10.0.0.0/8 [default: none]
    #[arg(long, env = "RECORD_LISTS_TRUSTED_PROXIES", help_heading = "Server", value_name = "NETWORK", value_delimiter = ',', value_parser = parse_network)]
    pub trusted_proxies: Vec<IpNet>,

    /// Origins (scheme, host and port) whose web pages may use the API [default: none]
    #[arg(
        long,
        env = "RECORD_LISTS_CORS_ORIGINS",
        help_heading = "Server",
        value_name = "ORIGIN",
        value_delimiter = ','
    )]
    pub cors_origins: Vec<Origin>,

    /// Members of responses
    #[arg(
        long,
        env = "RECORD_LISTS_WIRE_FORMAT",
        help_heading = "Server",
        value_name = "FORMAT",
        value_enum,
        default_value_t
    )]
    pub wire_format: WireFormat,

    /// Threads that read requests and write responses [default: one per processor]
    #[arg(long, env = "RECORD_LISTS_WORKERS", help_heading = "Server", value_name = "COUNT")]
    pub workers: Option<usize>,

    /// Create the demo list, or restore those of its records that were deleted
    #[arg(long, env = "RECORD_LISTS_DEMO", help_heading = "Server", value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", default_value = "false", value_parser = FalseyValueParser::new(), action = ArgAction::Set)]
    pub demo: bool,

    /// Where the data is: sqlite://PATH, with ?mode=rw if the file must exist, or postgres://...
    #[arg(
        long,
        env = "RECORD_LISTS_DATABASE_URL",
        help_heading = "Database",
        value_name = "URL",
        default_value = "sqlite://data/record-lists.db",
        hide_env_values = true
    )]
    pub database_url: String,

    /// Connections of this process to PostgreSQL
    #[arg(
        long,
        env = "RECORD_LISTS_DATABASE_POOL_SIZE",
        help_heading = "Database",
        value_name = "COUNT",
        default_value_t = 10
    )]
    pub database_pool_size: u32,

    /// Prepared statements kept per connection to PostgreSQL; 0 behind a pooler in transaction mode
    #[arg(
        long,
        env = "RECORD_LISTS_DATABASE_STATEMENT_CACHE",
        help_heading = "Database",
        value_name = "COUNT",
        default_value_t = 100
    )]
    pub database_statement_cache: usize,

    /// Transactions in which bulk deletes on different lists run together, at most half of the connections, and 1 on SQLite; with 0, each list has its own
    #[arg(
        long,
        env = "RECORD_LISTS_LANES",
        help_heading = "Database",
        value_name = "COUNT",
        default_value_t = 2
    )]
    pub lanes: usize,

    /// Accept a SQLite file on a network file system, where its locks may not hold
    #[arg(long, env = "RECORD_LISTS_ALLOW_NETWORK_FILE_SYSTEM", help_heading = "Database", value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", default_value = "false", value_parser = FalseyValueParser::new(), action = ArgAction::Set)]
    pub allow_network_file_system: bool,

    /// Leave the schema to `record-lists migrate up`
    #[arg(long, env = "RECORD_LISTS_NO_MIGRATE", help_heading = "Database", value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", default_value = "false", value_parser = FalseyValueParser::new(), action = ArgAction::Set)]
    pub no_migrate: bool,

    /// How long a write waits for another writer of its list
    #[arg(long, env = "RECORD_LISTS_LOCK_TIMEOUT", help_heading = "Timeouts", value_name = "TIME", value_parser = humantime::parse_duration, default_value = "2s")]
    #[serde(with = "humantime_serde")]
    pub lock_timeout: Duration,

    /// How long a database statement may take
    #[arg(long, env = "RECORD_LISTS_STATEMENT_TIMEOUT", help_heading = "Timeouts", value_name = "TIME", value_parser = humantime::parse_duration, default_value = "5s")]
    #[serde(with = "humantime_serde")]
    pub statement_timeout: Duration,

    /// How long a commit may take; on PostgreSQL, the server then searches a little longer for a lost commit
    #[arg(long, env = "RECORD_LISTS_COMMIT_TIMEOUT", help_heading = "Timeouts", value_name = "TIME", value_parser = humantime::parse_duration, default_value = "2s")]
    #[serde(with = "humantime_serde")]
    pub commit_timeout: Duration,

    /// How long a request waits for its turn on a list, or to create a list
    #[arg(long, env = "RECORD_LISTS_QUEUE_TIMEOUT", help_heading = "Timeouts", value_name = "TIME", value_parser = humantime::parse_duration, default_value = "5s")]
    #[serde(with = "humantime_serde")]
    pub queue_timeout: Duration,

    /// How long the body of a request may take to arrive
    #[arg(long, env = "RECORD_LISTS_BODY_TIMEOUT", help_heading = "Timeouts", value_name = "TIME", value_parser = humantime::parse_duration, default_value = "5s")]
    #[serde(with = "humantime_serde")]
    pub body_timeout: Duration,

    /// How long a connection may be idle between two requests
    #[arg(long, env = "RECORD_LISTS_KEEP_ALIVE", help_heading = "Timeouts", value_name = "TIME", value_parser = humantime::parse_duration, default_value = "75s")]
    #[serde(with = "humantime_serde")]
    pub keep_alive: Duration,

    /// How long accepted requests may take after the signal to stop; rounded up to whole seconds
    #[arg(long, env = "RECORD_LISTS_SHUTDOWN_TIMEOUT", help_heading = "Timeouts", value_name = "TIME", value_parser = humantime::parse_duration, default_value = "30s")]
    #[serde(with = "humantime_serde")]
    pub shutdown_timeout: Duration,

    /// How long a list without writes is kept in memory
    #[arg(long, env = "RECORD_LISTS_IDLE_TIMEOUT", help_heading = "Timeouts", value_name = "TIME", value_parser = humantime::parse_duration, default_value = "1m")]
    #[serde(with = "humantime_serde")]
    pub idle_timeout: Duration,

    /// Requests that may wait for one list, and requests to create a list that may wait in the process; others get 503
    #[arg(
        long,
        env = "RECORD_LISTS_QUEUE_LENGTH",
        help_heading = "Limits",
        value_name = "COUNT",
        default_value_t = 512
    )]
    pub queue_length: usize,

    /// Bytes of request bodies that the process may be reading or holding in queues; others get 503
    #[arg(long, env = "RECORD_LISTS_QUEUE_BYTES", help_heading = "Limits", value_name = "BYTES", default_value_t = 64 * 1024 * 1024)]
    pub queue_bytes: usize,

    /// Records that a list may hold
    #[arg(long, env = "RECORD_LISTS_MAX_RECORDS_PER_LIST", help_heading = "Limits", value_name = "COUNT", default_value_t = Limits::default().records_per_list)]
    pub max_records_per_list: u64,

    /// Lists that an account may have
    #[arg(long, env = "RECORD_LISTS_MAX_LISTS_PER_ACCOUNT", help_heading = "Limits", value_name = "COUNT", default_value_t = Limits::default().lists_per_account)]
    pub max_lists_per_account: u64,

    /// Files with HS256 secrets; the first one signs new tokens [default: none]
    #[arg(
        long,
        env = "RECORD_LISTS_JWT_SECRET_FILE",
        help_heading = "Access tokens",
        value_name = "FILE",
        value_delimiter = ','
    )]
    pub jwt_secret_file: Vec<PathBuf>,

    /// Files with public keys in PEM form (RSA, P-256, Ed25519), with or without a key id [default: none]
    #[arg(
        long,
        env = "RECORD_LISTS_JWT_PUBLIC_KEY",
        help_heading = "Access tokens",
        value_name = "[KID=]FILE",
        value_delimiter = ','
    )]
    pub jwt_public_key: Vec<String>,

    /// File with a JSON Web Key Set of public keys [default: none]
    #[arg(long, env = "RECORD_LISTS_JWKS", help_heading = "Access tokens", value_name = "FILE")]
    pub jwks: Option<PathBuf>,

    /// Accepted issuers, compared exactly [default: any]
    #[arg(
        long,
        env = "RECORD_LISTS_JWT_ISSUER",
        help_heading = "Access tokens",
        value_name = "ISSUER",
        value_delimiter = ','
    )]
    pub jwt_issuer: Vec<String>,

    /// Audience that a token must have [default: any]
    #[arg(
        long,
        env = "RECORD_LISTS_JWT_AUDIENCE",
        help_heading = "Access tokens",
        value_name = "AUDIENCE"
    )]
    pub jwt_audience: Option<String>,

    /// Claim that holds the account
    #[arg(
        long,
        env = "RECORD_LISTS_JWT_ACCOUNT_CLAIM",
        help_heading = "Access tokens",
        value_name = "CLAIM",
        default_value = "account_id"
    )]
    pub jwt_account_claim: String,

    /// Claims that hold scopes
    #[arg(
        long,
        env = "RECORD_LISTS_JWT_SCOPE_CLAIMS",
        help_heading = "Access tokens",
        value_name = "CLAIM",
        value_delimiter = ',',
        default_value = "scope,scp,scopes"
    )]
    pub jwt_scope_claims: Vec<String>,

    /// What is logged to standard error, such as info or record_lists=debug
    #[arg(
        long,
        env = "RECORD_LISTS_LOG",
        help_heading = "Log",
        value_name = "FILTER",
        default_value = "info"
    )]
    pub log: String,

    /// Form of log lines
    #[arg(
        long,
        env = "RECORD_LISTS_LOG_FORMAT",
        help_heading = "Log",
        value_name = "FORMAT",
        value_enum,
        default_value_t
    )]
    pub log_format: LogFormat,

    /// The names of the settings that a flag or a variable gave: the file does not change them.
    #[arg(skip)]
    #[serde(skip)]
    pub explicit: Vec<String>,
}

/// The command line of a program that has these settings and nothing else.
#[derive(Parser)]
#[command(no_binary_name = true)]
struct Alone {
    #[command(flatten)]
    settings: Settings,
}

impl Default for Settings {
    #[expect(
        clippy::expect_used,
        reason = "without arguments there is nothing to refuse, as every test shows"
    )]
    fn default() -> Self {
        // The defaults alone: whatever runs this may have variables of its own.
        let command = Alone::command().mut_args(|argument| argument.env(None::<&str>));
        let matches = command.try_get_matches_from([""; 0]).expect("the defaults are valid");
        Self::from_arg_matches(&matches).expect("the defaults are valid")
    }
}

/// The form of log lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    #[default]
    Pretty,
    /// For programs: one JSON object a line.
    Json,
}

impl Settings {
    /// The names of all settings with their flags, in the order of the help.
    pub fn command() -> clap::Command {
        Alone::command()
    }

    /// Notes which settings a flag or a variable gave.
    pub fn note_sources(&mut self, matches: &ArgMatches) {
        let ids = matches.ids().map(clap::Id::as_str);
        self.explicit = ids
            .filter(|id| {
                matches
                    .value_source(id)
                    .is_some_and(|source| source != ValueSource::DefaultValue)
            })
            .map(str::to_owned)
            .collect();
    }

    /// Adds what the file says and no flag or variable does.
    pub fn with_file(self) -> Result<Self, ConfigError> {
        let Some(path) = self.config.clone() else {
            return Ok(self);
        };
        let described = |error: figment::Error| {
            let faults = error.into_iter().map(|fault| without_values(fault).to_string());
            ConfigError::File(faults.collect::<Vec<_>>().join("; "))
        };
        let defaults = Serialized::defaults(Self::default());
        let mut explicit = Figment::from(Serialized::defaults(&self))
            .extract::<Dict>()
            .map_err(described)?;
        explicit.retain(|name, _| self.explicit.contains(name));
        let merged = Figment::from(defaults)
            .merge(Toml::file_exact(path))
            .merge(Serialized::defaults(explicit));
        let merged: Self = merged.extract().map_err(described)?;
        Ok(Self {
            config: self.config,
            explicit: self.explicit,
            ..merged
        })
    }
}

/// What is wrong and where, without what the file holds there: it may be a password.
fn without_values(mut fault: figment::Error) -> figment::Error {
    fault.kind = match fault.kind {
        // Whatever reads a value may repeat it.
        Kind::Message(_) if !fault.path.is_empty() => Kind::Message("is not valid".to_owned()),
        // The line that cannot be read stands between the place and the reason.
        Kind::Message(text) => {
            let mut lines = text.lines().filter(|line| !line.trim().is_empty());
            let place = lines.next().unwrap_or_default();
            let reason = lines.next_back().map(|reason| format!(": {reason}"));
            Kind::Message(format!("{place}{}", reason.unwrap_or_default()))
        }
        Kind::InvalidType(_, expected) | Kind::InvalidValue(_, expected) => {
            Kind::Message(format!("must be {expected}"))
        }
        Kind::UnknownVariant(_, known) => Kind::Message(format!("must be one of {known:?}")),
        Kind::ISizeOutOfRange(_) | Kind::USizeOutOfRange(_) | Kind::Unsupported(_) | Kind::UnsupportedKey(..) => {
            Kind::Message("is not valid".to_owned())
        }
        kind @ (Kind::InvalidLength(..) | Kind::UnknownField(..) | Kind::MissingField(_) | Kind::DuplicateField(_)) => {
            kind
        }
    };
    fault
}

/// A network, or one host.
fn parse_network(text: &str) -> Result<IpNet, ipnet::AddrParseError> {
    match text.parse::<std::net::IpAddr>() {
        Ok(host) => Ok(IpNet::from(host)),
        Err(_) => text.parse(),
    }
}
