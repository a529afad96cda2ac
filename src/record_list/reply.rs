//! Replies: how the outcome of a command gets back to its caller.

use tokio::sync::oneshot;

use super::{error::CommandError, permits::Permits};
use crate::store::{StoreError, Written};

/// What the caller of a command receives.
pub(super) type WriteResult<T> = Result<Written<T>, CommandError>;

/// The reply to one caller, which is still to be sent.
///
/// If it is dropped unsent, the caller still receives an error: that nothing was done or, once the turn has started,
/// that the outcome is unknown.
pub(super) struct Reply<T> {
    sender: Option<oneshot::Sender<WriteResult<T>>>,
    has_started: bool,
    permits: Option<Permits>,
}

impl<T> Reply<T> {
    pub(super) fn new(permits: Permits) -> (Self, oneshot::Receiver<WriteResult<T>>) {
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
    pub(super) fn without_permits() -> (Self, oneshot::Receiver<WriteResult<T>>) {
        let (sender, receiver) = oneshot::channel();
        let reply = Self {
            sender: Some(sender),
            has_started: false,
            permits: None,
        };
        (reply, receiver)
    }

    /// Records that the command's turn has started.
    pub(super) fn start(&mut self) {
        self.has_started = true;
    }

    pub(super) fn send(mut self, result: WriteResult<T>) {
        self.finish(result);
    }

    fn finish(&mut self, result: WriteResult<T>) {
        // Released first: a caller that has its reply may use the same key again.
        drop(self.permits.take());
        if let Some(sender) = self.sender.take() {
            // The caller may have gone away; that does not undo the write.
            let _ = sender.send(result);
        }
    }

    /// Whether nobody is waiting for the reply any more.
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
            self.finish(Err(error));
        }
    }
}
