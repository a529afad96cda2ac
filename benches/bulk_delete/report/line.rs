//! The lines in the tables of speed and of lone requests.

use serde::Serialize;

use super::Contender;
use crate::{
    database::Database,
    measure::{Measured, median},
    scenario::Scenario,
};

/// The measurements of one scenario on one database.
#[derive(Debug, Serialize)]
pub(crate) struct Line {
    pub(super) database: &'static str,
    pub(super) scenario: Scenario,
    turns: Vec<(Contender, Measured)>,
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

    /// The median of a value over the turns of a contender; `None` if it had no turn.
    pub(super) fn median(&self, contender: Contender, value: impl Fn(&Measured) -> f64) -> Option<f64> {
        let turns = self.turns.iter().filter(|(who, _)| *who == contender);
        let values: Vec<f64> = turns.map(|(_, measured)| value(measured)).collect();
        (!values.is_empty()).then(|| median(values))
    }

    pub(super) fn per_second(&self, contender: Contender) -> Option<f64> {
        self.median(contender, |measured| measured.requests_per_second)
    }

    pub(super) fn p50(&self, contender: Contender) -> Option<f64> {
        self.median(contender, |measured| measured.p50_ms)
    }

    pub(super) fn p99(&self, contender: Contender) -> Option<f64> {
        self.median(contender, |measured| measured.p99_ms)
    }

    /// Requests per second of raw code with the better number of connections.
    fn raw(&self) -> Option<f64> {
        let raw = self.turns.iter().map(|(who, _)| *who);
        let raw = raw.filter(|who| matches!(who, Contender::Raw(_)));
        raw.filter_map(|who| self.per_second(who)).reduce(f64::max)
    }

    /// Requests per second of the service, divided by those of the hand-written service.
    pub(super) fn to_hand(&self) -> Option<f64> {
        ratio(self.per_second(Contender::Service), self.per_second(Contender::Hand))
    }

    pub(super) fn raw_to_hand(&self) -> Option<f64> {
        ratio(self.raw(), self.per_second(Contender::Hand))
    }

    fn to_equal_work(&self) -> Option<f64> {
        ratio(
            self.per_second(Contender::Service),
            self.per_second(Contender::EqualWork),
        )
    }

    /// The target for the ratio to the hand-written service.
    pub(super) fn target(&self) -> Option<f64> {
        let [postgres, sqlite] = self.scenario.targets;
        if self.database == "SQLite" { sqlite } else { postgres }
    }

    /// The head of the table that [`Line::summary`] makes a line of.
    pub(super) fn head() -> String {
        format!(
            "{:<10} {:<36} {:>7} {:>6} {:<6} {:>8} {:>8} {:>8} {:>7} {:>7} {:>8} {:>7} {:>9}",
            "database",
            "scenario",
            "/ hand",
            "target",
            "",
            "req/s",
            "hand/s",
            "raw/s",
            "/ equal",
            "p50 ms",
            "p99 ms",
            "cpu s",
            "srv cpu s"
        )
    }

    pub(crate) fn summary(&self) -> String {
        let service = Contender::Service;
        let (to_hand, target) = (self.to_hand(), self.target());
        let verdict = match (to_hand, target) {
            (Some(ratio), Some(target)) if ratio >= target => "ok",
            (Some(_), Some(_)) => "MISSED",
            _ => "",
        };
        format!(
            "{:<10} {:<36} {:>7} {:>6} {verdict:<6} {:>8} {:>8} {:>8} {:>7} {:>7} {:>8} {:>7} {:>9}",
            self.database,
            self.scenario.name,
            shown(to_hand, 2),
            shown(target, 1),
            shown(self.per_second(service), 0),
            shown(self.per_second(Contender::Hand), 0),
            shown(self.raw(), 0),
            shown(self.to_equal_work(), 2),
            shown(self.p50(service), 2),
            shown(self.p99(service), 2),
            shown(
                self.median(service, |measured| measured.cpu_seconds_per_1000_requests),
                2
            ),
            shown(
                self.median(service, |measured| {
                    let seconds = measured.server_cpu_seconds_per_1000_requests;
                    seconds.unwrap_or(f64::NAN)
                }),
                3
            ),
        )
    }

    /// The head of the table that [`Line::lone_summary`] makes a line of.
    pub(super) fn lone_head() -> String {
        format!(
            "{:<10} {:<36} {:>8} {:>8} {:>8}  p50 in ms",
            "database", "scenario", "service", "hand", "raw"
        )
    }

    pub(super) fn lone_summary(&self) -> String {
        let [service, hand, raw] =
            [Contender::Service, Contender::Hand, Contender::Raw(1)].map(|who| shown(self.p50(who), 2));
        format!(
            "{:<10} {:<36} {service:>8} {hand:>8} {raw:>8}",
            self.database, self.scenario.name
        )
    }
}

fn ratio(value: Option<f64>, other: Option<f64>) -> Option<f64> {
    Some(value? / other?)
}

/// A cell of a table, which is empty without a value.
fn shown(value: Option<f64>, decimals: usize) -> String {
    value.map(|value| format!("{value:.decimals$}")).unwrap_or_default()
}
