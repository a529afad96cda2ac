//! What is logged. A filter that could match nothing is refused: whoever set it would wait for lines that never come.

use std::str::FromStr;

use tracing_subscriber::filter::{LevelFilter, Targets};

use super::form::Form;

/// The crates that log, as targets name them: this one and those of HTTP and the databases.
const CRATES: [&str; 12] = [
    "actix_codec",
    "actix_router",
    "actix_server",
    "actix_web",
    "hyper_util",
    "record_lists",
    "sea_orm",
    "sea_orm_migration",
    "sqlx",
    "sqlx_core",
    "sqlx_postgres",
    "sqlx_sqlite",
];

/// The modules of this crate, with which its targets go on.
const MODULES: [&str; 21] = [
    "application",
    "auth",
    "authorization_server",
    "cli",
    "clock",
    "config",
    "demo",
    "domain",
    "fail_point",
    "fetch",
    "heartbeat",
    "http",
    "jobs",
    "metrics",
    "open_files",
    "record_list",
    "shares",
    "store",
    "systemd",
    "telemetry",
    "tls",
];

/// The levels, from most to least.
const LEVELS: &str = "trace, debug, info, warn, error or off";

/// Which events are logged: a level for everything, levels for single targets, or both.
#[derive(Clone, Debug)]
pub struct LogFilter(Targets);

impl LogFilter {
    /// The filter as the log takes it.
    pub fn targets(&self) -> Targets {
        self.0.clone()
    }
}

impl FromStr for LogFilter {
    type Err = Form;

    fn from_str(text: &str) -> Result<Self, Form> {
        let mut targets = Targets::new();
        for part in text.split(',').map(str::trim) {
            targets = match part.split_once('=') {
                None => targets.with_default(level(part)?),
                Some((target, level_of_target)) => {
                    check_target(target)?;
                    targets.with_target(target, level(level_of_target)?)
                }
            };
        }
        Ok(Self(targets))
    }
}

fn level(text: &str) -> Result<LevelFilter, Form> {
    let is_word = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphabetic());
    let level = text.parse().ok().filter(|_| is_word);
    level.ok_or_else(|| {
        Form::new(format!(
            "must be a level ({LEVELS}), or targets with levels, such as \"info,record_lists=debug\""
        ))
    })
}

/// Whether a target that is logged starts with this.
fn check_target(target: &str) -> Result<(), Form> {
    let logs = |known: &str| known.starts_with(target) || target.starts_with(&format!("{known}::"));
    let is_known = match target.strip_prefix("record_lists::") {
        Some(_) => MODULES.iter().any(|module| logs(&format!("record_lists::{module}"))),
        None => CRATES.iter().any(|known| logs(known)),
    };
    if is_known && !target.is_empty() {
        return Ok(());
    }
    Err(Form::new(format!(
        "must name targets that are logged: record_lists, its modules, such as record_lists::http, and {}",
        CRATES
            .iter()
            .filter(|name| **name != "record_lists")
            .copied()
            .collect::<Vec<_>>()
            .join(", ")
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_that_matches_nothing_is_refused() {
        for text in [
            "info",
            "WARN",
            "off",
            "record_lists=debug",
            "info,record_lists::store=trace",
            "warn, record_lists::http::server=debug",
            "info,sqlx=warn,sea_orm_migration=info,actix_server::worker=off",
        ] {
            assert!(text.parse::<LogFilter>().is_ok(), "{text}");
        }
        for text in [
            "",
            ",",
            "info,",
            "verbose",
            "warning",
            "information",
            "3",
            "info;record_lists=debug",
            "record_lists",
            "record-lists=debug",
            "record_lists=",
            "record_lists=verbose",
            "record_lists=debug=info",
            "=debug",
            "recordlists=debug",
            "record_lists.store=debug",
            "record_lists::storage=debug",
            "record_lists:store=debug",
            "info,my_crate=debug",
            "[request]=debug",
            "record_lists[request]=debug",
        ] {
            assert!(text.parse::<LogFilter>().is_err(), "{text}");
        }
    }

    #[test]
    fn the_modules_are_those_of_the_crate() {
        let root = include_str!("../lib.rs").lines();
        let modules = root.filter_map(|line| {
            let line = line.strip_prefix("pub ").unwrap_or(line);
            line.strip_prefix("mod ")?.strip_suffix(';')
        });
        assert_eq!(modules.collect::<Vec<_>>(), MODULES);
    }

    #[test]
    fn the_crates_are_those_that_log() {
        let lock = include_str!("../../Cargo.lock");
        for name in CRATES {
            let name = name.replace('_', "-");
            let package = lock
                .split("[[package]]")
                .find(|package| package.contains(&format!("name = \"{name}\"")));
            let package = package.unwrap_or_default();
            assert!(name == "sqlx" || package.contains("\"tracing\""), "{name}");
        }
    }
}
