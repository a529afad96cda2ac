//! The job that looks at the database for the metrics, so that nobody who asks for them waits for it.

use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior, interval, sleep};

use crate::{
    metrics::DatabaseMetrics,
    store::{NotReady, Store, once::bytes::AllSavedBytes},
};

/// How often it is looked whether the database can be used.
const LOOK: Duration = Duration::from_secs(5);

/// The shortest pause between two measurements, and how many times as long as a measurement it is at least.
const PAUSE: Duration = Duration::from_secs(60);
const SHARE: u32 = 100;

/// The shortest pause after a measurement that failed.
const RETRY: Duration = Duration::from_secs(5);

/// Looks again and again. Never ends.
pub(super) async fn watch(store: Store, metrics: DatabaseMetrics) {
    let looks = async {
        let mut ticks = interval(LOOK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let reason = store.readiness().await.err().map(|error| error.word());
            metrics.note_readiness(&NotReady::WORDS, reason);
        }
    };
    let measurements = async {
        loop {
            let begun = Instant::now();
            let is_done = measure(&store, &metrics).await;
            let pause = if is_done { PAUSE } else { RETRY };
            // What takes long is not done often, even if it fails because of that.
            sleep(pause.max(SHARE * begun.elapsed())).await;
        }
    };
    tokio::join!(looks, measurements);
}

/// Returns whether all could be measured.
async fn measure(store: &Store, metrics: &DatabaseMetrics) -> bool {
    let bytes = store.bytes().await;
    if let Ok(bytes) = bytes {
        metrics.note_bytes(bytes);
    }
    let saved = store.read(AllSavedBytes).await;
    if let Ok(bytes) = saved {
        metrics.note_saved_response_bytes(bytes);
    }
    bytes.is_ok() && saved.is_ok()
}
