//! The process: time, memory and files, under the names that Prometheus' clients use.

use std::fmt;

use procfs::{
    WithCurrentSystemInfo,
    process::{LimitValue, Process},
};
use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeMetric},
    metrics::{counter::ConstCounter, gauge::ConstGauge},
};

use super::gauges::gauge;

/// Reads `/proc` at each request for metrics. What cannot be read is left out.
#[derive(Debug)]
pub(super) struct ProcessCollector;

impl Collector for ProcessCollector {
    fn encode(&self, mut encoder: DescriptorEncoder) -> fmt::Result {
        let Ok(process) = Process::myself() else {
            return Ok(());
        };
        if let Ok(stat) = process.stat() {
            let ticks = procfs::ticks_per_second() as f64;
            let seconds = ConstCounter::new((stat.utime + stat.stime) as f64 / ticks);
            let help = "User and system time of the process, in seconds";
            seconds.encode(encoder.encode_descriptor("process_cpu_seconds", help, None, seconds.metric_type())?)?;
            let resident = stat.rss_bytes().get();
            gauge(
                &mut encoder,
                "process_resident_memory_bytes",
                "Resident memory of the process",
                resident,
            )?;
            gauge(
                &mut encoder,
                "process_threads",
                "Threads of the process",
                stat.num_threads.unsigned_abs(),
            )?;
            if let Ok(boot) = procfs::boot_time_secs() {
                let started = ConstGauge::new(boot as f64 + stat.starttime as f64 / ticks);
                let help = "When the process started, in seconds since 1970";
                let descriptor =
                    encoder.encode_descriptor("process_start_time_seconds", help, None, started.metric_type())?;
                started.encode(descriptor)?;
            }
        }
        if let Ok(files) = process.fd_count() {
            gauge(
                &mut encoder,
                "process_open_fds",
                "Open files and connections",
                files as u64,
            )?;
        }
        if let Ok(limits) = process.limits()
            && let LimitValue::Value(most) = limits.max_open_files.soft_limit
        {
            gauge(
                &mut encoder,
                "process_max_fds",
                "Open files and connections that the process may have",
                most,
            )?;
        }
        Ok(())
    }
}
