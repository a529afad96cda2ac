//! The report: two tables, a JSON file and a chart.

mod chart;
mod check;

use std::path::Path;

use serde::Serialize;

pub(crate) use self::check::{Bound, Check};
use crate::{
    database::Database,
    measure::{Measured, median},
    scenario::{Kind, Scenario},
};

/// What performs the deletes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Contender {
    Service,
    /// Hand-written code with this number of connections.
    Raw(usize),
    EqualWork,
}

impl Contender {
    /// The contenders that are measured on a database.
    pub(crate) fn on(database: &Database) -> Vec<Self> {
        match database {
            Database::Sqlite(_) => vec![Self::Service, Self::Raw(1), Self::EqualWork],
            Database::Postgres(_) => {
                vec![Self::Service, Self::Raw(8), Self::Raw(64), Self::EqualWork]
            }
        }
    }
}

/// The measurements of one scenario on one database.
#[derive(Debug, Serialize)]
pub(crate) struct Line {
    database: &'static str,
    scenario: Scenario,
    turns: Vec<(Contender, Measured)>,
}

/// Everything that was measured.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Report {
    pub(crate) lines: Vec<Line>,
    pub(crate) checks: Vec<Check>,
}

impl Line {
    pub(crate) fn new(database: &Database, scenario: &Scenario) -> Self {
        Self {
            database: database.name(),
            scenario: scenario.clone(),
            turns: Vec::new(),
        }
    }

    pub(crate) fn add(&mut self, contender: Contender, measured: Measured) {
        self.turns.push((contender, measured));
    }

    /// The median of a value over the turns of a contender.
    fn median(&self, contender: Contender, value: impl Fn(&Measured) -> f64) -> f64 {
        let turns = self.turns.iter().filter(|(who, _)| *who == contender);
        median(turns.map(|(_, measured)| value(measured)).collect())
    }

    fn per_second(&self, contender: Contender) -> f64 {
        self.median(contender, |measured| measured.requests_per_second)
    }

    /// Requests per second of the best hand-written contender.
    fn raw(&self) -> f64 {
        let raw = self
            .turns
            .iter()
            .map(|(who, _)| *who)
            .filter(|who| matches!(who, Contender::Raw(_)));
        raw.map(|who| self.per_second(who)).fold(0.0, f64::max)
    }

    fn to_raw(&self) -> f64 {
        self.per_second(Contender::Service) / self.raw()
    }

    fn to_equal_work(&self) -> f64 {
        self.per_second(Contender::Service) / self.per_second(Contender::EqualWork)
    }

    fn target(&self) -> Option<f64> {
        let [postgres, sqlite] = self.scenario.targets;
        if self.database == "SQLite" { sqlite } else { postgres }
    }

    /// How slow the slowest responses are if all clients wait for the same list.
    pub(crate) fn check(&self) -> Option<Check> {
        let scenario = &self.scenario;
        let what = (scenario.kind, scenario.identifiers, scenario.lists);
        let is_hot = what == (Kind::Id, 1, 1) && scenario.clients == 64;
        let p50 = self.median(Contender::Service, |measured| measured.p50_ms);
        let p99 = self.median(Contender::Service, |measured| measured.p99_ms);
        is_hot.then(|| Check {
            database: self.database,
            what: "hot list, 64 clients: p99 / p50".to_owned(),
            value: p99 / p50,
            bound: Bound::AtMost(10.0),
            note: format!("{p99:.2} ms / {p50:.2} ms"),
        })
    }

    pub(crate) fn summary(&self) -> String {
        let service = Contender::Service;
        let target = match self.target() {
            Some(target) if self.to_raw() >= target => format!("{target:.1} ok"),
            Some(target) => format!("{target:.1} MISSED"),
            None => String::new(),
        };
        format!(
            "{:<10} {:<34} {:>8.0} {:>9.0} {:>7.2} {:>8.2} {:>7.2} {:>9.3} {:>7.2} {:>7.2}  {target}",
            self.database,
            self.scenario.name,
            self.per_second(service),
            self.median(service, |measured| measured.records_per_second),
            self.median(service, |measured| measured.p50_ms),
            self.median(service, |measured| measured.p99_ms),
            self.median(service, |measured| measured.cpu_seconds_per_1000_requests),
            self.median(service, |measured| {
                let seconds = measured.server_cpu_seconds_per_1000_requests;
                seconds.unwrap_or(f64::NAN)
            }),
            self.to_raw(),
            self.to_equal_work(),
        )
    }
}

impl Report {
    pub(crate) fn print(&self) {
        println!(
            "{:<10} {:<34} {:>8} {:>9} {:>7} {:>8} {:>7} {:>9} {:>7} {:>7}  target",
            "database", "scenario", "req/s", "records/s", "p50 ms", "p99 ms", "cpu s", "srv cpu s", "/ raw", "/ equal"
        );
        for line in &self.lines {
            println!("{}", line.summary());
        }
        println!(
            "cpu s: seconds of the whole machine per 1,000 requests. srv cpu s: of the server's process alone. / raw: to \
             hand-written code. / equal: to the service's own statements, one request a transaction, without HTTP. \
             Medians.\n\nlimits"
        );
        for check in &self.checks {
            println!("{}", check.summary());
        }
    }

    /// Writes `bulk_delete.json` and `bulk_delete.svg`.
    pub(crate) fn write(&self, folder: &Path) {
        let json = serde_json::to_string_pretty(self).expect("numbers and names");
        std::fs::write(folder.join("bulk_delete.json"), json).expect("a file");
        std::fs::write(folder.join("bulk_delete.svg"), chart::draw(&self.lines)).expect("a file");
    }
}
