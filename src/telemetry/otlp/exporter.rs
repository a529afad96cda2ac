//! An exporter that says in the log when spans are lost, but not more often than once a minute.

use std::{
    mem,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use opentelemetry_sdk::{
    Resource,
    error::{OTelSdkError, OTelSdkResult},
    trace::{SpanData, SpanExporter},
};

/// The time between two lines.
const PAUSE: Duration = Duration::from_secs(60);

/// An exporter whose failures are in the log.
#[derive(Debug)]
pub(super) struct Reporting<E> {
    exporter: E,
    losses: Mutex<Losses>,
}

/// Spans that could not be exported.
#[derive(Debug, Default)]
struct Losses {
    /// Those that no line speaks of yet.
    spans: usize,
    last_line: Option<Instant>,
}

impl Losses {
    /// How many spans the next line speaks of, if it is due.
    fn add(&mut self, spans: usize, now: Instant) -> Option<usize> {
        self.spans += spans;
        let is_due = self
            .last_line
            .is_none_or(|line| now.saturating_duration_since(line) >= PAUSE);
        is_due.then(|| {
            self.last_line = Some(now);
            mem::take(&mut self.spans)
        })
    }
}

impl<E> Reporting<E> {
    pub(super) fn new(exporter: E) -> Self {
        Self {
            exporter,
            losses: Mutex::default(),
        }
    }

    fn report(&self, spans: usize, error: &OTelSdkError) {
        let due = {
            let mut losses = self.losses.lock().unwrap_or_else(PoisonError::into_inner);
            losses.add(spans, Instant::now())
        };
        if let Some(spans) = due {
            tracing::warn!(spans, %error, "traces were not exported; this is said once a minute at most");
        }
    }
}

impl<E: SpanExporter> SpanExporter for Reporting<E> {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let spans = batch.len();
        let result = self.exporter.export(batch).await;
        if let Err(error) = &result {
            self.report(spans, error);
        }
        result
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.exporter.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn losses_make_one_line_a_minute() {
        let start = Instant::now();
        let mut losses = Losses::default();
        let mut after = |seconds, spans| losses.add(spans, start + Duration::from_secs(seconds));
        assert_eq!(after(0, 512), Some(512));
        assert_eq!(after(5, 512), None);
        assert_eq!(after(59, 1), None);
        assert_eq!(after(60, 7), Some(520));
        assert_eq!(after(61, 1), None);
    }
}
