//! Work in steps: each small enough that nobody notices the wait.

use std::time::{Duration, Instant};

use crate::store::{Store, WriteError};

/// How long at least between two steps.
const PAUSE: Duration = Duration::from_millis(10);

/// Every so often takes steps until one says that nothing is left. `what` tells the log what is not done when one fails;
/// it is tried again the next time.
pub(super) async fn repeat(
    store: Store,
    interval: Duration,
    what: &'static str,
    step: impl AsyncFn(&Store) -> Result<bool, WriteError>,
) {
    let mut ticks = tokio::time::interval(interval);
    loop {
        ticks.tick().await;
        loop {
            let started = Instant::now();
            match step(&store).await {
                // As long as the step took: half of the time is others' at least.
                Ok(true) => tokio::time::sleep(started.elapsed().max(PAUSE)).await,
                Ok(false) => break,
                Err(error) => {
                    tracing::warn!(%error, "{what}");
                    break;
                }
            }
        }
    }
}
