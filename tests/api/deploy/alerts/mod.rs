//! `deploy/prometheus`: each rule fires on a fault that is made for it, and on a server without faults none does.
//!
//! A test that shows that `RecordListsDown` fires has `down_fires` at the beginning of its name.

mod database;
mod limits;
pub mod promtool;
mod requests;
mod server;
mod writes;

use std::{collections::BTreeSet, fs, process::Command};

use self::promtool::{RULES, assert_alerts, check_rules, promtool};
use crate::support::{Metrics, Series, ServerProcess, TestDatabase, repository_file, run_well};

/// A server that something happens to.
struct Victim {
    server: ServerProcess,
    metrics: Metrics,
    database: TestDatabase,
}

impl Victim {
    /// A server on this database, with these flags.
    async fn start(database: TestDatabase, flags: &[&str]) -> Self {
        Self::start_in_shell(database, ":", flags).await
    }

    /// The same, from a shell that carried out a command first.
    async fn start_in_shell(database: TestDatabase, first: &str, flags: &[&str]) -> Self {
        let metrics = Metrics::at_free_port();
        let [flag, address] = metrics.flags();
        let flags = [&[flag.as_str(), address.as_str()], flags].concat();
        let server = ServerProcess::start_in_shell(&database, first, &flags);
        server.ready().await;
        Self {
            server,
            metrics,
            database,
        }
    }

    /// Starts the server again with these faults planted.
    async fn plant(&mut self, faults: &str) {
        self.server.plant(faults);
        self.server.ready().await;
    }

    /// What Prometheus has of a server that it reaches.
    async fn scrape(&self) -> Series {
        self.scrape_with("process_max_fds", |_| true).await
    }

    /// The same, as soon as a series has such a value.
    async fn scrape_with(&self, name: &str, is_it: impl Fn(f64) -> bool) -> Series {
        let mut series = self.metrics.until(name, is_it).await;
        series.insert("up".to_owned(), 1.0);
        series
    }
}

/// The names of the rules in the file.
fn alerts() -> BTreeSet<String> {
    let rules = fs::read_to_string(repository_file(RULES)).expect("the rules");
    let names = rules.lines().filter_map(|line| line.trim().strip_prefix("- alert: "));
    names.map(str::to_owned).collect()
}

/// The name as it is in those of tests: `database_not_ready` of `RecordListsDatabaseNotReady`.
fn in_tests(alert: &str) -> String {
    let words = alert.strip_prefix("RecordLists").expect("the name of the service");
    let words = words.chars().flat_map(|letter| {
        let space = letter.is_ascii_uppercase().then_some('_');
        space.into_iter().chain([letter.to_ascii_lowercase()])
    });
    words.collect::<String>().trim_start_matches('_').to_owned()
}

#[test]
fn the_rules_are_those_of_prometheus() {
    check_rules(&repository_file(RULES));
}

/// The piece of the configuration that the document shows, beside the rules.
#[test]
fn the_documented_configuration_is_that_of_prometheus() {
    let Some(mut promtool) = promtool() else { return };
    let document = fs::read_to_string(repository_file("docs/operating.md")).expect("the document");
    let section = document.split("\n## What to alert on").nth(1).expect("a section");
    let shown = section
        .split("```yaml\n")
        .nth(1)
        .and_then(|rest| rest.split("```").next());
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("prometheus.yml");
    fs::write(&file, shown.expect("a configuration")).expect("a file");
    fs::copy(repository_file(RULES), folder.path().join("record-lists.rules.yaml")).expect("a copy");
    let told = run_well(promtool.args(["check", "config"]).arg(&file));
    assert!(told.contains(&format!("{} rules found", alerts().len())), "{told}");
}

#[test]
fn each_rule_has_a_test() {
    let this = std::env::current_exe().expect("this program");
    let tests = run_well(Command::new(this).args(["--list", "deploy::alerts::"]));
    let tested: BTreeSet<&str> = tests
        .split("::")
        .filter_map(|part| part.split_once("_fires").map(|(alert, _)| alert))
        .collect();
    let alerts: Vec<String> = alerts().iter().map(|alert| in_tests(alert)).collect();
    assert_eq!(tested, alerts.iter().map(String::as_str).collect());
}

#[test]
fn each_rule_says_what_to_do() {
    let rules = fs::read_to_string(repository_file(RULES)).expect("the rules");
    let document = fs::read_to_string(repository_file("docs/operating.md")).expect("the document");
    let headings: BTreeSet<String> = document
        .lines()
        .filter_map(|line| Some(line.strip_prefix("### ")?.to_lowercase()))
        .collect();
    let places = rules
        .lines()
        .filter_map(|line| line.trim().strip_prefix("runbook_url: "));
    let places: Vec<&str> = places.collect();
    assert_eq!(places.len(), alerts().len());
    for place in places {
        let heading = place.strip_prefix("docs/operating.md#").expect("a heading");
        assert!(headings.contains(heading), "{heading} is not in {headings:?}");
    }
}
