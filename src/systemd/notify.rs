//! What the supervisor is told (`sd_notify`).

use sd_notify::NotifyState;

/// Tells the supervisor, if there is one that listens. If that fails, the service goes on.
pub(super) fn tell(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::warn!(%error, "NOTIFY_SOCKET: the supervisor could not be told");
    }
}

/// Says that the service has begun to stop, and finishes accepted requests.
pub fn stopping() {
    tell(&[
        NotifyState::Stopping,
        NotifyState::Status("Stopping: accepted requests are finished first"),
    ]);
}

/// Says that keys are read again, until the value is dropped.
#[must_use]
pub fn reloading() -> Reloading {
    match NotifyState::monotonic_usec_now() {
        Ok(now) => tell(&[NotifyState::Reloading, now]),
        Err(_) => tell(&[NotifyState::Reloading]),
    }
    Reloading
}

/// Keys are being read again. When it is dropped, the service is ready again.
pub struct Reloading;

impl Drop for Reloading {
    fn drop(&mut self) {
        tell(&[NotifyState::Ready]);
    }
}
