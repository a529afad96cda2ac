//! The runner of background work, which is done in steps so small that nobody notices the wait.

use std::time::{Duration, Instant};

use tokio::time::{MissedTickBehavior, interval, sleep};

use crate::store::WriteError;

/// Minimum pause between two steps.
const PAUSE: Duration = Duration::from_millis(10);

/// Runs steps at each interval until one returns `false`, which means that nothing is left to do. If a step fails,
/// `what` is logged, but only once per error, and the work continues at the next interval.
pub(super) async fn repeat(
    every: Duration,
    what: &'static str,
    mut step: impl AsyncFnMut() -> Result<bool, WriteError>,
) {
    let mut ticks = interval(every);
    // Steps may take longer than the interval. Missed ticks are not made up for.
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut last_error = None;
    loop {
        ticks.tick().await;
        loop {
            let started = Instant::now();
            match step().await {
                // Pauses at least as long as the step took, so that half of the time is left for other work.
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
