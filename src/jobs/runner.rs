//! Work in steps: each small enough that nobody notices the wait.

use std::time::{Duration, Instant};

use tokio::time::{MissedTickBehavior, interval, sleep};

use crate::store::{Store, WriteError};

/// How long at least between two steps.
const PAUSE: Duration = Duration::from_millis(10);

/// Every so often takes steps until one says that nothing is left. `what` tells the log, once, what is not done
/// when steps fail; they are tried again the next time.
pub(super) async fn repeat(
    store: Store,
    every: Duration,
    what: &'static str,
    step: impl AsyncFn(&Store) -> Result<bool, WriteError>,
) {
    let mut ticks = interval(every);
    // Steps may take longer than the interval: what was missed is not made up for.
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut last_error = None;
    loop {
        ticks.tick().await;
        loop {
            let started = Instant::now();
            match step(&store).await {
                // As long as the step took: half of the time is others' at least.
                Ok(true) => sleep(started.elapsed().max(PAUSE)).await,
                Ok(false) => {
                    last_error = None;
                    break;
                }
                Err(error) => {
                    if last_error.as_ref() != Some(&error) {
                        tracing::warn!(%error, "{what}");
                        last_error = Some(error);
                    }
                    break;
                }
            }
        }
    }
}
