//! The way back to the caller.

use tokio::sync::oneshot;

use super::{error::CommandError, permits::Permits};
use crate::store::{StoreError, Written};

/// The answer to a command.
pub(super) type Answer<T> = Result<Written<T>, CommandError>;

/// The way back to the caller.
///
/// A reply that is dropped unsent still answers: that nothing was done, or, once its turn has started, that the
/// outcome is unknown.
pub(super) struct Reply<T> {
    sender: Option<oneshot::Sender<Answer<T>>>,
    has_started: bool,
    permits: Option<Permits>,
}

impl<T> Reply<T> {
    pub(super) fn new(permits: Permits) -> (Self, oneshot::Receiver<Answer<T>>) {
        let (sender, receiver) = oneshot::channel();
        let reply = Self {
            sender: Some(sender),
            has_started: false,
            permits: Some(permits),
        };
        (reply, receiver)
    }

    /// A reply that occupies nothing.
    #[cfg(test)]
    pub(super) fn without_permits() -> (Self, oneshot::Receiver<Answer<T>>) {
        let (sender, receiver) = oneshot::channel();
        let reply = Self {
            sender: Some(sender),
            has_started: false,
            permits: None,
        };
        (reply, receiver)
    }

    /// Notes that the command is no longer waiting.
    pub(super) fn start(&mut self) {
        self.has_started = true;
    }

    pub(super) fn send(mut self, answer: Answer<T>) {
        self.answer(answer);
    }

    fn answer(&mut self, answer: Answer<T>) {
        // First: a caller that has its answer may ask again with the same key.
        drop(self.permits.take());
        if let Some(sender) = self.sender.take() {
            // The caller may be gone; what is done stays done.
            let _ = sender.send(answer);
        }
    }

    /// Whether nobody waits for the answer any more.
    pub(super) fn is_abandoned(&self) -> bool {
        self.sender.as_ref().is_none_or(oneshot::Sender::is_closed)
    }
}

impl<T> Drop for Reply<T> {
    fn drop(&mut self) {
        if self.sender.is_some() {
            let error = if self.has_started {
                let lost = "the task that had the command ended early".to_owned();
                StoreError::OutcomeUnknown(lost).into()
            } else {
                CommandError::Overloaded
            };
            self.answer(Err(error));
        }
    }
}
