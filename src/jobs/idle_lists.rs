//! The job that stops idle actors. A list keeps its actor for a while after its last write, but not forever.

use std::time::Duration;

use crate::record_list::Registry;

/// Minimum time between two searches for idle lists.
const MIN_INTERVAL: Duration = Duration::from_millis(50);

/// Stops the actors of idle lists.
pub(super) async fn stop(lists: Registry) {
    let mut ticks = tokio::time::interval((lists.idle_timeout() / 2).max(MIN_INTERVAL));
    loop {
        ticks.tick().await;
        lists.stop_idle();
    }
}
