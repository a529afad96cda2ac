//! What requests come to.

use std::time::Duration;

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::{Registry, Unit},
};

use super::of_seconds;

/// Codes that an operator wants to know of at their first time.
const CODES_OF_FAULTS: [&str; 6] = [
    "DATABASE_DAMAGED",
    "DATABASE_UNAVAILABLE",
    "INTERNAL",
    "KEYS_UNAVAILABLE",
    "OUTCOME_UNKNOWN",
    "OVERLOADED",
];

/// The names are those of OpenTelemetry's conventions for HTTP servers.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    http_request_method: &'static str,
    http_route: String,
    http_response_status_code: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CodeLabel {
    code: &'static str,
}

/// What a request came to.
#[derive(Clone, Copy, Debug)]
pub struct Outcome<'r> {
    /// The method; `_OTHER` for one that no operation has.
    pub method: &'static str,
    /// The template of the path, or `none` if there is no such path or the request was refused before it was looked for.
    pub route: &'r str,
    /// The status of the response.
    pub status: u16,
    /// The code of the error, if it is one.
    pub code: Option<&'static str>,
}

/// Counts requests. Clones share the numbers.
#[derive(Clone, Debug)]
pub struct RequestMetrics {
    durations: Family<RequestLabels, Histogram>,
    under_way: Gauge,
    errors: Family<CodeLabel, Counter>,
}

impl Default for RequestMetrics {
    fn default() -> Self {
        Self {
            durations: Family::new_with_constructor(of_seconds),
            under_way: Gauge::default(),
            errors: Family::default(),
        }
    }
}

/// A request that has no response yet.
#[derive(Debug)]
pub struct UnderWay(Gauge);

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.dec();
    }
}

impl RequestMetrics {
    /// A request begins; it is under way until the value is dropped.
    pub fn begin(&self) -> UnderWay {
        self.under_way.inc();
        UnderWay(self.under_way.clone())
    }

    /// A request has its response, so long after it began.
    pub fn count(&self, outcome: &Outcome, duration: Duration) {
        let labels = RequestLabels {
            http_request_method: outcome.method,
            http_route: outcome.route.to_owned(),
            http_response_status_code: outcome.status,
        };
        self.durations.get_or_create(&labels).observe(duration.as_secs_f64());
        if let Some(code) = outcome.code {
            self.errors.get_or_create(&CodeLabel { code }).inc();
        }
    }

    pub(super) fn register(&self, registry: &mut Registry) {
        // From the start, so that the first one is an increase.
        for code in CODES_OF_FAULTS {
            drop(self.errors.get_or_create(&CodeLabel { code }));
        }
        registry.register_with_unit(
            "http_server_request_duration",
            "Time from the head of a request to its response",
            Unit::Seconds,
            self.durations.clone(),
        );
        registry.register(
            "http_server_active_requests",
            "Requests that have no response yet",
            self.under_way.clone(),
        );
        registry.register(
            "record_lists_errors",
            "Responses with an error, by its code",
            self.errors.clone(),
        );
    }
}
