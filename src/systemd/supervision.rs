//! Readiness and the watchdog.

use std::{env, future::Future, net::SocketAddr, time::Duration};

use futures_util::FutureExt;
use sd_notify::NotifyState;
use tokio::time::{MissedTickBehavior, interval};

use super::notify::tell;
use crate::heartbeat::Heartbeat;

/// Tells the supervisor when the service answers requests, and then as often as it asks for that the service goes on.
/// The watchdog hears nothing while a thread hangs. `prepared` ends when the database can be used; a service that waits for
/// it is ready, too: it answers, and what is missing has no remedy in a restart. Must be called within an actix system.
pub fn supervise(heartbeat: Heartbeat, prepared: impl Future<Output = ()> + 'static, address: SocketAddr) {
    if env::var_os("NOTIFY_SOCKET").is_none() {
        return;
    }
    actix_rt::spawn(async move {
        heartbeat.begun().await;
        let serving = format!("Serving requests on {address}");
        let mut prepared = Box::pin(prepared);
        if prepared.as_mut().now_or_never().is_some() {
            tell(&[NotifyState::Ready, NotifyState::Status(&serving)]);
        } else {
            let waiting = format!("Listening on {address}, waiting for the database");
            tell(&[NotifyState::Ready, NotifyState::Status(&waiting)]);
            actix_rt::spawn(async move {
                prepared.await;
                tell(&[NotifyState::Status(&serving)]);
            });
        }
        if let Some(period) = sd_notify::watchdog_enabled() {
            watch(&heartbeat, period / 2).await;
        }
    });
}

/// Says in each period that the service lives, if it does.
async fn watch(heartbeat: &Heartbeat, period: Duration) {
    let mut ticks = interval(period.max(Duration::from_millis(1)));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        heartbeat.beat().await;
        tell(&[NotifyState::Watchdog]);
    }
}
