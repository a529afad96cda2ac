//! What may be said: the flags, their variables and the keys of the file.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use clap::{Args, builder::FalseyValueParser};
use figment::{
    Figment,
    error::Kind,
    providers::{Format, Serialized, Toml},
};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use url::Url;

use super::ConfigError;
use crate::http::response::format::WireFormat;

/// What can be configured. Every name is a flag, a variable with RECORD_LISTS_ in front, and a key of the file.
#[derive(Args, Clone, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields, rename_all = "snake_case")]
pub struct Settings {
    /// TOML file with any of these settings, named as the flags with _ for -
    #[arg(long, env = "RECORD_LISTS_CONFIG", value_name = "FILE")]
    #[serde(skip)]
    pub config: Option<PathBuf>,

    /// Address and port to listen on [default: 127.0.0.1:8080]
    #[arg(long, env = "RECORD_LISTS_BIND", value_name = "ADDRESS")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bind: Option<SocketAddr>,

    /// Where the data is: sqlite://PATH or postgres://... [default: sqlite://data/record-lists.db]
    #[arg(long, env = "RECORD_LISTS_DATABASE_URL", value_name = "URL", hide_env_values = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub database_url: Option<String>,

    /// Connections to PostgreSQL of this process [default: 10]
    #[arg(long, env = "RECORD_LISTS_DATABASE_POOL_SIZE", value_name = "COUNT")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub database_pool_size: Option<u32>,

    /// Prepared statements kept per PostgreSQL connection; 0 behind a pooler in transaction mode [default: 100]
    #[arg(long, env = "RECORD_LISTS_DATABASE_STATEMENT_CACHE", value_name = "COUNT")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub database_statement_cache: Option<usize>,

    /// Transactions at once that deletions of many lists share; with 0 each list has its own [default: 2]
    #[arg(long, env = "RECORD_LISTS_LANES", value_name = "COUNT")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lanes: Option<usize>,

    /// How long a write may wait for another writer of its list, such as 2s [default: 2s]
    #[arg(long, env = "RECORD_LISTS_LOCK_TIMEOUT", value_name = "TIME", value_parser = humantime::parse_duration)]
    #[serde(with = "humantime_serde", skip_serializing_if = "Option::is_none")]
    pub lock_timeout: Option<Duration>,

    /// How long one database statement may take, such as 5s [default: 5s]
    #[arg(long, env = "RECORD_LISTS_STATEMENT_TIMEOUT", value_name = "TIME", value_parser = humantime::parse_duration)]
    #[serde(with = "humantime_serde", skip_serializing_if = "Option::is_none")]
    pub statement_timeout: Option<Duration>,

    /// How long a commit may take, such as 2s; on PostgreSQL a lost one is looked for 3 seconds longer [default: 2s]
    #[arg(long, env = "RECORD_LISTS_COMMIT_TIMEOUT", value_name = "TIME", value_parser = humantime::parse_duration)]
    #[serde(with = "humantime_serde", skip_serializing_if = "Option::is_none")]
    pub commit_timeout: Option<Duration>,

    /// How long a request may wait for its turn on a list, or as a new list, such as 5s [default: 5s]
    #[arg(long, env = "RECORD_LISTS_QUEUE_TIMEOUT", value_name = "TIME", value_parser = humantime::parse_duration)]
    #[serde(with = "humantime_serde", skip_serializing_if = "Option::is_none")]
    pub queue_timeout: Option<Duration>,

    /// How long the body of a request may take to come, such as 5s [default: 5s]
    #[arg(long, env = "RECORD_LISTS_BODY_TIMEOUT", value_name = "TIME", value_parser = humantime::parse_duration)]
    #[serde(with = "humantime_serde", skip_serializing_if = "Option::is_none")]
    pub body_timeout: Option<Duration>,

    /// How long accepted requests may take after the order to stop, such as 30s [default: 30s]
    #[arg(long, env = "RECORD_LISTS_SHUTDOWN_TIMEOUT", value_name = "TIME", value_parser = humantime::parse_duration)]
    #[serde(with = "humantime_serde", skip_serializing_if = "Option::is_none")]
    pub shutdown_timeout: Option<Duration>,

    /// How long a list keeps its actor in memory after its last write, such as 1m [default: 1m]
    #[arg(long, env = "RECORD_LISTS_IDLE_TIMEOUT", value_name = "TIME", value_parser = humantime::parse_duration)]
    #[serde(with = "humantime_serde", skip_serializing_if = "Option::is_none")]
    pub idle_timeout: Option<Duration>,

    /// Requests that may wait for one list, and new lists that may wait; more are answered 503 [default: 512]
    #[arg(long, env = "RECORD_LISTS_QUEUE_LENGTH", value_name = "COUNT")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queue_length: Option<usize>,

    /// Bytes of requests that may be read or wait in the process; more are answered 503 [default: 67108864]
    #[arg(long, env = "RECORD_LISTS_QUEUE_BYTES", value_name = "BYTES")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queue_bytes: Option<usize>,

    /// Records that a list may hold [default: 250000]
    #[arg(long, env = "RECORD_LISTS_MAX_RECORDS_PER_LIST", value_name = "COUNT")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_records_per_list: Option<u64>,

    /// Lists that an account may have [default: 200]
    #[arg(long, env = "RECORD_LISTS_MAX_LISTS_PER_ACCOUNT", value_name = "COUNT")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_lists_per_account: Option<u64>,

    /// Accept a SQLite file on a network file system, where its locks may not hold
    #[arg(long, env = "RECORD_LISTS_ALLOW_NETWORK_FILE_SYSTEM", value_parser = FalseyValueParser::new())]
    #[serde(skip_serializing_if = "is_false")]
    pub allow_network_file_system: bool,

    /// Leave the schema to `record-lists migrate up`
    #[arg(long, env = "RECORD_LISTS_NO_MIGRATE", value_parser = FalseyValueParser::new())]
    #[serde(skip_serializing_if = "is_false")]
    pub no_migrate: bool,

    /// Make the demo list, or bring back those of its records that were deleted
    #[arg(long, env = "RECORD_LISTS_DEMO", value_parser = FalseyValueParser::new())]
    #[serde(skip_serializing_if = "is_false")]
    pub demo: bool,

    /// The address under which clients see the service, with its path; links start with it
    #[arg(long, env = "RECORD_LISTS_PUBLIC_URL", value_name = "URL")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public_url: Option<Url>,

    /// Proxies whose Forwarded and X-Forwarded-* headers count, such as 10.0.0.0/8
    #[arg(long, env = "RECORD_LISTS_TRUSTED_PROXIES", value_name = "NETWORK", value_delimiter = ',', value_parser = parse_network)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub trusted_proxies: Vec<IpNet>,

    /// Members of the bulk delete's answer: full, or published for clients that refuse others [default: full]
    #[arg(long, env = "RECORD_LISTS_WIRE_FORMAT", value_name = "FORMAT")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wire_format: Option<WireFormat>,

    /// Files with HS256 secrets of at least 32 bytes; tokens are made with the first
    #[arg(
        long,
        env = "RECORD_LISTS_JWT_SECRET_FILE",
        value_name = "FILE",
        value_delimiter = ','
    )]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub jwt_secret_file: Vec<PathBuf>,

    /// Files with public keys in PEM form (RSA, P-256, Ed25519), with or without a key id: [KID=]FILE
    #[arg(
        long,
        env = "RECORD_LISTS_JWT_PUBLIC_KEY",
        value_name = "[KID=]FILE",
        value_delimiter = ','
    )]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub jwt_public_key: Vec<String>,

    /// File with a JSON Web Key Set of public keys
    #[arg(long, env = "RECORD_LISTS_JWKS", value_name = "FILE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jwks: Option<PathBuf>,

    /// Issuers of accepted tokens, compared exactly [default: any]
    #[arg(long, env = "RECORD_LISTS_JWT_ISSUER", value_name = "ISSUER", value_delimiter = ',')]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub jwt_issuer: Vec<String>,

    /// The audience that tokens must be for [default: any]
    #[arg(long, env = "RECORD_LISTS_JWT_AUDIENCE", value_name = "AUDIENCE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jwt_audience: Option<String>,

    /// The claim that holds the account [default: account_id]
    #[arg(long, env = "RECORD_LISTS_JWT_ACCOUNT_CLAIM", value_name = "CLAIM")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jwt_account_claim: Option<String>,

    /// The claims that hold scopes [default: scope,scp,scopes]
    #[arg(
        long,
        env = "RECORD_LISTS_JWT_SCOPE_CLAIMS",
        value_name = "CLAIM",
        value_delimiter = ','
    )]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub jwt_scope_claims: Vec<String>,

    /// Threads that read requests and write answers [default: one per processor]
    #[arg(long, env = "RECORD_LISTS_WORKERS", value_name = "COUNT")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workers: Option<usize>,

    /// What is logged to standard error, such as info or record_lists=debug [default: info]
    #[arg(long, env = "RECORD_LISTS_LOG", value_name = "FILTER")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log: Option<String>,

    /// The form of log lines: pretty or json [default: pretty]
    #[arg(long, env = "RECORD_LISTS_LOG_FORMAT", value_name = "FORMAT")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_format: Option<LogFormat>,
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
    /// Adds what the file says and these settings do not.
    pub fn with_file(self) -> Result<Self, ConfigError> {
        let Some(path) = &self.config else {
            return Ok(self);
        };
        Figment::from(Toml::file_exact(path))
            .merge(Serialized::defaults(&self))
            .extract()
            .map_err(|error| {
                let faults = error.into_iter().map(|fault| without_values(fault).to_string());
                ConfigError::File(faults.collect::<Vec<_>>().join("; "))
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

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands references to this function"
)]
fn is_false(value: &bool) -> bool {
    !value
}
