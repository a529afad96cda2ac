//! Work in steps: each small enough that nobody notices the wait.

use std::time::{Duration, Instant};

use tokio::time::{MissedTickBehavior, interval, sleep};

use crate::store::WriteError;

/// How long at least between two steps.
const PAUSE: Duration = Duration::from_millis(10);

/// Runs steps at each interval until one reports that nothing is left. If a step fails, `what` is logged once, and the
/// work goes on at the next interval.
pub(super) async fn repeat(
    every: Duration,
    what: &'static str,
    mut step: impl AsyncFnMut() -> Result<bool, WriteError>,
) {
    let mut ticks = interval(every);
    // Steps may take longer than the interval: what was missed is not made up for.
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut last_error = None;
    loop {
        ticks.tick().await;
        loop {
            let started = Instant::now();
            match step().await {
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
