//! The table of a database, in Markdown.

use std::{
    fmt::{self, Display},
    time::Duration,
};

use crate::measure::{median, percentile};

/// How many seconds the service may take for a full list, on two processors.
const TARGET: f64 = 40.0;

/// The number of records of a full list: as many as the service allows by default.
pub(crate) const FULL: usize = 250_000;

/// The head of the table.
const HEAD: &str = "\
| who | connections | seconds | records/s | / by hand | p50 ms | p99 ms | peak MB | target s | line |
|---|---|---|---|---|---|---|---|---|---|
";

/// Who fills the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Contender {
    ByHand,
    /// Over so many connections.
    Service(usize),
}

impl Contender {
    pub(crate) const ALL: [Self; 3] = [Self::ByHand, Self::Service(1), Self::Service(8)];

    fn name(self) -> &'static str {
        match self {
            Self::ByHand => "by hand",
            Self::Service(_) => "service",
        }
    }

    fn connections(self) -> usize {
        match self {
            Self::ByHand => 1,
            Self::Service(connections) => connections,
        }
    }
}

/// One list that was filled.
pub(crate) struct Filled {
    pub(crate) contender: Contender,
    pub(crate) time: Duration,
    /// What is only measured of the service.
    pub(crate) service: Option<OfService>,
}

pub(crate) struct OfService {
    /// The latencies of the requests, in milliseconds.
    p50: f64,
    p99: f64,
    /// The peak of the server's resident memory, in MB.
    peak: f64,
}

impl OfService {
    pub(crate) fn new(mut latencies: Vec<Duration>, peak: f64) -> Self {
        Self {
            p50: percentile(&mut latencies, 0.5),
            p99: percentile(&mut latencies, 0.99),
            peak,
        }
    }
}

/// For whoever watches the benchmark.
impl Display for Filled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, connections) = (self.contender.name(), self.contender.connections());
        let seconds = self.time.as_secs_f64();
        write!(f, "{name}, {connections} connection(s): {seconds:.2} s")
    }
}

/// All lists that were filled on one database, each with so many records.
pub(crate) struct Table {
    pub(crate) records: usize,
    pub(crate) filled: Vec<Filled>,
}

impl Table {
    /// The median of a contender's values; not a number if it has none.
    fn median(&self, contender: Contender, value: impl Fn(&Filled) -> Option<f64>) -> f64 {
        let filled = self.filled.iter().filter(|filled| filled.contender == contender);
        median(filled.filter_map(value).collect())
    }

    fn seconds(&self, contender: Contender) -> f64 {
        self.median(contender, |filled| Some(filled.time.as_secs_f64()))
    }

    /// The cells of a contender.
    fn cells(&self, contender: Contender) -> [String; 10] {
        let seconds = self.seconds(contender);
        let of_service = |value: fn(&OfService) -> f64, decimals: usize| match contender {
            Contender::ByHand => String::new(),
            Contender::Service(_) => {
                let value = self.median(contender, |filled| filled.service.as_ref().map(value));
                format!("{value:.decimals$}")
            }
        };
        let [ratio, target, line] = match contender {
            Contender::ByHand => Default::default(),
            Contender::Service(_) => {
                let ratio = format!("{:.2}", self.seconds(Contender::ByHand) / seconds);
                let [target, line] = self.verdict(seconds);
                [ratio, target, line]
            }
        };
        [
            contender.name().to_owned(),
            contender.connections().to_string(),
            format!("{seconds:.1}"),
            format!("{:.0}", self.records as f64 / seconds),
            ratio,
            of_service(|service| service.p50, 2),
            of_service(|service| service.p99, 2),
            of_service(|service| service.peak, 0),
            target,
            line,
        ]
    }

    /// The target, and whether it is met. A shorter list has none.
    fn verdict(&self, seconds: f64) -> [String; 2] {
        if self.records != FULL {
            return Default::default();
        }
        let line = if seconds <= TARGET { "held" } else { "**missed**" };
        [format!("{TARGET}"), line.to_owned()]
    }
}

impl Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HEAD)?;
        for contender in Contender::ALL {
            writeln!(f, "| {} |", self.cells(contender).join(" | "))?;
        }
        Ok(())
    }
}
