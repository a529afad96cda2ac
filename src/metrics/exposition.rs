//! All metrics as one text.

use std::fmt;

use prometheus_client::{encoding::text::encode, metrics::info::Info, registry::Registry};

use super::{
    BackgroundMetrics, DatabaseMetrics, Levels, RequestMetrics, TransactionMetrics, WriteMetrics,
    gauges::LevelsCollector, process::ProcessCollector,
};

/// The content type of the text.
pub const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// What is observed.
pub struct Observed {
    /// The requests.
    pub requests: RequestMetrics,
    /// The transactions.
    pub transactions: TransactionMetrics,
    /// What the writes do.
    pub writes: WriteMetrics,
    /// The jobs.
    pub background: BackgroundMetrics,
    /// What is known of the database.
    pub of_database: DatabaseMetrics,
    /// How full the service is at the moment.
    pub levels: Box<dyn Fn() -> Levels + Send + Sync>,
    /// The kind of the database: `sqlite` or `postgresql`.
    pub database: &'static str,
}

/// All metrics of a server.
#[derive(Debug)]
pub struct Exposition(Registry);

impl Exposition {
    /// The metrics of what is observed, of the process and of the program.
    pub fn of(observed: Observed) -> Self {
        let mut registry = Registry::default();
        observed.requests.register(&mut registry);
        observed.transactions.register(&mut registry);
        observed.writes.register(&mut registry);
        observed.background.register(&mut registry);
        observed.of_database.register(&mut registry);
        registry.register_collector(Box::new(LevelsCollector(observed.levels)));
        registry.register_collector(Box::new(ProcessCollector));
        let build = Info::new([("version", env!("CARGO_PKG_VERSION")), ("database", observed.database)]);
        registry.register("record_lists_build", "The program", build);
        Self(registry)
    }

    /// The text, in the format of OpenMetrics.
    pub fn text(&self) -> Result<String, fmt::Error> {
        let mut text = String::new();
        encode(&mut text, &self.0)?;
        Ok(text)
    }
}
