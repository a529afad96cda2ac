//! One typed configuration: defaults < file < environment < flags.
//!
//! [`Settings`] is what may be said, in any of these places and under one name; [`Config`] is what holds.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use clap::{Args, builder::FalseyValueParser};
use figment::{
    Figment,
    providers::{Format, Serialized, Toml},
};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use url::Url;

use crate::{
    auth::{AuthSettings, KeyFile, Secret, development_secret},
    demo::Seed,
    http::{WireFormat, links::LinkSettings},
    record_list::RegistrySettings,
    store::{DatabaseUrl, DatabaseUrlError, StoreSettings},
};

/// The variable that may hold the HS256 secret itself.
const SECRET_VARIABLE: &str = "RECORD_LISTS_JWT_SECRET";

/// What can be configured. Every name is a flag, a variable with RECORD_LISTS_ in front, and a key of the file.
#[derive(Args, Clone, Debug, Default, Deserialize, Serialize)]
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
    #[arg(
        long,
        env = "RECORD_LISTS_DATABASE_URL",
        value_name = "URL",
        hide_env_values = true
    )]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub database_url: Option<String>,

    /// Connections to PostgreSQL of this process [default: 10]
    #[arg(long, env = "RECORD_LISTS_DATABASE_POOL_SIZE", value_name = "COUNT")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub database_pool_size: Option<u32>,

    /// Prepared statements kept per PostgreSQL connection; 0 behind a pooler in transaction mode [default: 100]
    #[arg(
        long,
        env = "RECORD_LISTS_DATABASE_STATEMENT_CACHE",
        value_name = "COUNT"
    )]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub database_statement_cache: Option<usize>,

    /// How long a write may wait for another writer of its list, such as 2s [default: 2s]
    #[arg(long, env = "RECORD_LISTS_LOCK_TIMEOUT", value_name = "TIME", value_parser = humantime::parse_duration)]
    #[serde(with = "humantime_serde", skip_serializing_if = "Option::is_none")]
    pub lock_timeout: Option<Duration>,

    /// How long one database statement may take, such as 5s [default: 5s]
    #[arg(long, env = "RECORD_LISTS_STATEMENT_TIMEOUT", value_name = "TIME", value_parser = humantime::parse_duration)]
    #[serde(with = "humantime_serde", skip_serializing_if = "Option::is_none")]
    pub statement_timeout: Option<Duration>,

    /// How long a request may wait for its turn on a list, such as 5s [default: 5s]
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

    /// Requests that may wait for one list; more are answered 503 [default: 512]
    #[arg(long, env = "RECORD_LISTS_QUEUE_LENGTH", value_name = "COUNT")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queue_length: Option<usize>,

    /// Bytes of requests that may wait in the process; more are answered 503 [default: 67108864]
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
    #[arg(
        long,
        env = "RECORD_LISTS_JWT_ISSUER",
        value_name = "ISSUER",
        value_delimiter = ','
    )]
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

/// What holds.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where to listen.
    pub bind: SocketAddr,
    /// Threads that read requests and write answers.
    pub workers: usize,
    /// The database.
    pub store: StoreSettings,
    /// Bounds on what may wait.
    pub lists: RegistrySettings,
    /// Which tokens are accepted.
    pub auth: AuthSettings,
    /// Whether the key was made here, because none was configured.
    pub uses_development_key: bool,
    /// Where links start.
    pub links: LinkSettings,
    /// Members of the bulk delete's answer.
    pub wire_format: WireFormat,
    /// How long a body may take to come.
    pub body_timeout: Duration,
    /// How long accepted requests may take after the order to stop.
    pub shutdown_timeout: Duration,
    /// Whether to bring the schema up to date at the start.
    pub migrate: bool,
    /// When to make demo data.
    pub demo: Seed,
}

/// Settings that cannot be used. The messages are for whoever starts the server.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// The file cannot be read, or holds something unknown or of the wrong type.
    #[error("the configuration file cannot be used: {0}")]
    File(Box<figment::Error>),
    /// The database's address is wrong.
    #[error(transparent)]
    DatabaseUrl(#[from] DatabaseUrlError),
    /// A secret cannot be read.
    #[error("the secret file {} cannot be read: {source}", path.display())]
    SecretFile {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Others can reach the server, and anyone who reads the program could make tokens for it.
    #[error(
        "no key is configured, and {0} can be reached from other hosts: set --jwt-secret-file, \
         --jwt-public-key, --jwks or the variable RECORD_LISTS_JWT_SECRET, or listen on 127.0.0.1"
    )]
    KeyMissing(SocketAddr),
    /// The development key cannot be made.
    #[error("the development key in {} cannot be used: {source}", folder.display())]
    DevelopmentKey {
        /// Where it should be.
        folder: PathBuf,
        /// Why.
        source: std::io::Error,
    },
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
            .map_err(|error| ConfigError::File(Box::new(error)))
    }

    /// Fills in the defaults and reads the keys. Without a configured key on a loopback address, a development key
    /// is made.
    pub fn resolve(self) -> Result<Config, ConfigError> {
        let settings = self.with_file()?;
        let bind = settings
            .bind
            .unwrap_or(SocketAddr::from(([127, 0, 0, 1], 8080)));
        let store = settings.store()?;
        let mut auth = settings.auth()?;
        let uses_development_key = auth.has_no_key();
        if uses_development_key {
            if !bind.ip().is_loopback() {
                return Err(ConfigError::KeyMissing(bind));
            }
            auth.secrets.push(development_key(&store.database_url)?);
        }
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        Ok(Config {
            bind,
            workers: settings.workers.unwrap_or(processors).max(1),
            lists: RegistrySettings {
                queue_length: settings.queue_length.unwrap_or(512).max(1),
                queue_bytes: settings.queue_bytes.unwrap_or(64 * 1024 * 1024),
                queue_timeout: settings.queue_timeout.unwrap_or(seconds(5)),
                idle_timeout: settings.idle_timeout.unwrap_or(seconds(60)),
                threads: 1,
            },
            store,
            auth,
            uses_development_key,
            links: LinkSettings {
                own_address: bind,
                public_url: settings.public_url,
                trusted_proxies: settings.trusted_proxies,
            },
            wire_format: settings.wire_format.unwrap_or_default(),
            body_timeout: settings.body_timeout.unwrap_or(seconds(5)),
            shutdown_timeout: settings.shutdown_timeout.unwrap_or(seconds(30)),
            migrate: !settings.no_migrate,
            demo: match (settings.demo, uses_development_key) {
                (true, _) => Seed::Restore,
                (false, true) => Seed::Once,
                (false, false) => Seed::No,
            },
        })
    }

    /// The settings of the database alone.
    pub fn store(&self) -> Result<StoreSettings, ConfigError> {
        let url = self.database_url.as_deref();
        Ok(StoreSettings {
            database_url: url.unwrap_or("sqlite://data/record-lists.db").parse()?,
            pool_size: self.database_pool_size.unwrap_or(10).max(1),
            statement_cache: self.database_statement_cache.unwrap_or(100),
            lock_timeout: self.lock_timeout.unwrap_or(seconds(2)),
            statement_timeout: self.statement_timeout.unwrap_or(seconds(5)),
            allow_network_file_system: self.allow_network_file_system,
            max_records_per_list: self.max_records_per_list.unwrap_or(250_000),
            max_lists_per_account: self.max_lists_per_account.unwrap_or(200),
        })
    }

    fn auth(&self) -> Result<AuthSettings, ConfigError> {
        let mut auth = AuthSettings::default();
        if let Ok(secret) = std::env::var(SECRET_VARIABLE) {
            let source = format!("the variable {SECRET_VARIABLE}");
            auth.secrets.push(Secret::new(secret.as_bytes(), source));
        }
        for path in &self.jwt_secret_file {
            let text = std::fs::read(path).map_err(|source| ConfigError::SecretFile {
                path: path.clone(),
                source,
            })?;
            let source = format!("the file {}", path.display());
            auth.secrets.push(Secret::new(&text, source));
        }
        let keys = self.jwt_public_key.iter();
        auth.public_keys = keys.filter_map(|key| key.parse::<KeyFile>().ok()).collect();
        auth.jwks.clone_from(&self.jwks);
        auth.issuers.clone_from(&self.jwt_issuer);
        auth.audience.clone_from(&self.jwt_audience);
        if let Some(claim) = &self.jwt_account_claim {
            auth.account_claim.clone_from(claim);
        }
        if !self.jwt_scope_claims.is_empty() {
            auth.scope_claims.clone_from(&self.jwt_scope_claims);
        }
        Ok(auth)
    }
}

/// The development key lies beside the database file.
fn development_key(database_url: &DatabaseUrl) -> Result<Secret, ConfigError> {
    let folder = match database_url {
        DatabaseUrl::Sqlite(path) => path.parent().map(PathBuf::from).unwrap_or_default(),
        DatabaseUrl::Postgres(_) => PathBuf::from("data"),
    };
    let folder = if folder.as_os_str().is_empty() {
        PathBuf::from(".")
    } else {
        folder
    };
    development_secret(&folder).map_err(|source| ConfigError::DevelopmentKey { folder, source })
}

/// A network, or one host.
fn parse_network(text: &str) -> Result<IpNet, ipnet::AddrParseError> {
    match text.parse::<std::net::IpAddr>() {
        Ok(host) => Ok(IpNet::from(host)),
        Err(_) => text.parse(),
    }
}

const fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands references to this function"
)]
fn is_false(value: &bool) -> bool {
    !value
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_folder(folder: &std::path::Path) -> Settings {
        Settings {
            database_url: Some(format!("sqlite://{}/a.db", folder.display())),
            ..Settings::default()
        }
    }

    #[test]
    fn flags_win_over_the_file_and_the_file_over_defaults() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config.toml");
        let text = "queue_length = 7\nlock_timeout = \"9s\"\ntrusted_proxies = [\"10.0.0.0/8\"]";
        std::fs::write(&file, text).unwrap();
        let config = Settings {
            config: Some(file),
            lock_timeout: Some(seconds(1)),
            ..in_folder(folder.path())
        };
        let config = config.resolve().unwrap();
        assert_eq!(config.lists.queue_length, 7);
        assert_eq!(config.store.lock_timeout, seconds(1));
        assert_eq!(config.store.statement_timeout, seconds(5));
        assert_eq!(config.links.trusted_proxies.len(), 1);
    }

    #[test]
    fn an_unknown_key_of_the_file_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config.toml");
        std::fs::write(&file, "lock_timeuot = \"9s\"").unwrap();
        let config = Settings {
            config: Some(file),
            ..in_folder(folder.path())
        };
        let error = config.resolve().unwrap_err().to_string();
        assert!(error.contains("lock_timeuot"), "{error}");
    }

    #[test]
    fn an_open_address_needs_a_key() {
        let folder = tempfile::tempdir().unwrap();
        let open = Settings {
            bind: Some("0.0.0.0:0".parse().unwrap()),
            ..in_folder(folder.path())
        };
        let error = open.clone().resolve().unwrap_err().to_string();
        assert!(error.contains("--jwt-secret-file"), "{error}");
        let file = folder.path().join("secret");
        std::fs::write(&file, "x".repeat(32)).unwrap();
        let with_key = Settings {
            jwt_secret_file: vec![file],
            ..open
        };
        assert!(!with_key.resolve().unwrap().uses_development_key);
    }
}
