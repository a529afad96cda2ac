//! The settings: flags, environment variables and keys of the file.

use std::{path::PathBuf, time::Duration};

use clap::{ArgAction, ArgMatches, Args, CommandFactory, FromArgMatches, Parser};
use ipnet::IpNet;
use url::Url;

use super::{
    form::{self, YesOrNo},
    listen_address::ListenAddress,
    log_filter::LogFilter,
    log_format::LogFormat,
    sources::Sources,
};
use crate::{
    auth::{Issuer, KeyUrl},
    domain::Limits,
    http::{
        request::body::LARGEST_BODY,
        response::{format::WireFormat, origin::Origin},
    },
};

/// The most records of a list and lists of an account that can be configured.
const LARGEST_LIMIT: u64 = 1_000_000_000;

/// What can be configured. Every name is a flag, an environment variable with `RECORD_LISTS_` in front, and a key of the
/// file. Bounds, defaults and meanings stand here alone: `--help` and docs/operating.md are made from them.
#[derive(Args, Clone)]
pub struct Settings {
    /// TOML file with settings; its keys are the names of the flags with _ for - [default: none]
    #[arg(long, env = "RECORD_LISTS_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// IP address or host name, and port, to listen on
    #[arg(
        long,
        env = "RECORD_LISTS_BIND",
        help_heading = "Server",
        value_name = "ADDRESS",
        default_value = "127.0.0.1:8080"
    )]
    pub bind: ListenAddress,

    /// IP address or host name, and port, where monitoring systems read metrics, without a token [default: none]
    #[arg(
        long,
        env = "RECORD_LISTS_METRICS_BIND",
        help_heading = "Server",
        value_name = "ADDRESS"
    )]
    pub metrics_bind: Option<ListenAddress>,

    /// PEM file with the certificate that the server shows, and those of the authorities in between; with it, the server speaks TLS only [default: none]
    #[arg(long, env = "RECORD_LISTS_TLS_CERT", help_heading = "Server", value_name = "FILE")]
    pub tls_cert: Option<PathBuf>,

    /// PEM file with the private key of that certificate [default: none]
    #[arg(long, env = "RECORD_LISTS_TLS_KEY", help_heading = "Server", value_name = "FILE")]
    pub tls_key: Option<PathBuf>,

    /// Base URL of all links: scheme, host and path as clients see them [default: from the request]
    #[arg(long, env = "RECORD_LISTS_PUBLIC_URL", help_heading = "Server", value_name = "URL", value_parser = form::base_url)]
    pub public_url: Option<Url>,

    /// Networks of proxies whose forwarding headers count, such as 10.0.0.0/8 [default: none]
    #[arg(long, env = "RECORD_LISTS_TRUSTED_PROXIES", help_heading = "Server", value_name = "NETWORK", value_delimiter = ',', value_parser = form::network)]
    pub trusted_proxies: Vec<IpNet>,

    /// Origins (scheme, host and port) whose web pages may use the API [default: none]
    #[arg(
        long,
        env = "RECORD_LISTS_CORS_ORIGINS",
        help_heading = "Server",
        value_name = "ORIGIN",
        value_delimiter = ',',
        value_parser = form::origin
    )]
    pub cors_origins: Vec<Origin>,

    /// Serve no pages: neither the start page, nor the console, nor Swagger UI; the OpenAPI document stays
    #[arg(long, env = "RECORD_LISTS_NO_DOCS", help_heading = "Server", value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", default_value = "false", value_parser = YesOrNo, action = ArgAction::Set)]
    pub no_docs: bool,

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

    /// Threads that read requests and write responses; from 1 to 512 [default: one per processor]
    #[arg(long, env = "RECORD_LISTS_WORKERS", help_heading = "Server", value_name = "COUNT", value_parser = form::count::<usize>(1, 512))]
    pub workers: Option<usize>,

    /// Create the demo list, or restore those of its records that were deleted
    #[arg(long, env = "RECORD_LISTS_DEMO", help_heading = "Server", value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", default_value = "false", value_parser = YesOrNo, action = ArgAction::Set)]
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

    /// Connections of this process to PostgreSQL; from 1 to 10000
    #[arg(
        long,
        env = "RECORD_LISTS_DATABASE_POOL_SIZE",
        help_heading = "Database",
        value_name = "COUNT",
        value_parser = form::count::<u32>(1, 10_000),
        default_value_t = 10
    )]
    pub database_pool_size: u32,

    /// Prepared statements kept per connection to PostgreSQL; 0 behind a pooler in transaction mode; from 0 to 10000
    #[arg(
        long,
        env = "RECORD_LISTS_DATABASE_STATEMENT_CACHE",
        help_heading = "Database",
        value_name = "COUNT",
        value_parser = form::count::<usize>(0, 10_000),
        default_value_t = 100
    )]
    pub database_statement_cache: usize,

    /// Transactions on PostgreSQL in which bulk deletes on different lists run together, at most half of the connections; with 0, each list has its own; from 0 to 1000
    #[arg(
        long,
        env = "RECORD_LISTS_LANES",
        help_heading = "Database",
        value_name = "COUNT",
        value_parser = form::count::<usize>(0, 1_000),
        default_value_t = 2
    )]
    pub lanes: usize,

    /// Accept a SQLite file on a network file system, where its locks may not hold
    #[arg(long, env = "RECORD_LISTS_ALLOW_NETWORK_FILE_SYSTEM", help_heading = "Database", value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", default_value = "false", value_parser = YesOrNo, action = ArgAction::Set)]
    pub allow_network_file_system: bool,

    /// Leave the schema to `record-lists migrate up`
    #[arg(long, env = "RECORD_LISTS_NO_MIGRATE", help_heading = "Database", value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", default_value = "false", value_parser = YesOrNo, action = ArgAction::Set)]
    pub no_migrate: bool,

    /// How long a write waits for another writer of its list; from 1ms to 24h
    #[arg(long, env = "RECORD_LISTS_LOCK_TIMEOUT", help_heading = "Timeouts", value_name = "TIME", value_parser = form::time, default_value = "2s")]
    pub lock_timeout: Duration,

    /// How long a database statement may take; from 1ms to 24h
    #[arg(long, env = "RECORD_LISTS_STATEMENT_TIMEOUT", help_heading = "Timeouts", value_name = "TIME", value_parser = form::time, default_value = "5s")]
    pub statement_timeout: Duration,

    /// How long a commit may take; on PostgreSQL, the server then searches a little longer for a lost commit; from 1ms to 24h
    #[arg(long, env = "RECORD_LISTS_COMMIT_TIMEOUT", help_heading = "Timeouts", value_name = "TIME", value_parser = form::time, default_value = "2s")]
    pub commit_timeout: Duration,

    /// How long a SQLite file is checked at the start if the last process did not close it; from 1ms to 24h
    #[arg(long, env = "RECORD_LISTS_CHECK_TIMEOUT", help_heading = "Timeouts", value_name = "TIME", value_parser = form::time, default_value = "10s")]
    pub check_timeout: Duration,

    /// How long a request waits for its turn on a list, to create a list, or for room for its body; from 1ms to 24h
    #[arg(long, env = "RECORD_LISTS_QUEUE_TIMEOUT", help_heading = "Timeouts", value_name = "TIME", value_parser = form::time, default_value = "5s")]
    pub queue_timeout: Duration,

    /// How long the body of a request may take to arrive; from 1ms to 24h
    #[arg(long, env = "RECORD_LISTS_BODY_TIMEOUT", help_heading = "Timeouts", value_name = "TIME", value_parser = form::time, default_value = "5s")]
    pub body_timeout: Duration,

    /// How long a connection may be idle between two requests; from 1ms to 24h
    #[arg(long, env = "RECORD_LISTS_KEEP_ALIVE", help_heading = "Timeouts", value_name = "TIME", value_parser = form::time, default_value = "75s")]
    pub keep_alive: Duration,

    /// How long accepted requests may take after the signal to stop; rounded up to whole seconds; from 1ms to 24h
    #[arg(long, env = "RECORD_LISTS_SHUTDOWN_TIMEOUT", help_heading = "Timeouts", value_name = "TIME", value_parser = form::time, default_value = "30s")]
    pub shutdown_timeout: Duration,

    /// How long a list without writes is kept in memory; from 1ms to 24h
    #[arg(long, env = "RECORD_LISTS_IDLE_TIMEOUT", help_heading = "Timeouts", value_name = "TIME", value_parser = form::time, default_value = "1m")]
    pub idle_timeout: Duration,

    /// Requests that may wait for one list, others get 503; and requests of an account that may wait to create a list, others get 429; from 1 to 1000000
    #[arg(
        long,
        env = "RECORD_LISTS_QUEUE_LENGTH",
        help_heading = "Limits",
        value_name = "COUNT",
        value_parser = form::count::<usize>(1, 1_000_000),
        default_value_t = 512
    )]
    pub queue_length: usize,

    /// Bytes of request bodies, and of large responses that are not read yet, in the process; the last eighth is left to bodies up to 256 KiB; others wait, and then get 503; from 4194304 to 1099511627776
    #[arg(long, env = "RECORD_LISTS_QUEUE_BYTES", help_heading = "Limits", value_name = "BYTES", value_parser = form::count::<usize>(LARGEST_BODY as u64, 1 << 40), default_value_t = 64 * 1024 * 1024)]
    pub queue_bytes: usize,

    /// The share of one account of these bytes; others wait, and then get 429; from 4194304 to 1099511627776 [default: a quarter, at least 4194304]
    #[arg(long, env = "RECORD_LISTS_ACCOUNT_BYTES", help_heading = "Limits", value_name = "BYTES", value_parser = form::count::<usize>(LARGEST_BODY as u64, 1 << 40))]
    pub account_bytes: Option<usize>,

    /// Requests per second of one account; others get 429; from 1 to 1000000 [default: any number]
    #[arg(long, env = "RECORD_LISTS_ACCOUNT_RATE", help_heading = "Limits", value_name = "COUNT", value_parser = form::count::<u32>(1, 1_000_000))]
    pub account_rate: Option<u32>,

    /// Bytes of responses that are kept for 24 hours for one account, for requests with an Idempotency-Key that are repeated; others get 429; from 1048576 to 1099511627776
    #[arg(long, env = "RECORD_LISTS_SAVED_RESPONSE_BYTES", help_heading = "Limits", value_name = "BYTES", value_parser = form::count::<u64>(1 << 20, 1 << 40), default_value_t = 1 << 30)]
    pub saved_response_bytes: u64,

    /// Records that a list may hold; from 1 to 1000000000
    #[arg(long, env = "RECORD_LISTS_MAX_RECORDS_PER_LIST", help_heading = "Limits", value_name = "COUNT", value_parser = form::count::<u64>(1, LARGEST_LIMIT), default_value_t = Limits::default().records_per_list)]
    pub max_records_per_list: u64,

    /// Lists that an account may have; from 1 to 1000000000
    #[arg(long, env = "RECORD_LISTS_MAX_LISTS_PER_ACCOUNT", help_heading = "Limits", value_name = "COUNT", value_parser = form::count::<u64>(1, LARGEST_LIMIT), default_value_t = Limits::default().lists_per_account)]
    pub max_lists_per_account: u64,

    /// How long entries of the audit trail are kept; from 1day to 100years [default: for good]
    #[arg(long, env = "RECORD_LISTS_DELETIONS_RETENTION", help_heading = "Limits", value_name = "PERIOD", value_parser = form::period)]
    pub deletions_retention: Option<Duration>,

    /// Do not start without a key, not even for development on a loopback address
    #[arg(long, env = "RECORD_LISTS_REQUIRE_KEY", help_heading = "Access tokens", value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", default_value = "false", value_parser = YesOrNo, action = ArgAction::Set)]
    pub require_key: bool,

    /// Files with HS256 secrets, with or without a key id; the first one signs new tokens [default: none]
    #[arg(
        long,
        env = "RECORD_LISTS_JWT_SECRET_FILE",
        help_heading = "Access tokens",
        value_name = "[KID=]FILE",
        value_delimiter = ','
    )]
    pub jwt_secret_file: Vec<String>,

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

    /// URL of a JSON Web Key Set of public keys; https, or http on a loopback host [default: none]
    #[arg(long, env = "RECORD_LISTS_JWKS_URL", help_heading = "Access tokens", value_name = "URL", value_parser = form::key_url)]
    pub jwks_url: Option<KeyUrl>,

    /// OpenID provider whose keys, found by discovery, verify the tokens that it issues; https, or http on a loopback host [default: none]
    #[arg(long, env = "RECORD_LISTS_OIDC_ISSUER", help_heading = "Access tokens", value_name = "ISSUER", value_parser = form::issuer)]
    pub oidc_issuer: Option<Issuer>,

    /// How long keys that were read from a URL are kept before a token with an unknown key makes them be read again, and how long a new signing key is published before it signs; from 1ms to 24h
    #[arg(long, env = "RECORD_LISTS_KEY_COOL_DOWN", help_heading = "Access tokens", value_name = "TIME", value_parser = form::time, default_value = "1m")]
    pub key_cool_down: Duration,

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

    /// Claims that name the client in the audit trail; the first one in the token is used
    #[arg(
        long,
        env = "RECORD_LISTS_JWT_CLIENT_CLAIMS",
        help_heading = "Access tokens",
        value_name = "CLAIM",
        value_delimiter = ',',
        default_value = "client_id,cid,azp,appid"
    )]
    pub jwt_client_claims: Vec<String>,

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

    /// Scopes that operations need, one of which is enough
    #[arg(long, env = "RECORD_LISTS_JWT_REQUIRED_SCOPE", help_heading = "Access tokens", value_name = "SCOPE", value_delimiter = ',', default_value = crate::auth::MANAGE)]
    pub jwt_required_scope: Vec<String>,

    /// File of 32 random bytes that encrypts the keys of the token endpoint, the same for all processes of a database; with it, the service issues tokens [default: none]
    #[arg(
        long,
        env = "RECORD_LISTS_SIGNING_KEY_FILE",
        help_heading = "Access tokens",
        value_name = "FILE"
    )]
    pub signing_key_file: Option<PathBuf>,

    /// What is logged to standard error, such as info or record_lists=debug
    #[arg(
        long,
        env = "RECORD_LISTS_LOG",
        help_heading = "Log",
        value_name = "FILTER",
        default_value = "info"
    )]
    pub log: LogFilter,

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

    /// Where the settings come from: the file does not change those that a flag or a variable gave.
    #[arg(skip)]
    pub sources: Sources,
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

impl Settings {
    /// The names of all settings with their flags, in the order of the help.
    pub fn command() -> clap::Command {
        Alone::command()
    }

    /// Notes which settings a flag or a variable gave.
    pub fn note_sources(&mut self, matches: &ArgMatches) {
        self.sources = Sources::of(matches);
    }
}
