//! One typed configuration: defaults < file < credentials < environment < flags.
//!
//! [`Settings`] is what an operator can set, in any of these places and under one name; [`Config`] is what the program
//! uses.

mod auth;
mod credentials;
pub mod environment;
pub mod file;
pub mod form;
mod listen_address;
mod log_filter;
mod log_format;
mod report;
mod settings;
mod sources;

use std::{io, net::SocketAddr, num::NonZeroU32, path::PathBuf, time::Duration};

use thiserror::Error;

pub use self::{
    listen_address::ListenAddress,
    log_filter::LogFilter,
    log_format::LogFormat,
    report::masked,
    settings::Settings,
    sources::{Sources, Written},
};

use self::file::FileError;
use crate::{
    auth::{AuthSettings, DEVELOPMENT_SEALING_KEY, ScopeFault},
    demo::Seed,
    domain::Limits,
    http::{
        document::access::TokenSources,
        request::body::LARGEST_BODY,
        response::{format::WireFormat, links::LinkSettings, origin::Origin},
    },
    record_list::RegistrySettings,
    shares::MemorySettings,
    store::{DatabaseUrlError, SqliteFileError, StoreSettings},
    tls::{HalfPair, TlsFiles},
};

/// Lists that are created at the same time, if there are enough connections.
const NEW_LISTS_AT_ONCE: usize = 4;

/// An account's share of the memory for bodies is one part in so many, if no other is set.
const PART_PER_ACCOUNT: usize = 4;

/// The configuration that the program uses.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where to listen.
    pub bind: SocketAddr,
    /// Where to serve metrics, if anywhere.
    pub metrics_bind: Option<SocketAddr>,
    /// The certificate and the key of the server; `None` if it speaks plain HTTP.
    pub tls: Option<TlsFiles>,
    /// Threads that read requests and write responses.
    pub workers: usize,
    /// The database.
    pub store: StoreSettings,
    /// Bounds on what may wait.
    pub lists: RegistrySettings,
    /// The memory that bodies may occupy.
    pub memory: MemorySettings,
    /// Requests that an account may send in a second; `None` for any number.
    pub account_rate: Option<NonZeroU32>,
    /// Which tokens are accepted.
    pub auth: AuthSettings,
    /// Whether the key was created here, because none was configured.
    pub uses_development_key: bool,
    /// The file with the key that encrypts signing keys; `None` if the service issues no tokens.
    pub signing_key_file: Option<PathBuf>,
    /// Where links start.
    pub links: LinkSettings,
    /// The origins whose pages may read responses.
    pub cors_origins: Vec<Origin>,
    /// Whether pages for browsers are served.
    pub pages: bool,
    /// Members of responses.
    pub wire_format: WireFormat,
    /// How long a body may take to arrive.
    pub body_timeout: Duration,
    /// How long a connection may be idle between two requests.
    pub keep_alive: Duration,
    /// How long accepted requests may take after the signal to stop.
    pub shutdown_timeout: Duration,
    /// Whether to bring the schema up to date at the start.
    pub migrate: bool,
    /// When to create demo data.
    pub demo: Seed,
    /// How long entries of the audit trail are kept; `None` for good.
    pub deletions_retention: Option<Duration>,
}

/// What can be said of the settings before anything is read or created.
struct Checked {
    bind: SocketAddr,
    metrics_bind: Option<SocketAddr>,
    tls: Option<TlsFiles>,
    store: StoreSettings,
    auth: AuthSettings,
    uses_development_key: bool,
}

/// Settings that cannot be used. The messages are for whoever starts the server.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// The file cannot be used.
    #[error(transparent)]
    File(#[from] FileError),
    /// The host to listen on has no address.
    #[error("the host of {flag} {address} cannot be looked up ({source}); give an IP address and a port")]
    Bind {
        /// The setting.
        flag: &'static str,
        /// What was configured.
        address: ListenAddress,
        /// Why.
        source: io::Error,
    },
    /// Only one of the files for TLS is set.
    #[error(transparent)]
    Tls(#[from] HalfPair),
    /// The database's address is wrong.
    #[error(transparent)]
    DatabaseUrl(#[from] DatabaseUrlError),
    /// There can be no database file.
    #[error(transparent)]
    DatabaseFile(#[from] SqliteFileError),
    /// The variable that may hold the secret is there, but empty: whoever set it does not want a development key.
    #[error("the variable {0} is empty: set it to a secret of at least 32 bytes, or leave it out")]
    EmptySecret(&'static str),
    /// The scopes that operations shall require cannot be required.
    #[error("--jwt-required-scope {0}")]
    RequiredScope(#[from] ScopeFault),
    /// No claim could hold scopes.
    #[error("--jwt-scope-claims must name a claim")]
    NoScopeClaims,
    /// Other hosts can reach the server, and there is no key to check their tokens with.
    #[error(
        "no key is configured, and other hosts can reach {0}: set --jwt-secret-file, \
         --jwt-public-key, --jwks, --jwks-url, --oidc-issuer, --signing-key-file or the variable \
         RECORD_LISTS_JWT_SECRET, or listen on 127.0.0.1"
    )]
    KeyMissing(SocketAddr),
    /// A development start was ruled out.
    #[error(
        "no key is configured, and --require-key rules out a development start: set --jwt-secret-file, \
         --jwt-public-key, --jwks, --jwks-url, --oidc-issuer or --signing-key-file, or pass the credential signing-key \
         or jwt-secret"
    )]
    KeyRequired,
    /// The development keys cannot be created.
    #[error("the development keys in {} cannot be used: {source}", folder.display())]
    DevelopmentKey {
        /// Where it should be.
        folder: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

impl Config {
    /// Whether the pages may use the demo account: on a development start that nobody reaches by a proxy.
    pub fn has_own_page(&self) -> bool {
        let is_behind_a_proxy = self.links.public_url.is_some() || !self.links.trusted_proxies.is_empty();
        self.pages && self.uses_development_key && !is_behind_a_proxy
    }

    /// Where the tokens of callers come from.
    pub fn token_sources(&self) -> TokenSources {
        TokenSources {
            start: self.uses_development_key,
            endpoint: self.signing_key_file.is_some(),
            secret: self.auth.has_secret(),
            provider: self.auth.has_provider(),
        }
    }
}

impl Settings {
    /// Reads the file. On a loopback address without a configured key, a development key is created.
    pub fn resolve(self) -> Result<Config, ConfigError> {
        let settings = self.with_file()?;
        let Checked {
            bind,
            metrics_bind,
            tls,
            store,
            mut auth,
            uses_development_key,
        } = settings.checked()?;
        let mut signing_key_file = settings.signing_key_file.clone();
        if uses_development_key {
            let (secret, file) = auth::development_keys(&store.database_url)?;
            auth.secrets.push(secret);
            signing_key_file = Some(file);
        }
        let half_of_the_pool = store.pool_size as usize / 2;
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        Ok(Config {
            bind,
            metrics_bind,
            workers: settings.workers.unwrap_or(processors),
            lists: RegistrySettings {
                queue_length: settings.queue_length,
                new_lists_at_once: NEW_LISTS_AT_ONCE.min(half_of_the_pool).max(1),
                queue_timeout: settings.queue_timeout,
                idle_timeout: settings.idle_timeout,
                threads: 1,
                saved_response_bytes: settings.saved_response_bytes,
            },
            memory: settings.memory(),
            account_rate: settings.account_rate.and_then(NonZeroU32::new),
            store,
            auth,
            uses_development_key,
            signing_key_file,
            links: LinkSettings {
                own_scheme: if tls.is_some() { "https" } else { "http" },
                own_address: bind,
                public_url: settings.public_url,
                trusted_proxies: settings.trusted_proxies,
            },
            tls,
            cors_origins: settings.cors_origins,
            pages: !settings.no_docs,
            wire_format: settings.wire_format,
            body_timeout: settings.body_timeout,
            keep_alive: settings.keep_alive,
            shutdown_timeout: settings.shutdown_timeout,
            migrate: !settings.no_migrate,
            deletions_retention: settings.deletions_retention,
            demo: match (settings.demo, uses_development_key) {
                (true, _) => Seed::Restore,
                (false, true) => Seed::Once,
                (false, false) => Seed::No,
            },
        })
    }

    /// Fails if a server does not start with these settings, whatever there is on its machine. Looks up the host to
    /// listen on; reads no key and no database, and creates nothing.
    pub fn check(&self) -> Result<(), ConfigError> {
        self.checked().map(drop)
    }

    fn checked(&self) -> Result<Checked, ConfigError> {
        let bind = resolved("--bind", &self.bind)?;
        let metrics_bind = self.metrics_bind.as_ref();
        let metrics_bind = metrics_bind
            .map(|address| resolved("--metrics-bind", address))
            .transpose()?;
        let tls = TlsFiles::of(self.tls_cert.as_deref(), self.tls_key.as_deref())?;
        let store = self.store()?;
        let auth = self.auth()?;
        let uses_development_key = auth.has_no_key() && self.signing_key_file.is_none();
        if uses_development_key && self.require_key {
            return Err(ConfigError::KeyRequired);
        }
        if uses_development_key && !bind.ip().is_loopback() {
            return Err(ConfigError::KeyMissing(bind));
        }
        Ok(Checked {
            bind,
            metrics_bind,
            tls,
            store,
            auth,
            uses_development_key,
        })
    }

    /// The file that encrypts signing keys, if there is one: the configured one, or that of a development start.
    pub fn signing_key_file_that_is_there(&self) -> Result<Option<PathBuf>, ConfigError> {
        if self.signing_key_file.is_some() || !self.auth()?.has_no_key() {
            return Ok(self.signing_key_file.clone());
        }
        let file = auth::development_folder(&self.database_url.parse()?)?.join(DEVELOPMENT_SEALING_KEY);
        Ok(file.exists().then_some(file))
    }

    fn memory(&self) -> MemorySettings {
        let share = self.account_bytes.unwrap_or(self.queue_bytes / PART_PER_ACCOUNT);
        MemorySettings {
            total: self.queue_bytes,
            per_account: share.max(LARGEST_BODY),
            largest: LARGEST_BODY,
        }
    }

    /// The settings of the database alone.
    pub fn store(&self) -> Result<StoreSettings, ConfigError> {
        Ok(StoreSettings {
            database_url: self.database_url.parse()?,
            pool_size: self.database_pool_size,
            statement_cache: self.database_statement_cache,
            lanes: self.lanes,
            lock_timeout: self.lock_timeout,
            statement_timeout: self.statement_timeout,
            commit_timeout: self.commit_timeout,
            allow_network_file_system: self.allow_network_file_system,
            check_timeout: self.check_timeout,
            limits: Limits {
                records_per_list: self.max_records_per_list,
                lists_per_account: self.max_lists_per_account,
            },
        })
    }
}

/// The address that a setting with this flag stands for.
fn resolved(flag: &'static str, address: &ListenAddress) -> Result<SocketAddr, ConfigError> {
    let address = address.clone();
    address
        .resolve()
        .map_err(|source| ConfigError::Bind { flag, address, source })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_folder(folder: &std::path::Path) -> Settings {
        Settings {
            database_url: format!("sqlite://{}/a.db", folder.display()),
            sources: ["database_url"].into_iter().collect(),
            ..Settings::default()
        }
    }

    #[test]
    fn flags_win_over_the_file_and_the_file_over_defaults() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config.toml");
        let text = "queue_length = 7\nlock_timeout = \"9s\"\nno_migrate = true\ntrusted_proxies = [\"10.0.0.0/8\"]\n\
                    cors_origins = [\"https://a.example/\", \"http://localhost:5173\"]";
        std::fs::write(&file, text).unwrap();
        let config = Settings {
            config: Some(file),
            lock_timeout: Duration::from_secs(1),
            no_migrate: false,
            sources: ["database_url", "lock_timeout", "no_migrate"].into_iter().collect(),
            ..in_folder(folder.path())
        };
        let config = config.resolve().unwrap();
        assert_eq!(config.lists.queue_length, 7);
        assert_eq!(config.store.lock_timeout, Duration::from_secs(1));
        assert_eq!(config.store.statement_timeout, Duration::from_secs(5));
        assert!(config.migrate);
        assert_eq!(config.links.trusted_proxies.len(), 1);
        let origins: Vec<&str> = config.cors_origins.iter().map(Origin::as_str).collect();
        assert_eq!(origins, ["https://a.example", "http://localhost:5173"]);
    }

    #[test]
    fn an_open_address_needs_a_key() {
        let folder = tempfile::tempdir().unwrap();
        let open = Settings {
            bind: "0.0.0.0:0".parse().unwrap(),
            ..in_folder(folder.path())
        };
        let error = open.clone().resolve().unwrap_err().to_string();
        assert!(error.contains("--jwt-secret-file"), "{error}");
        let file = folder.path().join("secret");
        std::fs::write(&file, "x".repeat(32)).unwrap();
        let with_file = Settings {
            jwt_secret_file: vec![file.display().to_string()],
            ..open.clone()
        };
        let with_url = Settings {
            jwks_url: Some("https://id.example.com/keys".parse().unwrap()),
            ..open.clone()
        };
        let with_issuer = Settings {
            oidc_issuer: Some("https://id.example.com".parse().unwrap()),
            ..open
        };
        for with_key in [with_file, with_url, with_issuer] {
            assert!(!with_key.resolve().unwrap().uses_development_key);
        }
    }
}
