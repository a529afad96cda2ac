//! Connections that must go though they still answer: after a failover the old server is read-only.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Remembers from when on connections are good; the pool drops older ones as it hands them out.
#[derive(Clone, Debug, Default)]
pub(crate) struct StaleConnections(Arc<Mutex<Option<Instant>>>);

impl StaleConnections {
    /// All connections that exist now are stale.
    pub(crate) fn mark_all(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    /// Whether a connection of this age is stale.
    pub(crate) fn includes(&self, age: Duration) -> bool {
        let marked = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        marked.is_some_and(|marked| marked.elapsed() < age)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_older_than_the_mark_are_stale() {
        let stale = StaleConnections::default();
        assert!(!stale.includes(Duration::from_secs(3600)));
        stale.mark_all();
        assert!(stale.includes(Duration::from_secs(3600)));
        assert!(!stale.includes(Duration::ZERO));
    }
}
