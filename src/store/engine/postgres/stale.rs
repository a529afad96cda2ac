//! Stale connections, which must be closed although they still respond: after a failover, the old server is read-only.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Remembers the time before which all connections are stale. The pool closes those instead of handing them out.
#[derive(Clone, Debug, Default)]
pub(crate) struct StaleConnections(Arc<Mutex<Option<Instant>>>);

impl StaleConnections {
    /// Marks all connections that exist now as stale.
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
