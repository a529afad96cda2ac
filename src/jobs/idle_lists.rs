//! A list keeps its actor for a while after its last write, and not for good.

use std::time::Duration;

use crate::record_list::Registry;

/// How often idle lists are looked for at most.
const MIN_INTERVAL: Duration = Duration::from_millis(50);

/// Ends the actors of idle lists.
pub(super) async fn stop(lists: Registry) {
    let mut ticks = tokio::time::interval((lists.idle_timeout() / 2).max(MIN_INTERVAL));
    loop {
        ticks.tick().await;
        lists.stop_idle();
    }
}
