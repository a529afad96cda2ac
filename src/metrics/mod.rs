//! What the service counts and measures, for monitoring systems (docs/operating.md, "Metrics").
//!
//! No label names a list, an account, a client or a person, and every label has a bounded set of values. Whoever does the
//! work counts it, in the types of this module; [`Exposition`] reads them all.

mod background;
mod database;
mod exposition;
mod gauges;
mod process;
mod requests;
mod transactions;
mod writes;

pub use self::{
    background::{BackgroundMetrics, Job},
    database::DatabaseMetrics,
    exposition::{Exposition, OPEN_METRICS, Observed},
    gauges::Levels,
    requests::{ActiveRequest, Outcome, RequestMetrics},
    transactions::{TransactionMetrics, TransactionOutcome, WaitClass},
    writes::{Effect, WriteMetrics},
};

use prometheus_client::{encoding::EncodeLabelSet, metrics::histogram::Histogram};

/// Bounds of durations, in seconds: from what SQLite takes for one record to what all time limits of a request come to.
const SECONDS: [f64; 14] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 30.0,
];

fn of_seconds() -> Histogram {
    Histogram::new(SECONDS)
}

/// What became of something.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OutcomeLabel {
    outcome: &'static str,
}
