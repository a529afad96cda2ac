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
    url_scheme: &'static str,
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
    /// `http` or `https`, as the service itself was asked.
    pub scheme: &'static str,
    /// The status of the response.
    pub status: u16,
    /// The code of the error, if it is one.
    pub code: Option<&'static str>,
}

/// Counts requests. Clones share the numbers.
#[derive(Clone, Debug)]
pub struct RequestMetrics {
    durations: Family<RequestLabels, Histogram>,
    active: Gauge,
    aborted: Counter,
    errors: Family<CodeLabel, Counter>,
}

impl Default for RequestMetrics {
    fn default() -> Self {
        Self {
            durations: Family::new_with_constructor(of_seconds),
            active: Gauge::default(),
            aborted: Counter::default(),
            errors: Family::default(),
        }
    }
}

/// A request that has no response yet.
#[derive(Debug)]
pub struct ActiveRequest {
    metrics: RequestMetrics,
    /// Whether it counts as aborted if it never gets one.
    awaits_response: bool,
}

impl ActiveRequest {
    /// It has its response.
    pub fn end(mut self) {
        self.awaits_response = false;
    }
}

impl Drop for ActiveRequest {
    fn drop(&mut self) {
        self.metrics.active.dec();
        if self.awaits_response {
            self.metrics.aborted.inc();
        }
    }
}

impl RequestMetrics {
    /// A request begins, or the question whether its body is wanted, which need not be answered.
    pub fn begin(&self, is_question: bool) -> ActiveRequest {
        self.active.inc();
        ActiveRequest {
            metrics: self.clone(),
            awaits_response: !is_question,
        }
    }

    /// A request has its response, so long after it began.
    pub fn count(&self, outcome: &Outcome, duration: Duration) {
        let labels = RequestLabels {
            http_request_method: outcome.method,
            http_route: outcome.route.to_owned(),
            http_response_status_code: outcome.status,
            url_scheme: outcome.scheme,
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
            self.active.clone(),
        );
        registry.register(
            "record_lists_aborted_requests",
            "Requests whose caller went away before their response",
            self.aborted.clone(),
        );
        registry.register(
            "record_lists_errors",
            "Responses with an error, by its code",
            self.errors.clone(),
        );
    }
}
