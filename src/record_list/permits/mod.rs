//! Permits: what a command occupies while it waits, which is a place in a queue, bytes in the process and its
//! idempotency key.

pub(crate) mod keys;

use tokio::sync::OwnedSemaphorePermit;

use self::keys::KeyInUse;
use crate::shares::Room;

/// What a command occupies from its submission to its reply: a place in the list's queue, its bytes in the process and
/// its idempotency key.
pub(crate) struct Permits {
    pub(crate) _place: OwnedSemaphorePermit,
    pub(crate) _room: Room,
    pub(crate) _key: Option<KeyInUse>,
}
