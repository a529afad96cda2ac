//! What is looked at when somebody asks, because it changes all the time.

use std::fmt;

use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeMetric},
    metrics::gauge::ConstGauge,
};

/// How full the service is at a moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Levels {
    /// Lists that have an actor.
    pub actors: usize,
    /// Callers that wait for a reply from the actor of their list.
    pub waiting_callers: usize,
    /// Transactions that lists share and that run.
    pub running_lanes: usize,
    /// Batches that wait for such a transaction.
    pub waiting_batches: usize,
    /// Bytes that bodies occupy.
    pub body_bytes: usize,
    /// Bytes that bodies may occupy.
    pub body_bytes_limit: usize,
    /// Requests whose body waits for such memory.
    pub waiting_bodies: usize,
    /// Connections of the database's pool that are in use.
    pub pool_in_use: usize,
    /// Connections that the pool may have.
    pub pool_limit: usize,
    /// When the certificate expires, in seconds since 1970; `None` without TLS.
    pub certificate_not_after: Option<u64>,
}

/// Reads the levels at each request for metrics.
pub(super) struct LevelsCollector(pub(super) Box<dyn Fn() -> Levels + Send + Sync>);

impl fmt::Debug for LevelsCollector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LevelsCollector")
    }
}

impl Collector for LevelsCollector {
    fn encode(&self, mut encoder: DescriptorEncoder) -> fmt::Result {
        let Self(read) = self;
        let levels = read();
        let numbers = [
            ("record_lists_actors", "Record lists that have an actor", levels.actors),
            (
                "record_lists_waiting_callers",
                "Callers that wait for their turn at a list, or for its result",
                levels.waiting_callers,
            ),
            (
                "record_lists_running_lanes",
                "Transactions that lists share and that run; on SQLite, whether the writer works",
                levels.running_lanes,
            ),
            (
                "record_lists_waiting_batches",
                "Batches that wait for a transaction that lists share, or for the writer of SQLite",
                levels.waiting_batches,
            ),
            (
                "record_lists_body_bytes",
                "Memory that bodies of requests and responses occupy",
                levels.body_bytes,
            ),
            (
                "record_lists_body_limit_bytes",
                "Memory that bodies may occupy",
                levels.body_bytes_limit,
            ),
            (
                "record_lists_waiting_bodies",
                "Bodies of requests and responses that wait for memory",
                levels.waiting_bodies,
            ),
            (
                "record_lists_pool_connections_in_use",
                "Connections to the database that are in use; on SQLite, those of reads",
                levels.pool_in_use,
            ),
            (
                "record_lists_pool_connections_limit",
                "Connections to the database that may be open",
                levels.pool_limit,
            ),
        ];
        for (name, help, value) in numbers {
            gauge(&mut encoder, name, help, value as u64)?;
        }
        if let Some(seconds) = levels.certificate_not_after {
            gauge(
                &mut encoder,
                "record_lists_tls_certificate_not_after_seconds",
                "When the server's certificate expires, in seconds since 1970",
                seconds,
            )?;
        }
        Ok(())
    }
}

pub(super) fn gauge(encoder: &mut DescriptorEncoder, name: &str, help: &str, value: u64) -> fmt::Result {
    let gauge = ConstGauge::new(i64::try_from(value).unwrap_or(i64::MAX));
    gauge.encode(encoder.encode_descriptor(name, help, None, gauge.metric_type())?)
}
