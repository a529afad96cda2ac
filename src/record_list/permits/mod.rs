//! Permits: what a command occupies while it waits, which is a place in a queue, bytes in the process and its
//! idempotency key.

pub(crate) mod keys;

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use self::keys::KeyInUse;
use super::error::CommandError;

/// The bytes of the process that the body of one request occupies. They are released when this is dropped.
#[derive(Debug)]
pub struct Room(OwnedSemaphorePermit);

impl Room {
    /// Takes `bytes` more, as they arrive; fails with [`CommandError::Overloaded`] if not enough are left.
    pub fn grow(&mut self, bytes: usize) -> Result<(), CommandError> {
        let more = Self::take(self.0.semaphore(), bytes)?;
        self.0.merge(more.0);
        Ok(())
    }

    pub(crate) fn take(bytes: &Arc<Semaphore>, count: usize) -> Result<Self, CommandError> {
        let count = u32::try_from(count).map_err(|_| CommandError::Overloaded)?;
        Arc::clone(bytes)
            .try_acquire_many_owned(count)
            .map(Self)
            .map_err(|_| CommandError::Overloaded)
    }
}

/// What a command occupies from its submission to its reply: a place in the list's queue, its bytes in the process and
/// its idempotency key.
pub(crate) struct Permits {
    pub(crate) _place: OwnedSemaphorePermit,
    pub(crate) _room: Room,
    pub(crate) _key: Option<KeyInUse>,
}
