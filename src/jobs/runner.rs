//! The runner of background work, which is done in steps so small that nobody notices the wait.

use std::time::{Duration, Instant};

use tokio::time::{MissedTickBehavior, interval, sleep};

use crate::store::WriteError;

/// Minimum pause between two steps.
const PAUSE: Duration = Duration::from_millis(10);

/// What failed, as it is logged: once per error, however often it is tried again.
pub(super) struct Failures {
    what: &'static str,
    last: Option<WriteError>,
}

impl Failures {
    pub(super) fn new(what: &'static str) -> Self {
        Self { what, last: None }
    }

    /// Logs the error, unless it is the same as the last one.
    pub(super) fn log(&mut self, error: WriteError) {
        if self.last.as_ref() != Some(&error) {
            tracing::warn!(%error, "{}", self.what);
            self.last = Some(error);
        }
    }

    /// Whatever was tried has worked, so that the same error would be news.
    pub(super) fn end(&mut self) {
        self.last = None;
    }
}

/// Runs steps at each interval until one returns `false`, which means that nothing is left to do. If a step fails,
/// `what` is logged, but only once per error, and the work continues at the next interval. `note` learns of each step
/// whether it was done.
pub(super) async fn repeat(
    every: Duration,
    what: &'static str,
    note: impl Fn(bool),
    mut step: impl AsyncFnMut() -> Result<bool, WriteError>,
) {
    let mut ticks = interval(every);
    // Steps may take longer than the interval. Missed ticks are not made up for.
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut failures = Failures::new(what);
    loop {
        ticks.tick().await;
        loop {
            let started = Instant::now();
            let done = step().await;
            note(done.is_ok());
            match done {
                // Pauses at least as long as the step took, so that half of the time is left for other work.
                Ok(true) => sleep(started.elapsed().max(PAUSE)).await,
                Ok(false) => {
                    failures.end();
                    break;
                }
                Err(error) => {
                    failures.log(error);
                    break;
                }
            }
        }
    }
}
