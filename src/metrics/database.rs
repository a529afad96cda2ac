//! The database, as it was when it was last looked at. Nobody waits for it who asks for metrics.

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{family::Family, gauge::Gauge},
    registry::Registry,
};

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ReasonLabel {
    reason: &'static str,
}

/// Of a number that is left out until it is known.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct NoLabels {}

/// What is known of the database. Clones share the numbers.
#[derive(Clone, Debug, Default)]
pub struct DatabaseMetrics {
    not_ready: Family<ReasonLabel, Gauge>,
    /// Without a value until they are known.
    bytes: Family<NoLabels, Gauge>,
    saved_response_bytes: Family<NoLabels, Gauge>,
}

impl DatabaseMetrics {
    /// That of a database that cannot be used for one of these reasons at a time.
    pub fn of(reasons: &[&'static str]) -> Self {
        let metrics = Self::default();
        for reason in reasons {
            drop(metrics.not_ready.get_or_create(&ReasonLabel { reason }));
        }
        metrics
    }

    /// The database can be used now, or cannot be for one of `reasons`.
    pub fn note_readiness(&self, reasons: &[&'static str], now: Option<&'static str>) {
        for reason in reasons {
            let gauge = self.not_ready.get_or_create(&ReasonLabel { reason });
            gauge.set(i64::from(now == Some(reason)));
        }
    }

    /// The database has so many bytes.
    pub fn note_bytes(&self, bytes: u64) {
        self.bytes
            .get_or_create(&NoLabels {})
            .set(i64::try_from(bytes).unwrap_or(i64::MAX));
    }

    /// The saved responses of all accounts have so many bytes.
    pub fn note_saved_response_bytes(&self, bytes: u64) {
        let gauge = self.saved_response_bytes.get_or_create(&NoLabels {});
        gauge.set(i64::try_from(bytes).unwrap_or(i64::MAX));
    }

    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register(
            "record_lists_database_not_ready",
            "Whether the database cannot be used, by the reason",
            self.not_ready.clone(),
        );
        registry.register(
            "record_lists_database_bytes",
            "Size of the database",
            self.bytes.clone(),
        );
        registry.register(
            "record_lists_saved_response_bytes",
            "Bytes of the saved responses of all accounts",
            self.saved_response_bytes.clone(),
        );
    }
}
