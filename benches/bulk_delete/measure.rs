//! Measurements of one turn of one contender.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use serde::Serialize;

use crate::process::Process;

/// Gives the index of the next request to whichever client asks.
#[derive(Default)]
pub(crate) struct Turns(AtomicUsize);

impl Turns {
    pub(crate) fn next(&self) -> usize {
        self.0.fetch_add(1, Ordering::Relaxed)
    }
}

/// The measurements of one turn.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Measured {
    pub(crate) requests_per_second: f64,
    pub(crate) records_per_second: f64,
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
    /// For the whole machine: the contender, the database and the load.
    pub(crate) cpu_seconds_per_1000_requests: f64,
    /// For the server process only.
    pub(crate) server_cpu_seconds_per_1000_requests: Option<f64>,
}

/// A turn in progress.
pub(crate) struct Watch {
    started: Instant,
    cpu: f64,
    server: Option<(Process, f64)>,
}

impl Watch {
    pub(crate) fn start() -> Self {
        Self {
            started: Instant::now(),
            cpu: busy_seconds(),
            server: None,
        }
    }

    /// Starts a watch that also covers the server process.
    pub(crate) fn over(server: Process) -> Self {
        Self {
            server: Some((server, server.cpu_seconds())),
            ..Self::start()
        }
    }

    /// Ends the turn. The latencies are those of all its requests.
    pub(crate) fn stop(self, mut latencies: Vec<Duration>, records: usize) -> Measured {
        let seconds = self.started.elapsed().as_secs_f64();
        let cpu = busy_seconds() - self.cpu;
        let server = self.server.map(|(server, before)| server.cpu_seconds() - before);
        let requests = latencies.len();
        Measured {
            requests_per_second: requests as f64 / seconds,
            records_per_second: records as f64 / seconds,
            p50_ms: percentile(&mut latencies, 0.5),
            p99_ms: percentile(&mut latencies, 0.99),
            cpu_seconds_per_1000_requests: cpu * 1_000.0 / requests as f64,
            server_cpu_seconds_per_1000_requests: server.map(|seconds| seconds * 1_000.0 / requests as f64),
        }
    }
}

/// Total processor time that this machine has used since it started.
fn busy_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/stat").unwrap_or_default();
    let line = stat.lines().next().unwrap_or_default();
    let ticks: Vec<f64> = line.split_whitespace().filter_map(|field| field.parse().ok()).collect();
    // user, nice, system, idle, iowait, irq, softirq
    let busy = [0, 1, 2, 5, 6].iter().filter_map(|place| ticks.get(*place));
    busy.sum::<f64>() / 100.0
}

/// The latency in milliseconds that this share of the requests does not exceed.
pub(crate) fn percentile(latencies: &mut [Duration], share: f64) -> f64 {
    latencies.sort_unstable();
    let place = (latencies.len().saturating_sub(1) as f64 * share).round() as usize;
    latencies
        .get(place)
        .map_or(f64::NAN, |latency| latency.as_secs_f64() * 1_000.0)
}

/// The median.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
