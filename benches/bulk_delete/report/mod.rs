//! The report: tables of speed, of lone requests and of limits, a JSON file and a chart.

mod chart;
mod check;
mod from_lines;
mod line;

use std::path::Path;

use serde::Serialize;

pub(crate) use self::{
    check::{Bound, Check},
    from_lines::checks,
    line::Line,
};
use crate::{
    database::Database,
    scenario::{Mix, Scenario},
};

/// What performs the work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Contender {
    Service,
    /// The hand-written service.
    Hand,
    /// Hand-written code without HTTP, with this number of connections.
    Raw(usize),
    EqualWork,
}

impl Contender {
    /// The contenders in a scenario on a database. Only the services create records.
    pub(crate) fn of(database: &Database, scenario: &Scenario) -> Vec<Self> {
        let mut contenders = vec![Self::Service, Self::Hand];
        contenders.extend_from_slice(match (scenario.mix, database) {
            (Mix::Creates | Mix::Mixed, _) => &[],
            (Mix::Deletes, _) if scenario.is_lone() => &[Self::Raw(1)],
            (Mix::Deletes, Database::Sqlite(_)) => &[Self::Raw(1), Self::EqualWork],
            (Mix::Deletes, Database::Postgres(_)) => &[Self::Raw(8), Self::Raw(64), Self::EqualWork],
        });
        contenders
    }
}

/// Everything that was measured.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Report {
    pub(crate) lines: Vec<Line>,
    pub(crate) checks: Vec<Check>,
}

impl Report {
    pub(crate) fn print(&self) {
        let (lone, others): (Vec<_>, Vec<_>) = self.lines.iter().partition(|line| line.scenario.is_lone());
        println!("{}", Line::head());
        for line in others {
            println!("{}", line.summary());
        }
        println!(
            "/ hand: requests per second of the service, divided by those of a hand-written service (hand/s). raw/s: of \
             hand-written code without HTTP, the limit. / equal: to the service's own statements, one request a \
             transaction, without HTTP. cpu s: seconds of the whole machine per 1,000 requests. srv cpu s: of the \
             server's process alone. Medians.\n\nlone requests\n{}",
            Line::lone_head()
        );
        for line in lone {
            println!("{}", line.lone_summary());
        }
        println!("\nlimits");
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
